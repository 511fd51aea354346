import AuditedFederation
import Coordination
import Jobs
import Link
import Specification
import Testing
import Transcript

extension MadeUpFederation {
    /// What a run showed.
    struct Outcome {
        let report: Report
        /// After every training round.
        let points: [Point]
        /// Of each party's transcript, in its order.
        let frames: [Party: [Crossing]]

        /// Of all frames that a party sent in training rounds, headers and payloads.
        func trainingBytes(of party: Party) -> Int {
            (frames[party] ?? []).filter { $0.isOutgoing && $0.header.phase == "train" }.reduce(0) { $0 + $1.bytes }
        }
    }

    /// Without its time, which no two runs share.
    struct Point: Hashable {
        let round: Int
        let metrics: PartyReport.Metrics
    }

    /// A frame as a transcript shows it, but for the hash of what it carried.
    struct Crossing: Hashable {
        let isOutgoing: Bool
        let peer: Party
        let header: FrameHeader
        let length: Int

        var bytes: Int { Frame(header: header, payload: Array(repeating: 0, count: length)).encoded.count }
    }

    /// Runs a job from a state as it was before any other.
    ///
    /// - Parameter delay: Seconds that every message takes.
    func run(_ overrides: String..., delay: Double = 0) throws -> Outcome {
        try clear()
        let federation = try RecordedFederation(job(overrides), files: files) { Self.randomness(of: $0) }
        let network = MemoryNetwork(parties: parties)
        for party in parties {
            for peer in parties where peer != party { network.delay(from: party, to: peer, seconds: delay) }
        }
        let curve = TrainingCurve(every: 1)
        let report = try federation.run(over: network, curve: curve)
        return Outcome(
            report: report, points: try federation.points(curve).map { Point(round: $0.round, metrics: $0.metrics) },
            frames: try report.transcripts.mapValues { try Self.crossings($0.file) })
    }

    static func crossings(_ path: String) throws -> [Crossing] {
        let reader = try TranscriptReader(path: path)
        var crossings: [Crossing] = []
        while case .record(let record) = reader.next() {
            guard case .frame(let frame) = record else { continue }
            crossings.append(
                Crossing(isOutgoing: frame.isOutgoing, peer: frame.peer, header: frame.header, length: frame.length))
        }
        try #require(reader.next() == .end)
        return crossings
    }
}
