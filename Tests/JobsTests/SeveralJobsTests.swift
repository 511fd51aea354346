import AuditedFederation
import Auditing
import Coordination
import Documents
import Foundation
import Jobs
import Link
import Specification
import Synchronization
import Testing
import Transcript

/// Several jobs at the same parties at once, whole services in memory.
@Suite(.timeLimit(.minutes(2))) struct SeveralJobsTests {
    /// What happened, in the order in which it did.
    private final class Story: Sendable {
        private let events = Mutex<[String]>([])
        func add(_ event: String) { events.withLock { $0.append(event) } }
        var all: [String] { events.withLock { $0 } }
    }

    private func job(_ federation: MadeUpFederation, _ name: String, _ overrides: [String] = []) throws -> Job {
        try federation.job(["name=\(name)"] + overrides)
    }

    /// Connections that are only dropped are aborted, and an abort lingers.
    @Test func aCoordinatorTakesLeaveInGoodOrder() throws {
        let federation = try MadeUpFederation(features: 1)
        let served = try ServedFederation(federation)
        defer { served.stop() }
        let job = try job(federation, "one")
        let desk = served.desk(for: job)
        _ = try served.run(job, on: desk)
        desk.controller.takeLeave()
        for party in job.parties {
            let link = desk.network.link(of: party, to: desk.coordinator)
            #expect(throws: LinkError.closed(desk.coordinator)) {
                try link.receive(Wait("an order of the coordinator", seconds: 5))
            }
        }
    }

    /// What both do to ledgers, registry and files is what they do one after the other.
    @Test(arguments: [["protection=none", "train.epochs=500"], []]) func twoAtOnceAreWhatTheyAreOneAfterTheOther(
        overrides: [String]
    ) throws {
        let federation = try MadeUpFederation(features: 2)
        let jobs = try [job(federation, "one", overrides), job(federation, "two", overrides + ["train.batch=24"])]
        let apart = try ServedFederation(federation)
        for job in jobs { _ = try apart.run(job) }
        let expected = try ledgers(apart)
        apart.stop()
        try federation.clear()

        let together = try ServedFederation(federation)
        let story = Story()
        let reports = Threads.run(jobs.indices) { index in
            try together.run(jobs[index], progress: { _, _ in story.add("\(index) goes on") })
        }
        for (index, job) in jobs.enumerated() {
            let reports = try #require(try reports[index]?.get())
            #expect(Set(reports.map(\.party)) == Set(job.parties))
            #expect(Set(reports.map(\.transcript.root)).count == reports.count)
            #expect(reports.allSatisfy { $0.transcript.file.contains("/\(job.name)-") })
        }
        // Neither waited for the other's end.
        let order = story.all
        let first = try #require(order.first)
        #expect(order.firstIndex { $0 != first } ?? .max < order.lastIndex { $0 == first } ?? 0, "\(order)")
        #expect(try ledgers(together) == expected)
        for file in together.files {
            #expect(try ModelRegistry(state: file.state, party: file.name).entries().map(\.job) == ["one", "two"])
            #expect(try together.jobs(at: file.name).map(\.state) == [.done, .done])
            // Both attempts' sources and keys are booked.
            let bytes = try #require(try StateFile.read(file.state + "/single-use.ledger"))
            for job in try together.jobs(at: file.name) {
                let hash = stride(from: 0, to: 64, by: 2).map { place in
                    UInt8(job.hash.dropFirst(place).prefix(2), radix: 16) ?? 0
                }
                #expect(bytes.firstRange(of: hash) != nil)
            }
        }
        together.stop()
    }

    /// Of each party, by its path below the state folder.
    private func ledgers(_ federation: ServedFederation) throws -> [String: [UInt8]?] {
        Dictionary(
            uniqueKeysWithValues: try federation.files.map { file in
                let path = "exposure/\(file.data.name).ledger"
                return ("\(file.name)/\(path)", try StateFile.read("\(file.state)/\(path)"))
            })
    }

    /// Jobs of two and three parties, all at once, one place each: all of them finish, and somebody waited.
    @Test func manyJobsOverThreePartiesAllFinish() throws {
        let federation = try MadeUpFederation(features: 2)
        let served = try ServedFederation(federation) { $0.quotas.atOnce = 1 }
        let story = Story()
        let groups = [[0, 1, 2], [0, 1], [0, 2]]
        let jobs = try (0..<9).map { index in
            let all = try job(federation, "job\(index)", ["protection=none", "train.epochs=1"])
            var job = all
            job.members = groups[index % 3].map { all.members[$0] }
            return job
        }
        let outcomes = Threads.run(jobs.indices) { index in
            try served.run(
                jobs[index],
                waiting: { party, place in
                    if let place, let behind = place.behind { story.add("\(jobs[index].name) \(party) \(behind.name)") }
                })
        }
        for index in jobs.indices {
            let reports = try #require(try outcomes[index]?.get(), "job\(index)")
            #expect(reports.count == jobs[index].parties.count)
        }
        #expect(!story.all.isEmpty)
        for file in served.files {
            let ended = try served.jobs(at: file.name)
            #expect(ended.count == (file.name == served.parties[0] ? 9 : 6))
            #expect(ended.allSatisfy { $0.state == .done })
        }
        served.stop()
    }

    /// A job that is cancelled at a party ends everywhere, be it waiting or running, and the next one goes on.
    @Test func whatAPartysPeopleCancelEndsEverywhere() throws {
        let federation = try MadeUpFederation(features: 1)
        let served = try ServedFederation(federation) { $0.quotas.atOnce = 1 }
        let victim = served.files[1]
        let long = try job(federation, "long", ["protection=none", "train.epochs=5000", "train.checkpoint=1000"])
        let waiting = try job(federation, "waiting", ["protection=none", "train.epochs=1"])
        let outcomes = Threads.run([0, 1, 2]) { role -> String in
            func cancel(_ name: String, _ state: PartyJob.State) throws {
                let records = try PartyJobs(state: victim.state)
                while true {
                    if let found = try records.all().first(where: { $0.name == name && $0.state == state }) {
                        return try records.requestCancellation(of: found)
                    }
                    usleep(20_000)
                }
            }
            do {
                switch role {
                case 0: _ = try served.run(long)
                case 1:
                    while try served.jobs(at: victim.name).first?.state != .running { usleep(20_000) }
                    _ = try served.run(waiting)
                default:
                    try cancel("waiting", .queued)
                    while try served.jobs(at: victim.name).contains(where: { $0.state == .queued }) { usleep(20_000) }
                    try cancel("long", .running)
                }
            } catch ControlError.failed(let failure) {
                #expect(failure.isCancellation)
                return "\(failure.party)"
            }
            return ""
        }
        #expect(try [0, 1].map { try outcomes[$0]?.get() } == ["\(victim.name)", "\(victim.name)"])
        for file in served.files {
            let ended = try served.jobs(at: file.name)
            #expect(ended.count == 2)
            #expect(ended.allSatisfy { $0.state == .cancelled && $0.failure?.party == victim.name }, "\(ended)")
        }
        // Both are free again.
        _ = try served.run(job(federation, "after", ["protection=none", "train.epochs=1"]))
        served.stop()
    }

    /// A coordinator that is gone frees what it had, places in queues and kept ones alike.
    @Test func aCoordinatorThatDisappearsFreesItsPlaces() throws {
        let federation = try MadeUpFederation(features: 1)
        let served = try ServedFederation(federation) { $0.quotas.atOnce = 1 }
        let long = try job(federation, "long", ["protection=none", "train.epochs=5000", "train.checkpoint=1000"])
        let (desk, other) = (served.desk(for: long), try job(federation, "other", ["protection=none"]))
        let second = served.desk(for: other)
        let outcomes = Threads.run([0, 1, 2]) { role in
            switch role {
            case 0: #expect(throws: ControlError.self) { try served.run(long, on: desk) }
            case 1:
                while try served.jobs(at: served.parties[1]).first?.state != .running { usleep(20_000) }
                #expect(throws: ControlError.self) { try served.run(other, on: second) }
            default:
                while try served.jobs(at: served.parties[1]).count < 2 { usleep(20_000) }
                second.disappear()
                while try served.jobs(at: served.parties[1]).last?.state == .queued { usleep(20_000) }
                desk.disappear()
            }
        }
        for outcome in outcomes.values { try outcome.get() }
        for file in served.files {
            while try served.jobs(at: file.name).contains(where: { !$0.state.hasEnded }) { usleep(20_000) }
        }
        _ = try served.run(other)
        served.stop()
    }

    @Test func whatDoesNotFitIsRefusedWithWhatToDo() throws {
        let federation = try MadeUpFederation(features: 1)
        let served = try ServedFederation(federation) { ($0.quotas.memory, $0.quotas.limitsMemory) = (1 << 20, true) }
        let job = try job(federation, "large", ["protection=none"])
        #expect {
            try served.run(job)
        } throws: { error in
            guard case ControlError.failed(let failure) = error else { return false }
            return failure.reason == "out-of-memory" && failure.detail?.contains("jobs.memory") == true
                && served.parties.contains(failure.party)
        }
        served.stop()
    }
}
