import Arithmetic
import Columns
import Cryptography
import Glibc
import Link
import Models
import Runtime
import Specification
import Testing
import Transcript
import Unprotected

/// A job end to end: three parties on threads greet, say how wide they are, train, and seal their transcripts.
@Suite final class FederationTests: Sendable {
    private let folder: String
    private let organisations: [Organisation]
    private let parties: [Party]

    init() throws {
        var template = Array("/tmp/colonnade-runtime-XXXXXX".utf8CString)
        let folder = String(cString: try #require(mkdtemp(&template)))
        self.folder = folder
        parties = try ["airline", "airport", "weather"].map { try Party($0) }
        let hash = SHA256.hash(Array("a job".utf8))
        organisations = parties.map { Organisation(party: $0, jobHash: hash, folder: folder) }
    }

    deinit {
        for organisation in organisations { unlink(organisation.path) }
        rmdir(folder)
    }

    /// What a party saw of a job.
    private struct Outcome: Sendable {
        var opened: [Matrix<Double>] = []
        var progress: [Progress] = []
        var rounds: [String: Int] = [:]
        var partners: [Party] = []
        var heads: [Party: ChainHead] = [:]
    }

    /// The whole job at one party.
    private func work(_ me: Organisation, _ group: LinkGroup) throws -> Outcome {
        let others = organisations.filter { $0.party != me.party }
        let writer = try me.transcript()
        let keys = try me.greet(others, over: group, writer)

        let announcement = try Session(
            ColumnsProtocol.specification, plan: ColumnsProtocol.plan(parties), group: group, recorder: writer,
            ciphertexts: me.ciphertexts)
        var columns = ColumnsParty(me: me.party, parties: parties, own: Contribution(columns: me.party.name.utf8.count))
        let counts = try announcement.run(&columns) { try $0.start() }[0].mapValues(\.columns)
        try announcement.finish()

        let plan = UnprotectedProtocol.plan(
            label: parties[0], features: Array(parties[1...]), columns: counts, width: 1,
            runs: [.init(.train, count: 3, rows: 4), .init(.evaluate, rows: 2)])
        var outcome = Outcome()
        let training = try Session(
            UnprotectedProtocol.specification, plan: plan, group: group, recorder: writer,
            ciphertexts: me.ciphertexts, report: { outcome.progress.append($0) })
        outcome.opened = try train(me.party, plan, columns: try #require(counts[me.party]), training)
        try training.finish()
        outcome.rounds = training.traffic.rounds
        outcome.partners = training.traffic.sent.keys.sorted()
        outcome.heads = try me.seal(keys, parties, over: group, writer)
        group.close()
        return outcome
    }

    private func train(
        _ me: Party, _ plan: SessionPlan, columns: Int, _ session: Session
    ) throws -> [Matrix<Double>] {
        let layer = PlainSource(linear: LinearSource(weights: Matrix(rows: columns, columns: 1, repeating: 0.25)))
        let descent = SourceDescent(rate: 0.5)
        let rounds = [(UnprotectedPhase.train, 4), (.train, 4), (.train, 4), (.evaluate, 2)]
        var opened: [Matrix<Double>] = []
        func rows(_ count: Int) -> SourceRows {
            SourceRows(numbers: SparseMatrix(Matrix(rows: count, columns: columns, repeating: 0.5)))
        }
        guard me == parties[0] else {
            var role = UnprotectedFeatureParty(plan: plan, layer: layer, descent: descent)
            for (phase, count) in rounds {
                let outputs = try session.run(&role) { try $0.forward(rows: rows(count), in: phase) }
                #expect(outputs == [.roundFinished])
            }
            return []
        }
        var role = UnprotectedLabelParty(plan: plan, layer: layer, descent: descent)
        for (phase, count) in rounds {
            let outputs = try session.run(&role) { try $0.forward(rows: rows(count), in: phase) }
            guard case .opened(let z) = outputs.first else { continue }
            opened.append(z)
            if phase == .train { _ = try session.run(&role) { try $0.backward(dZ: z) } }
        }
        return opened
    }

    private func frames(_ path: String) throws -> [TranscriptRecord.FrameRecord] {
        let reader = try TranscriptReader(path: path)
        var frames: [TranscriptRecord.FrameRecord] = []
        while case .record(let record) = reader.next() {
            if case .frame(let frame) = record { frames.append(frame) }
        }
        #expect(reader.next() == .end)
        return frames
    }

    @Test func aJobRunsEndToEndAndAllTranscriptsAgree() throws {
        let network = MemoryNetwork(parties: parties)
        let organisations = organisations
        let results = network.run { group in
            let me = try #require(organisations.first { $0.party == group.party })
            return try self.work(me, group)
        }
        let outcomes = try results.mapValues { try $0.get() }

        // 21 columns of 0.5 under weights of 0.25, then three steps that halve and more.
        let opened = try #require(outcomes[parties[0]]).opened
        #expect(opened.map(\.rows) == [4, 4, 4, 2])
        #expect(opened[0].elements.allSatisfy { $0 == 21 * 0.125 })
        #expect(Set(opened.map { $0[0, 0] }).count == 4)

        for party in parties {
            let outcome = try #require(outcomes[party])
            #expect(outcome.rounds == ["train": 3, "evaluate": 1])
            #expect(outcome.progress.map(\.round) == [0, 1, 2, 0])
            #expect(outcome.progress.map(\.rounds) == [3, 3, 3, 1])
            #expect(outcome.heads == outcomes[parties[0]]?.heads)
        }
        #expect(outcomes[parties[1]]?.partners == [parties[0]])

        let transcripts = try organisations.map { try frames($0.path) }
        for (index, one) in transcripts.enumerated() {
            for (other, another) in transcripts.enumerated() where other != index {
                let sent = one.filter { $0.isOutgoing && $0.peer == parties[other] }
                let received = another.filter { !$0.isOutgoing && $0.peer == parties[index] }
                #expect(!sent.isEmpty)
                #expect(sent.map(\.header) == received.map(\.header))
                #expect(sent.map(\.digest) == received.map(\.digest))
            }
        }
    }
}
