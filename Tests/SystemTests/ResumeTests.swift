import Foundation
import Glibc
import Testing
import Transcript

extension System {
    /// Trainings that are killed at any moment, and go on.
    @Suite struct Resuming {
        /// Ten in every run, a hundred in the long one.
        private static let kills = ProcessInfo.processInfo.environment["COLONNADE_LONG_TESTS"] == nil ? 10 : 100

        @Test func killedAtAnyMomentItGoesOn() async throws {
            try await Federation.with(Federation.aviation) { federation in
                try federation.write(Flights(rows: 3000), policy: ["exposure-limit": "1000000", "approve": "ask"])
                try federation.write(job, to: "job.yaml")
                var servers = try await federation.serve()
                let asked = try await federation.run("colonnade", "run", "job.yaml")
                try #require(asked.status == 77, "\(asked.errors)")
                let hash = String(try #require(asked.lastError.split(separator: " ").last).prefix(12))
                for party in federation.parties {
                    let approved = try await federation.run("colonnade-party", "approve", "\(party)/party.yaml", hash)
                    try #require(approved.status == 0, "\(approved.errors)")
                }
                let began = ContinuousClock.now
                let whole = try await federation.run("colonnade", "run", "job.yaml", "--json", within: 120)
                try #require(whole.status == 0, "\(whole.errors)")
                let expected = try Report(whole.output)
                let length = (ContinuousClock.now - began) / .seconds(1)

                var random = SeededGenerator(seed: 20_261_126)
                var (kills, resumptions) = (0, 0)
                while kills < Self.kills {
                    var coordinator = try federation.start("colonnade", ["run", "job.yaml", "--json"])
                    // Every training ends at last.
                    for kill in 0... {
                        let deadline = ContinuousClock.now + .seconds(Double.random(in: 0.1...length, using: &random))
                        while coordinator.isRunning, kill == 5 || ContinuousClock.now < deadline {
                            try #require(ContinuousClock.now < deadline + .seconds(120), "kill \(kills): it hangs")
                            try await Task.sleep(for: .milliseconds(20))
                        }
                        if !coordinator.isRunning { break }
                        let choices =
                            federation.parties.map { [$0] } + [["coordinator"], federation.parties + ["coordinator"]]
                        let victims = choices.randomElement(using: &random) ?? []
                        let story = "kill \(kills): \(victims)"
                        for victim in victims { (servers[victim] ?? coordinator).signal(SIGKILL) }
                        kills += 1
                        let ended = try await coordinator.outcome(within: 20)
                        if ended.status == 0 { break }
                        // Everybody else is still there, and free again.
                        try await Task.sleep(for: .seconds(1))
                        for party in federation.parties where victims.contains(party) {
                            servers[party] = try await federation.serve(party)
                        }
                        for (party, server) in servers {
                            #expect(server.isRunning, "\(story): \(party): \(server.errors)")
                        }
                        let id = try await federation.lastAttempt(of: hash)
                        let why = try await federation.run("colonnade", "why", id)
                        if why.output.contains("did not fail") {
                            // Killed when everything was done and written down.
                            coordinator = try federation.start("colonnade", ["report", id, "--json"])
                            break
                        }
                        #expect(why.output.contains("colonnade resume \(id)"), "\(story): \(why.output)")
                        coordinator = try federation.start("colonnade", ["resume", id, "--json"])
                        resumptions += 1
                    }
                    let outcome = try await coordinator.outcome(within: 20)
                    try #require(outcome.status == 0, "kill \(kills): \(outcome.errors)")
                    let report = try Report(outcome.output)
                    #expect(try abs(report.auc - expected.auc) < 0.002, "kill \(kills)")
                    #expect(report["rounds"] as? Int == expected["rounds"] as? Int, "kill \(kills)")
                    for party in federation.parties where servers[party]?.isRunning == false {
                        servers[party] = try await federation.serve(party)
                    }
                }
                #expect(resumptions > Self.kills / 2)
                for party in federation.parties { try federation.expectNothingSentTwice(by: party) }
            }
        }

        /// First weights are drawn, so that no two trainings end alike. Over 1500 flights and 8 epochs the AUC of 40 that nobody stopped had a
        /// standard deviation of 0.0006 - two of them differ by 0.002 in 3 cases of 100 - and over these 30 have one of 0.0003.
        private let job = """
            name: flights
            parties: {airline: {role: label}, weather: {role: feature}, airport: {role: feature}}
            align: {key: flight_id, protocol: ecdh}
            label: late
            model: {kind: logistic}
            train: {epochs: 5, batch: 128, checkpoint: 8, optimizer: {rate: 0.5, momentum: 0.5}}
            evaluate: {test: 0.4}
            exposure: {limit: 1000000}
            keys: {bits: 2048}

            """
    }
}

extension Report {
    fileprivate var auc: Double {
        get throws { try #require((self["metrics"] as? [String: Any])?["auc"] as? Double) }
    }
}

extension Federation {
    /// The id of the last attempt at a job, as a person finds it.
    fileprivate func lastAttempt(of hash: String) async throws -> String {
        let status = try await run("colonnade", "status")
        let ids = status.output.split(separator: "\n").filter { $0.hasPrefix(hash) }.compactMap {
            $0.split(separator: " ").first.map(String.init)
        }
        return try #require(ids.max { $0.localizedStandardCompare($1) == .orderedAscending }, "\(status.output)")
    }

    /// Reads the transcripts of all attempts: no ciphertext and no masked share went to the same partner twice.
    fileprivate func expectNothingSentTwice(by party: String) throws {
        var (seen, attempts) = (Set<[UInt8]>(), 0)
        let files = transcripts().filter { $0.hasPrefix("\(party)/") }
        for file in files {
            let reader = try TranscriptReader(path: path(file))
            while case .record(let record) = reader.next() {
                guard case .frame(let frame) = record, frame.isOutgoing,
                    [.ciphertext, .maskedShare].contains(frame.header.kind)
                else { continue }
                let isNew = seen.insert(Array(frame.peer.name.utf8) + frame.digest).inserted
                #expect(isNew, "\(party): \(frame.header.step) in \(file)")
            }
            attempts += 1
        }
        #expect(attempts > 2 && seen.count > 100)
    }
}
