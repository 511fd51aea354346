import Foundation
import Glibc
import Testing

extension System {
    /// A party whose tower has much to read.
    @Suite struct Histories {
        /// A party that is told to stop gives its job up within moments, and its process ends well although threads were computing.
        @Test func whoIsToldToStopWhileItEncodesEndsWell() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                try federation.describeHistories(of: 4000)
                let servers = try await federation.serve()
                // Some encode for half a minute, after they have learned from a handful of events.
                let job = try federation.start(
                    "colonnade",
                    [
                        "run", "job.yaml", "--set", "protection=none", "--set",
                        "evaluate.split={by: column, column: part, test: late}", "--set",
                        "towers={shop: {kind: history, events: 4096, width: 256, layers: 4, epochs: 1, budget: 1 GiB}}",
                    ])
                // The rows that were learned for are encoded by now, and all others follow.
                try await job.says("prepare at shop")
                try await Task.sleep(for: .seconds(1))
                let start = ContinuousClock.now
                servers["shop"]?.signal(SIGTERM)
                let stopped = try #require(try await servers["shop"]?.outcome(within: 30))
                #expect(
                    stopped.status == 0 && stopped.errors.contains("stopped"), "\(stopped.status) \(stopped.errors)")
                #expect(ContinuousClock.now - start < .seconds(5), "it did not give up what it computed")
                let ended = try await job.outcome(within: 20)
                #expect(
                    ended.status == 1 && ended.lastError.contains("shop: step 'serve': stopping"), "\(ended.errors)")
            }
        }
    }
}

extension Federation {
    /// Gives the shop a history of each of its customers, of which early rows know five events and late ones all.
    fileprivate func describeHistories(of events: Int) throws {
        func isLate(_ customer: Int) -> Bool { customer.isMultiple(of: 4) }
        let known = Customers.known(to: "shop")
        try edit("bank") { $0.add("part", Customers.known(to: "bank").map { isLate($0) ? "late" : "early" }) }
        try edit("shop") { $0.add("known_at", known.map { isLate($0) ? "\(events)" : "5" }) }
        let lines = known.flatMap { customer in
            (0..<(isLate(customer) ? events : 5)).map { "customer-\(customer),\($0),k\((customer + $0) % 7)\n" }
        }
        try write("customer,time,kind\n" + lines.joined(), to: "shop/visits.csv")
        try describe(
            "shop",
            more:
                "histories: {visits: {file: visits.csv, entity: customer, of: id, time: time, at: known_at, fields: [kind]}}"
        )
    }
}
