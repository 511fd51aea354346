import AuditedFederation
import Coordination
import Jobs
import Specification
import Testing

/// Trainings that may stop early, stopped in the middle by something else: what was best so far goes on with them.
///
/// Four rounds an epoch; at this rate later epochs are worse than the first.
@Suite struct ResumingEarlyStoppingTests {
    private static let stopping = [
        "evaluate.split={by: random, validation: 0.2, test: 0.25}", "train.epochs=6", "train.optimizer.rate=0.8",
        "train.early-stopping={metric: logloss, patience: 2}",
    ]
    private static let models = [
        [], ["model={kind: wide-deep, embed: {dimension: 2}, source: {width: 2}, hidden: [4]}"],
        [
            "towers={shop: {columns: [shop0, shop1], hidden: [3], outputs: 2, training: end-to-end}, "
                + "phone: {columns: [phone0, phone1], hidden: [3], outputs: 2, training: end-to-end}}"
        ], ["train.l2=0.05", "train.schedule={kind: cosine, warmup: 1}"],
        ["local-updates={workset: 1, reuse: 1}"],
    ]

    private func ending(_ report: Report) throws -> [Int] {
        let note = try #require(report.notes.first { $0.contains("training ended after epoch") })
        return note.split { !$0.isNumber }.compactMap { Int($0) }
    }

    /// Without protection nothing is drawn after the first weights: what goes on is what was not interrupted, bit for bit, wherever it was
    /// lost - in an epoch, where an epoch is judged, or when training has stopped.
    @Test(arguments: models) func whatGoesOnEqualsWhatWasNotInterrupted(overrides: [String]) throws {
        // Local steps that were cached are lost with the process.
        let isExact = overrides.first?.hasPrefix("local-updates") != true
        let made = try Interrupted(Self.stopping + overrides + ["protection=none"], every: 1)
        let expected = try made.run(attempt: 0, drawing: "once").report
        let ended = try ending(expected)[0]
        let lost: [(ControlMessage.Stage, Int?)] = [
            (.train, 2), (.train, 8), (.train, 9), (.train, 4 * ended), (.evaluate, nil),
        ]
        for (index, (stage, round)) in lost.enumerated() {
            try made.federation.clear()
            made.interrupt(
                attempt: 0, losing: stage == .evaluate ? 0 : index % 3, at: stage, after: round, drawing: "once")
            let rest = try made.run(attempt: 1, resumes: true, drawing: "twice").report
            #expect(try made.wentOn(rest).count == 3, "\(stage) \(round ?? 0)")
            guard isExact else { continue }
            #expect(rest.metrics == expected.metrics && rest.validation == expected.validation)
            #expect(try ending(rest) == ending(expected))
            #expect(rest.rounds == expected.rounds && rest.curves?.loss == expected.curves?.loss)
            #expect(rest.curves?.psi == expected.curves?.psi)
        }
    }

    @Test func underProtectionTheModelIsAsGood() throws {
        let made = try Interrupted(Self.stopping, every: 1)
        let expected = try made.run(attempt: 0, drawing: "once").report
        for round in [7, 10] {
            try made.federation.clear()
            made.interrupt(attempt: 0, losing: 2, after: round, drawing: "once")
            let rest = try made.run(attempt: 1, resumes: true, drawing: "twice").report
            #expect(try ending(rest) == ending(expected))
            #expect(abs(try #require(rest.metrics?.logloss) - #require(expected.metrics?.logloss)) < 1e-4)
            #expect(try made.wentOn(rest).count == 3)
        }
    }

    /// What was not opened is given back once, however often all hear that training has stopped, and a training that goes on books nothing
    /// that it opens anyway.
    @Test func whatWasNotOpenedIsGivenBackOnce() throws {
        let made = try Interrupted(Self.stopping + ["train.epochs=50", "protection=none"], every: 1)
        _ = try made.run(attempt: 0, drawing: "once")
        let expected = try made.exposure()
        try made.federation.clear()
        made.interrupt(attempt: 0, losing: 1, after: 7, drawing: "once")
        made.interrupt(attempt: 1, resumes: true, losing: 0, at: .evaluate, drawing: "twice")
        made.interrupt(attempt: 2, resumes: true, losing: 0, at: .evaluate, drawing: "twice")
        _ = try made.run(attempt: 3, resumes: true, drawing: "twice")
        #expect(try made.exposure() == expected && expected > 0)
        // Another training is another job, and counts whole.
        _ = try made.run(attempt: 4, drawing: "once")
        #expect(try made.exposure() == 2 * expected)
    }
}

extension Interrupted {
    fileprivate func wentOn(_ report: Report) throws -> [Substring] {
        report.notes.compactMap { $0.firstMatch(of: /training goes on after round \d+/)?.output }
    }

    /// What a feature party's ledger holds.
    fileprivate func exposure() throws -> Double {
        let feature = try federation.files[1]
        let ledger = try ExposureLedger(path: "\(feature.state)/exposure/\(feature.data.name).ledger")
        let table = try Dataset(feature.data, in: feature.space).table
        let keys = try table.keys()
        return ledger.ratio(of: (0..<table.rowCount).map { .init(id: keys.encoding(row: $0)) })
    }
}
