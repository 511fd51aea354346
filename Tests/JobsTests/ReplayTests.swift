import AuditedFederation
import Auditing
import Jobs
import PrivateView
import Specification
import Testing
import Transcript

/// Whole jobs in memory, computed again at every party from its data, its keys and the seed in its private view.
@Suite struct ReplayTests {
    private static let deep = "model={kind: wide-deep, embed: {dimension: 2}, source: {width: 2}, hidden: [4]}"

    @Test(arguments: [
        ["align.protocol=ecdh"], ["align.protocol=vole"], ["touched-rows=padded"], ["protection=none"], [deep],
        [deep, "touched-rows=padded"], ["local-updates={workset: 2, reuse: 2}"],
        ["protection=none", "local-updates={workset: 2, reuse: 2}"],
        ["align.result=label", "align.decoys=1"],
    ]) func everyByteComesOutAgain(overrides: [String]) throws {
        try check(overrides, features: 1)
    }

    @Test func everyByteComesOutAgainAmongThree() throws { try check([], features: 2) }

    private func check(_ overrides: [String], features: Int) throws {
        let job = try Recorded(overrides, features: features)
        for party in job.parties {
            let evidence = try job.evidence(of: party)
            let replay = try evidence.replay()
            #expect(replay.findings.isEmpty, "\(party): \(replay.findings)")
            #expect(replay.verdict == .accepted)
            #expect(replay.frames == (try evidence.frames().count))
        }
    }

    // MARK: - Differences

    private func label() throws -> Evidence { try evidence(0) }
    private func feature() throws -> Evidence { try evidence(1) }

    private func evidence(_ index: Int) throws -> Evidence {
        let job = try Recorded.job.get()
        return try job.evidence(of: job.parties[index])
    }

    /// A bit of a frame that was sent, in a transcript that holds by itself: the chain and its signatures were made anew.
    @Test(arguments: ["H1", "K2", "K4", "I4", "F1", "F3", "B2", "S1"]) func aBitThatWasNotSentIsFound(
        step: String
    ) throws {
        let evidence = try feature()
        let frames = try evidence.frames()
        let own = frames.indices.filter { frames[$0].isOutgoing && frames[$0].header.step == step }
        let frame = try #require(own.count > 2 ? own[own.count / 2] : own.last)
        try evidence.rewrite { [$0 == frame ? $1.flipped : $1] }
        try evidence.expect(at: frame)
    }

    /// The first frame that was computed from what was taken.
    @Test func aBitThatWasNotTakenShowsInTheNextFrame() throws {
        let evidence = try feature()
        let frames = try evidence.frames()
        let taken = try #require(frames.firstIndex { !$0.isOutgoing && $0.header.step == "B1" && $0.header.round == 3 })
        let answer = try #require(frames[taken...].firstIndex { $0.isOutgoing && $0.header.step == "B2" })
        try evidence.rewrite { [$0 == taken ? $1.flipped : $1] }
        try evidence.expect(at: answer)
    }

    @Test func anotherSeedShowsInTheFirstFrameWithRandomness() throws {
        for evidence in try [label(), feature()] {
            try evidence.editView { $0.replacing(/"seed":"[0-9a-f]{4}/, with: #""seed":"0000"#) }
            try evidence.expect(at: 0)
        }
    }

    @Test func anotherRowOfDataShowsInItsFirstRound() throws {
        let evidence = try feature()
        let (frames, rounds) = (try evidence.frames(), try evidence.rounds())
        // A row that is trained on, and not in the first batch.
        let round = try #require(rounds.first { $0.phase == "train" && $0.round == 2 })
        let row = try #require(try evidence.rows().first { $0.row == round.rows[0] })
        try evidence.editData(row: row.id)
        let product = try #require(
            frames.firstIndex { $0.header.step == "F1" && $0.header.phase == "train" && $0.header.round == round.round }
        )
        try evidence.expect(at: product)
    }

    /// What stands in a view is held to what was computed again, too.
    @Test func anotherNumberInTheViewIsFound() throws {
        let evidence = try label()
        try evidence.editView { $0.replacing(#""target":1"#, with: #""target":0"#) }
        let finding = try #require(try evidence.replay().findings.first)
        #expect(finding.severity == .failure && finding.frame == nil && finding.found.contains("line"))
    }

    @Test func exportedBytesThatAreMissingAreFound() throws {
        let evidence = try label()
        try evidence.editView { text in
            text.split(separator: "\n").filter { !$0.contains(#""record":"exported""#) }.joined(separator: "\n") + "\n"
        }
        try evidence.expect(at: 0)
    }

    @Test func aFrameThatIsMissingIsFound() throws {
        let evidence = try feature()
        let last = try evidence.frames().count - 1
        try evidence.rewrite { $0 == last - 1 ? [] : [$1] }
        try evidence.expect(at: last - 1)
    }

    @Test func aFrameTooManyIsFound() throws {
        let evidence = try feature()
        let count = try evidence.frames().count
        try evidence.rewrite { $0 == count - 1 ? [$1, $1] : [$1] }
        try evidence.expect(at: count)
    }

    /// What was aborted is computed again as far as it goes.
    @Test func theBeginningOfAJobIsIncomplete() throws {
        let evidence = try feature()
        try evidence.cut(after: 20)
        let replay = try evidence.replay()
        #expect(replay.frames == 20)
        #expect(replay.verdict == .incomplete)
        #expect(replay.findings.count == 1 && replay.findings.first?.severity == .incomplete)
    }

    // MARK: - What is no replay

    @Test func whatCannotBeReplayedIsSaid() throws {
        let (label, feature) = (try label(), try feature())
        func problem(_ view: Evidence, _ file: PartyFile) -> String {
            let error = #expect(throws: ReplayError.self) {
                try Replay(transcript: label.transcript, view: view.view, party: file)
            }
            return error?.description ?? ""
        }
        #expect(problem(feature, label.file).contains("another party"))
        #expect(problem(label, feature.file).contains("the party file of"))
        try label.editView { $0.replacing(/,"seed":"[0-9a-f]+"/, with: "") }
        #expect(problem(label, label.file).contains("insecure-replay"))
        try label.editView { "nothing\n" + $0 }
        #expect(problem(label, label.file).contains("line 1"))
    }
}

extension TranscriptRecord.FrameRecord {
    /// Another lowest bit of the last byte.
    fileprivate var flipped: Self {
        var frame = self
        if let last = frame.payload?.indices.last { frame.payload?[last] ^= 1 }
        return frame
    }
}
