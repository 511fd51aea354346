import Coordination
import Foundation
import HistoryCache
import HistoryTower
import Jobs
import Link
import Runtime
import Specification
import Testing

/// Predictions that answer out of stores of histories, and what a party does with these stores by itself.
@Suite(.timeLimit(.minutes(2))) struct StoredHistoryTests {
    /// A model whose tower sees whole histories, and what was made with it.
    private final class Trained {
        let made: HistoryFederation
        let owner: Int
        let model: String
        private let scoring: Job
        private var attempt = 0

        init(owner: Int, protection: String = "none") throws {
            (self.made, self.owner) = (try HistoryFederation(owners: [owner]), owner)
            let tower = HistoryFederation.tower(owner == 0 ? ", rate: 0.05" : "", events: 256)
            let party = owner == 0 ? "shop" : "phone"
            var job = try made.job("protection=\(protection)", "towers={\(party): \(tower)}")
            let report = try made.recorded(job, seed: "once").run(
                over: MemoryNetwork(parties: made.parties), attempt: 0)
            model = try #require(report.modelID)
            job.predict = model
            scoring = job
        }

        var file: PartyFile { made.files[owner] }

        func job(share: String?) -> Job {
            var job = scoring
            job.towers[made.parties[owner]]?.history?.historyBudget = share
            return job
        }

        /// - Parameter share: `nil`: without a store.
        func scores(share: String?) throws -> (scores: [Double], notes: [String]) {
            attempt += 1
            let report = try made.recorded(job(share: share), seed: "score \(attempt)").run(
                over: MemoryNetwork(parties: made.parties), attempt: attempt)
            let text = try String(contentsOfFile: #require(report.scores?.file), encoding: .utf8)
            let scores = text.split(separator: "\n").dropFirst().compactMap {
                Double($0.split(separator: ",").last ?? "")
            }
            #expect(scores.count == HistoryFederation.rows)
            return (scores, report.notes)
        }

        private var log: String { "\(file.folder)/visits.csv" }

        var logBytes: Int { (try? String(contentsOfFile: log, encoding: .utf8).utf8.count) ?? 0 }

        /// Has the party know events before a moment only.
        func cut(before moment: Int) throws -> String {
            let all = try String(contentsOfFile: log, encoding: .utf8)
            let lines = all.split(separator: "\n")
            let kept = lines[1...].filter { (Int($0.split(separator: ",")[1]) ?? .max) < moment }
            try ([lines[0]] + kept).joined(separator: "\n").appending("\n").write(
                toFile: log, atomically: false, encoding: .utf8)
            return all
        }

        func write(_ events: String) throws { try events.write(toFile: log, atomically: false, encoding: .utf8) }

        /// The largest difference of scores.
        static func difference(_ some: [Double], _ others: [Double]) -> Double {
            zip(some, others).reduce(0) { max($0, abs($1.0 - $1.1)) }
        }
    }

    private static let entities = HistoryFederation.visitors - 1
    private static let events = entities * HistoryFederation.events

    /// With all in sight attended to, a store gives what windows give: when it is built, when nothing is new, and when events have come.
    @Test(arguments: [(1, "none"), (1, "blind"), (0, "none")]) func aWholeShareIsFullAttention(
        owner: Int, protection: String
    ) throws {
        let trained = try Trained(owner: owner, protection: protection)
        let dense = try trained.scores(share: nil)
        #expect(!dense.notes.contains { $0.contains("out of its store") })
        let all = try trained.cut(before: 80_000)
        let early = try trained.scores(share: "1")
        #expect(
            early.notes.contains {
                $0.contains("\(Self.entities) entities were built from \(Self.entities * 80) events")
            })
        #expect(Trained.difference(early.scores, dense.scores) > 1e-3, "rows look at events that are not there")
        try trained.write(all)
        let late = try trained.scores(share: "1")
        let new =
            "\(Self.entities * 80) events were kept, \(Self.entities * 80) new ones came to known entities, 0 entities were built"
        #expect(late.notes.contains { $0.contains(new) }, "\(late.notes)")
        // The bits of sums depend on their order, and scores are written with so many digits.
        #expect(Trained.difference(late.scores, dense.scores) < 1e-4)
        let again = try trained.scores(share: "1")
        #expect(again.notes.contains { $0.contains("\(Self.events) events were kept, 0 new ones") })
        #expect(again.scores == late.scores)
    }

    /// A share of events is another answer, near the whole one; events that were built before are those of full attention.
    @Test func aShareIsNearFullAttention() throws {
        let trained = try Trained(owner: 1)
        let dense = try trained.scores(share: nil).scores
        let built = try trained.scores(share: "0.1")
        #expect(Trained.difference(built.scores, dense) < 1e-4, "what is built in bulk sees everything")
        let other = try Trained(owner: 1)
        let all = try other.cut(before: 50_000)
        _ = try other.scores(share: "0.1")
        try other.write(all)
        let appended = try other.scores(share: "0.1").scores
        let difference = try Trained.difference(appended, other.scores(share: nil).scores)
        #expect(difference > 0 && difference < 0.2, "\(difference)")
    }

    /// A changed past is built anew; what is known of other entities stays.
    @Test func aChangedPastIsBuiltAnew() throws {
        let trained = try Trained(owner: 1)
        _ = try trained.scores(share: "1")
        let all = try trained.cut(before: .max)
        try trained.write(all.replacingOccurrences(of: "v3,500,k", with: "v3,501,k"))
        let notes = try trained.scores(share: "1").notes
        let words =
            "1 entities were built from \(HistoryFederation.events) events, 1 of them anew since their past changed"
        #expect(notes.contains { $0.contains(words) }, "\(notes)")
    }

    /// Two budgets have stores of their own.
    @Test func aPartyLooksAfterItsStores() throws {
        let trained = try Trained(owner: 1)
        let kept = try KeptHistories(trained.file, model: trained.model)
        #expect(kept.histories == ["visits"] && kept.usualShare == nil)
        #expect(try kept.all().isEmpty)
        #expect(throws: HistoryCacheError.self) { try kept.append("visits", share: 0.1) { _, _ in } }
        let all = try trained.cut(before: 80_000)
        var told: [Int] = []
        let built = try kept.build("visits", share: 0.1) { done, of in
            #expect(of == Self.entities * 80)
            told.append(done)
        }
        #expect(
            built.built == Self.entities * 80 && built.entitiesBuilt == Self.entities && told.last == built.built
                && told == told.sorted())
        let early = try #require(try kept.query("visits", share: 0.1, entity: "v3"))
        #expect(early.events == 80 && early.kept == 80 && early.outputs.count == 4 && early.probe?.events == 80)
        try trained.write(all)
        let late = try #require(try kept.query("visits", share: 0.1, entity: "v3"))
        #expect(late.events == 160 && late.kept == 80 && late.probe == nil && late.outputs == early.outputs)
        let appended = try kept.append("visits", share: 0.1) { _, _ in }
        #expect(appended.kept == Self.entities * 80 && appended.appended == Self.entities * 80 && appended.built == 0)
        let answer = try kept.query("visits", share: 0.1, entity: "v3")
        let probe = try #require(answer?.probe)
        #expect(probe.events == 160 && probe.difference < 1 && probe.secondsOfAll > 0 && probe.secondsOfShare > 0)
        _ = try kept.build("visits", share: 1) { _, _ in }
        let dense = try kept.query("visits", share: 1, entity: "v3")
        let whole = try #require(dense?.probe)
        #expect(whole.difference < 1e-5)
        let stores = try kept.all()
        #expect(stores.map(\.share) == [0.1, 1] && stores.allSatisfy { $0.events == Self.events })
        #expect(stores[0].recent == 12 && stores[0].chosen == 12 && stores[0].inSight == 256)
        // What was built beforehand is what a prediction finds.
        #expect(
            try trained.scores(share: "0.1").notes.contains { $0.contains("\(Self.events) events were kept, 0 new") })
    }

    @Test func mistakesAreNamed() throws {
        let trained = try Trained(owner: 1)
        let kept = try KeptHistories(trained.file, model: trained.model)
        func message(_ body: () throws -> Void) -> String {
            do { try body() } catch { return "\(error)" }
            return ""
        }
        #expect(message { _ = try kept.build("calls", share: 0.1) { _, _ in } }.contains("reads no history 'calls'"))
        _ = try kept.build("visits", share: 0.1) { _, _ in }
        #expect(try kept.query("visits", share: 0.1, entity: "v0") == nil)
        #expect(
            message { _ = try kept.query("visits", share: 0.2, entity: "v1") }.contains("holds no store of histories"))
        let shop = trained.made.files[0]
        #expect(message { _ = try KeptHistories(shop, model: trained.model) }.contains("reads no histories of shop"))
        #expect(message { _ = try KeptHistories(shop, model: "0123456789ab-1") }.contains("there is no model"))
        // Events that cannot be read leave the store as it was.
        try trained.write("visitor,time,kind,spent\nv1,noon,k1,1\n")
        #expect(message { _ = try kept.build("visits", share: 0.1) { _, _ in } }.contains("visits.csv"))
        #expect(try kept.all().first?.events == Self.events)
    }

    /// A store is a leftover that goes with its model, and not while somebody works with it.
    @Test func storesGoWithTheirModel() throws {
        let trained = try Trained(owner: 1)
        let kept = try KeptHistories(trained.file, model: trained.model)
        _ = try kept.build("visits", share: 0.1) { _, _ in }
        let store = try #require(kept.all().first)
        let leftovers = Leftovers(trained.file)
        func isThere() -> Bool { FileManager.default.fileExists(atPath: store.path) }
        do {
            let (model, shape) = try HistoryStore.contents(of: store.path)
            let open = try HistoryStore(opening: store.path, model: model, shape: shape)
            #expect(try leftovers.remove(.olderThan(days: 0), kinds: [.histories]).isEmpty)
            #expect(throws: HistoryCacheError.self) { try leftovers.removeModel(trained.model) }
            #expect(throws: HistoryCacheError.self) { try kept.build("visits", share: 0.1) { _, _ in } }
            withExtendedLifetime(open) {}
        }
        let dry = try leftovers.remove(.olderThan(days: 0), kinds: [.histories], isDry: true)
        #expect(dry.map(\.path) == [store.path] && dry[0].bytes > store.valueBytes / 2 && isThere())
        #expect(try leftovers.remove(.olderThan(days: 1), kinds: [.histories]).isEmpty)
        #expect(try leftovers.remove(.olderThan(days: 0), kinds: [.histories]).count == 1)
        #expect(!isThere())
        _ = try kept.build("visits", share: 0.1) { _, _ in }
        #expect(try leftovers.removeModel(trained.model).bytes > store.valueBytes / 2)
        #expect(!isThere())
        #expect(throws: JobFailure.self) { try trained.scores(share: "0.1") }
    }

    /// Whether a job's files fit on the disk is looked at before: those of a store, too, so far as it does not have them.
    @Test func roomForAStoreIsCounted() throws {
        let trained = try Trained(owner: 1)
        let served = try ServedFederation(trained.made.files)
        defer { served.stop() }
        func disk(_ share: String?) throws -> Int {
            let desk = served.desk(for: trained.job(share: share))
            let proposal = try desk.controller.prepare()
            _ = try desk.controller.propose(proposal)
            let demands = try desk.controller.measure(proposal)
            return try #require(demands[trained.file.name]).diskBytes
        }
        let without = try disk(nil)
        // 8 bytes for each of 8 numbers, and 4 for each output, of every 32 bytes of the file.
        #expect(try disk("0.1") - without == trained.logBytes / 32 * (8 * 8 + 4 * 4))
        _ = try KeptHistories(trained.file, model: trained.model).build("visits", share: 0.1) { _, _ in }
        #expect(try disk("0.1") == without)
    }

    // MARK: - Code books while a party waits

    private static let shape = CacheShape(layers: 1, heads: 2, dimension: 8, outputs: 1, events: 512, budget: 0.1)

    private func store(_ folder: String) throws -> HistoryStore {
        let store = try HistoryStore(creating: folder, model: "m", shape: Self.shape)
        let cache = try store.cache([1])
        let rows = (0..<400 * Self.shape.rowWidth).map { Float(($0 &* 7919) % 1009) / 1009 - 0.5 }
        var attended = [Float](repeating: 0, count: 400 * Self.shape.attentionWidth)
        try cache.attend(layer: 0, rows, events: 400, into: &attended, exact: true)
        try cache.commit(
            events: 400, outputs: [Float](repeating: 1, count: 400), fingerprint: [UInt8](repeating: 7, count: 32))
        return store
    }

    /// In a long wait they are learned; what is kept of the entity stays the same.
    @Test func codeBooksAreLearnedWhileRoundsGoOn() throws {
        let folder = NSTemporaryDirectory() + "/refinement-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try store(folder)
        let history = StoredHistory(name: "visits", store: store, update: StoreUpdate(), learned: [[1]])
        let refinement = try #require(CodeBookRefinement(of: [history]))
        let journal = store.statistics.journalBytes
        refinement.advance(1, of: 1 << 40)
        let deadline = ContinuousClock.now + .seconds(60)
        // One record of new code books.
        while store.statistics.journalBytes == journal, .now < deadline { usleep(2000) }
        let outcome = refinement.end()
        #expect(outcome.entities == 1 && outcome.problem == nil)
        let cache = try store.cache([1])
        #expect(cache.count == 400 && cache.fingerprint == [UInt8](repeating: 7, count: 32))
    }

    /// A wait that is over before it was known how long it is gives nothing, and nothing to learn takes no thread.
    @Test func aShortWaitLeavesThemAlone() throws {
        let folder = NSTemporaryDirectory() + "/refinement-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try store(folder)
        #expect(
            CodeBookRefinement(of: [StoredHistory(name: "visits", store: store, update: StoreUpdate(), learned: [])])
                == nil)
        let history = StoredHistory(name: "visits", store: store, update: StoreUpdate(), learned: [[1]])
        let refinement = try #require(CodeBookRefinement(of: [history]))
        #expect(refinement.end().entities == 0)
        let last = try #require(CodeBookRefinement(of: [history]))
        last.advance(1, of: 1)
        #expect(last.end().entities == 0)
    }
}
