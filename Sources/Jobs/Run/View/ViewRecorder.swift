internal import Arithmetic
internal import Cryptography
internal import Paillier
internal import PrivateView
internal import Runtime
internal import Shares
internal import Specification
internal import Transcript

/// Writes down what this party alone knows of a run, for its own auditor, as the party file asks for it. A run without one computes
/// nothing for it.
final class ViewRecorder {
    /// Shares of more numbers are written in the first round only.
    private static let shareLimit = 4096

    private let writer: ViewWriter
    private let start = ContinuousClock.now
    /// Rounds begun, by protocol and phase.
    private var rounds: [String: Int] = [:]
    /// The round under way.
    private var round: ViewRecord.Round?

    /// Creates the file beside a transcript.
    /// - Throws: `PrivateViewError`, as every method does.
    init(beside transcript: String, _ header: ViewRecord.Header) throws {
        writer = try ViewWriter(path: Self.path(beside: transcript))
        try writer.write(.header(header))
    }

    /// The same file name with another ending.
    static func path(beside transcript: String) -> String {
        let ending = ".transcript"
        return (transcript.hasSuffix(ending) ? String(transcript.dropLast(ending.count)) : transcript) + ".view"
    }

    /// What a link gave, where randomness is recorded.
    func exported(_ bytes: [UInt8], by peer: Party, label: String) throws {
        try writer.write(.exported(.init(peer: peer, label: label, bytes: bytes.hexadecimal)))
    }

    /// This party's key in this job.
    func key(_ key: PrivateKey) throws {
        try writer.write(
            .key(.init(modulus: key.cipher.modulus.hexadecimal, primes: key.primes.map(\.hexadecimal))))
    }

    /// This party's rows as they enter the model, in the common order; without targets where none are known.
    func rows(
        _ features: PartyFeatures, _ preparation: PartyPreparation, _ dataset: Dataset, _ aligned: AlignedRows,
        targets: Targets?, of label: String
    ) throws {
        let numbers = features.numbers
        try writer.write(
            .features(
                .init(
                    numbers: numbers.columnNames, lookups: preparation.source?.fields.map(\.column) ?? [],
                    target: targets == nil ? nil : label)))
        let keys = try dataset.table.keys()
        for (place, row) in aligned.enumerated() {
            var cells = [Int64](repeating: 0, count: numbers.columns)
            for (column, value) in try numbers.nonzeros(inRow: place) {
                cells[column] = try FixedPoint.encode(value, within: .feature)
            }
            let target = targets.flatMap { $0.absent.contains(place) ? nil : $0.truth[place] }
            try writer.write(
                .row(
                    .init(
                        row: place, id: row.map { keys.cells(row: $0).joined(separator: ",") } ?? "",
                        numbers: cells, lookups: try features.lookups.matrix(rows: [place]).elements, target: target)))
        }
    }

    /// A round begins, and with it ends the one before.
    /// - Parameter shares: This party's share of each party's weights, by the party whose weights they are.
    func begin(_ protocolName: String, _ phase: String, rows: [Int], shares: [Party: Matrix<Int64>]) throws {
        try endRound()
        let isFirst = rounds.isEmpty
        let count = shares.values.reduce(0) { $0 + $1.elements.count }
        round = ViewRecord.Round(
            protocolName: protocolName, phase: phase, round: rounds["\(protocolName)/\(phase)", default: 0], rows: rows,
            shares: isFirst || count <= Self.shareLimit ? shares.mapValues(\.elements) : [:])
        rounds["\(protocolName)/\(phase)", default: 0] += 1
    }

    /// Z of the round under way, scale 2^40.
    func opened(_ z: Matrix<Int64>) { round?.opened = z.elements }

    /// The derivative by it, scale 2^20.
    func derivative(_ derivative: Matrix<Int64>) { round?.derivative = derivative.elements }

    /// A frame of the transcript, by its number there, was sent or taken just now.
    fileprivate func crossed(frame: Int) throws {
        let passed = (.now - start).components
        try writer.write(
            .frame(
                .init(
                    frame: frame,
                    nanoseconds: Int(passed.seconds) * 1_000_000_000 + Int(passed.attoseconds) / 1_000_000_000)))
    }

    /// Writes what waits; nothing follows.
    func finish() throws {
        try endRound()
        try writer.finish()
    }

    private func endRound() throws {
        if let round { try writer.write(.round(round)) }
        round = nil
    }
}

/// A transcript of which a private view says when each frame crossed.
final class TimedTranscript: FrameRecorder {
    private let transcript: TranscriptWriter
    private let view: ViewRecorder

    init(_ transcript: TranscriptWriter, _ view: ViewRecorder) { (self.transcript, self.view) = (transcript, view) }

    func record(_ plan: SessionPlan) throws { try transcript.record(plan) }

    func record(_ frame: Frame, isOutgoing: Bool, peer: Party) throws {
        let number = transcript.frames
        try transcript.record(frame, isOutgoing: isOutgoing, peer: peer)
        try view.crossed(frame: number)
    }
}

extension Integer {
    /// Its digits in hex, two for each byte.
    fileprivate var hexadecimal: String {
        guard let bytes = try? bigEndianBytes(count: max(1, (bitLength + 7) / 8)) else {
            preconditionFailure("moduli and primes are positive")
        }
        return bytes.hexadecimal
    }
}
