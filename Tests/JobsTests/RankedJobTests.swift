import AuditedFederation
import Coordination
import Documents
import Foundation
import Jobs
import Link
import Paillier
import RankProducts
import RankTesting
import RankTowers
import Ranks
import Specification
import Synchronization
import Testing

/// Jobs of a party whose products its ranks compute; ranks are threads here, or die.
@Suite(.timeLimit(.minutes(2))) struct RankedJobTests {
    /// Ranks as threads of this process.
    final class Threaded: RankConnection {
        let requests = Mutex(0)
        let hasEnded = Mutex(false)
        /// How many requests they live for.
        private let life: Int
        private let services: [ProductService]

        init(_ count: Int = 2, life: Int = .max) {
            services = (0..<count).map { _ in ProductService(threads: 1) }
            self.life = life
        }

        func request(
            _ kind: String, _ payload: [UInt8], note: ([UInt8]) -> Bool
        ) throws(RankError) -> [UInt8] {
            let number = requests.withLock { count in
                count += 1
                return count
            }
            if kind != ProductService.kind { return try towers(kind, payload, note: note) }
            guard number <= life else { throw .died(rank: 1, host: "calc2", cause: "killed by signal 9") }
            do {
                return try ThreadRanks.run(services.count) { [services] ranks in
                    try services[ranks.rank].handle(ranks, ranks.rank == 0 ? payload : [])
                }[0]
            } catch let error as RankError { throw error } catch { throw .connection("\(error)") }
        }

        /// What towers ask for.
        private func towers(
            _ kind: String, _ payload: [UInt8], note: ([UInt8]) -> Bool
        ) throws(RankError) -> [UInt8] {
            do {
                return try NoteDesk.run(answering: note) { [services] note in
                    try ThreadRanks.run(services.count) { ranks in
                        switch kind {
                        case TowerService.pretrainKind:
                            try TowerService.pretrain(ranks, payload) { ranks.rank == 0 ? note($0) : true }
                        default: try TowerService.profile(ranks, payload)
                        }
                    }[0]
                }
            } catch let error as RankError { throw error } catch { throw .connection("\(error)") }
        }

        func end() { hasEnded.withLock { $0 = true } }
    }

    private func settings(
        _ federation: MadeUpFederation, _ ranks: String = "{count: 2, threads: 1}"
    ) throws -> RankSettings { try federation.files[0].settings(ofRanks: ranks) }

    // MARK: - Whole jobs

    /// Numbers and categories at both parties: every product that layers have. What partners see, and what comes out, is the same to the last bit.
    @Test func aJobOverRanksIsTheJobWithout() throws {
        let federation = try MadeUpFederation(features: 1, categories: ["shop0", "phone1", "phone2"])
        let job = try federation.job([
            "train.epochs=1", "model={kind: wide-deep, embed: {dimension: 2}, source: {width: 2}, hidden: [4]}",
        ])
        func train(_ products: @escaping @Sendable (Party) -> (any ProductSharing)?) throws -> (Report, [[UInt8]]) {
            try federation.clear()
            let files = try federation.files
            let report = try RecordedFederation(job, files: files) { MadeUpFederation.randomness(of: $0) }
                .run(over: MemoryNetwork(parties: federation.parties), products: products)
            let halves = try files.map { file in
                let names = try FileManager.default.contentsOfDirectory(atPath: file.state + "/models")
                let half = try #require(names.first { $0.hasSuffix("-0") || $0.contains("-0.") })
                return try [UInt8](Data(contentsOf: URL(filePath: "\(file.state)/models/\(half)")))
            }
            return (report, halves)
        }
        let expected = try train { _ in nil }
        let ranks = Dictionary(uniqueKeysWithValues: federation.parties.map { ($0, Threaded()) })
        let over = try train { party in
            ranks[party].map { ranks in
                RankProducts(ranks: 2, threads: 1, choice: .all) {
                    try ranks.request(ProductService.kind, $0) { _ in true }
                }
            }
        }
        #expect(over.1 == expected.1)
        #expect(over.0.metrics == expected.0.metrics && over.0.bytes == expected.0.bytes)
        #expect(over.0.rounds == expected.0.rounds)
        for ranks in ranks.values { #expect(ranks.requests.withLock { $0 } > 10) }
    }

    /// The party whose rank dies ends the job, its partner stops with that cause, and its next job has new ranks.
    @Test func aRankThatDiesEndsTheJobAndNoOther() throws {
        let federation = try MadeUpFederation(features: 1)
        let shop = federation.parties[0]
        let settings = try settings(federation)
        let lives = Mutex<[Threaded]>([])
        let group = RankGroup(shop, settings, choice: .all) { () throws(RankError) -> any RankConnection in
            lives.withLock { lives in
                lives.append(Threaded(life: lives.isEmpty ? 5 : .max))
                return lives[lives.count - 1]
            }
        }
        let served = try ServedFederation(federation.files, ranks: { $0.name == shop ? group : nil })
        defer { served.stop() }
        let error = #expect(throws: ControlError.self) { try served.run(federation.job(["name=first"])) }
        guard case .failed(let failure)? = error else { return #expect(Bool(false), "\(String(describing: error))") }
        #expect(failure.party == shop && failure.reason == AbortReason.internalError.name, "\(failure)")
        #expect(failure.detail?.contains("rank 1 of shop on calc2 was killed by signal 9") == true, "\(failure)")
        #expect(failure.step.contains("train"), "\(failure)")

        let reports = try served.run(federation.job(["name=second", "train.epochs=1"]))
        #expect(Set(reports.map(\.party)) == Set(federation.parties))
        #expect(lives.withLock { $0.count } == 2)
        // All ranks end with the last job that has them.
        let deadline = ContinuousClock.now + .seconds(10)
        while lives.withLock({ $0.contains { !$0.hasEnded.withLock { $0 } } }), .now < deadline { usleep(10_000) }
        #expect(lives.withLock { $0.allSatisfy { $0.hasEnded.withLock { $0 } } })
    }

    // MARK: - The group

    @Test func jobsShareRanksThatStartWhenTheyAreNeeded() throws {
        let federation = try MadeUpFederation(features: 1)
        let started = Mutex<[Threaded]>([])
        let group = try RankGroup(federation.parties[0], settings(federation), choice: .all) {
            () throws(RankError) -> any RankConnection in
            started.withLock { started in
                started.append(Threaded())
                return started[started.count - 1]
            }
        }
        let (first, second) = (group.enter(), group.enter())
        #expect(first === second && started.withLock { $0.isEmpty })
        let key = try PrivateKey.generate(
            bits: 2048, from: MadeUpFederation.randomness(of: federation.parties[0]).stream("key"))
        let noise = key.noise(
            count: 3, from: try MadeUpFederation.randomness(of: federation.parties[1]).stream("noise"))
        let operand = key.cipher.operand(
            .init(rows: 3, columns: 1, elements: try key.encrypt([1, 2, 3], with: noise)), isReused: false)
        for seat in [first, second] {
            let sum = try SharedProducts.run(in: seat.products) {
                try key.cipher.product(
                    variableTime: Multipliers(scatteringInto: 1, targets: [0, 0, 0]), operand, join: .none)
            }
            #expect(try key.decrypt(sum) == [6])
        }
        #expect(started.withLock { $0.count } == 1)
        group.leave(first)
        #expect(group.enter() === second)
    }

    // MARK: - The party file

    @Test func whatAPartyFileSaysOfRanks() throws {
        let federation = try MadeUpFederation(features: 1)
        let ranks = try settings(federation, "{count: 3, threads: 2}")
        #expect(ranks.count == 3 && ranks.threads == 2 && ranks.hosts == nil)
        #expect(ranks.text == "3 with 2 threads each, all on this machine")
        #expect(try settings(federation, "{count: 1000}").threads == 1)
        let folder = try federation.files[0].folder
        try "this slots=1\nother slots=1\n".write(toFile: folder + "/hosts", atomically: false, encoding: .utf8)
        let spread = try settings(federation, "{count: 2, hosts: hosts}")
        #expect(spread.hosts == folder + "/hosts" && spread.threads == Quotas().cores)
        #expect(spread.text.hasSuffix("each, on the machines of \(folder)/hosts"))
    }

    @Test(
        arguments: [
            ("{count: 1}", "ranks.count", "2"), ("{threads: 1}", "ranks.count", "missing"),
            ("{count: 2, hosts: nowhere}", "ranks.hosts", "cannot be read"),
            ("{count: 2, threads: 0}", "ranks.threads", "1"), ("{count: 2, cores: 2}", "ranks.cores", "not a field"),
        ]) func whatIsWrongWithRanksIsSaid(text: String, field: String, words: String) throws
    {
        let federation = try MadeUpFederation(features: 1)
        let error = #expect(throws: DocumentError.self) { try settings(federation, text) }
        #expect(error?.field == field && error?.line ?? 0 > 0, "\(String(describing: error))")
        #expect(error?.problem.contains(words) == true, "\(String(describing: error))")
    }

    /// Where ranks cannot start, the party file's line is named, and what to install.
    @Test func whereRanksCannotStart() throws {
        let settings = try settings(MadeUpFederation(features: 1))
        guard RankProcesses.obstacle() != nil else { return try settings.requireLauncher() }
        let error = #expect(throws: DocumentError.self) { try settings.requireLauncher() }
        #expect(error?.field == "ranks" && error?.line ?? 0 > 0 && error?.problem.contains("apt-get install") == true)
    }
}

extension PartyFile {
    /// Ranks as this party's file would describe them.
    func settings(ofRanks ranks: String) throws -> RankSettings {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        defer { try? text.write(toFile: path, atomically: false, encoding: .utf8) }
        try (text + "ranks: \(ranks)\n").write(toFile: path, atomically: false, encoding: .utf8)
        return try #require(try PartyFile(path: path).ranks)
    }
}
