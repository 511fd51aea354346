import Arithmetic
import Attacks
import Cryptography
import Foundation
import Paillier
import PrivateView
import Shares
import Specification
import Testing
import Transcript

/// A protocol with one message of each class that attacks tell apart; the feature party takes them all.
private let toy = """
    protocol: toy
    version: 1
    summary: what a feature party may take
    source: none
    roles: {label: the label party, feature: the feature party}
    learns: {label: nothing, feature: nothing}
    dimensions: {rows: of the batch, columns: of the feature party}
    phases: {train: [[D, P, M, G]], keys: [[K]], odd: [[O]]}
    messages:
      K: {from: label, to: feature, kind: public-key, shape: "1", bytes: "32", carries: n, leaks: nothing}
      D: {from: label, to: feature, kind: ciphertext, key: label, shape: rows x 1, bytes: "1", carries: dZ, leaks: nothing}
      P: {from: label, to: feature, kind: ciphertext, key: feature, shape: rows x 1, bytes: "1", carries: a product, leaks: nothing}
      M: {from: label, to: feature, kind: masked-share, shape: rows x 1, bytes: "1", carries: a share, leaks: nothing}
      G: {from: label, to: feature, kind: ciphertext, key: feature, shape: columns x 1, bytes: "1", carries: gradient, leaks: nothing}
      O: {from: label, to: feature, kind: ciphertext, key: label, shape: 3 x 1, bytes: "1", carries: odd, leaks: nothing}
    """

/// A protocol without rounds of a batch, in a phase of the same name.
private let meeting = """
    protocol: meeting
    version: 1
    summary: before any round
    source: none
    roles: {label: the label party, feature: the feature party}
    learns: {label: nothing, feature: nothing}
    phases: {train: [[N]]}
    messages:
      N: {from: label, to: feature, kind: shape, shape: "1", bytes: "8", carries: a number, leaks: the number}
    """

/// What one party recorded of made-up rounds in which nothing leaks but what is planted.
final class MadeUpRecording {
    /// What goes wrong.
    enum Leak: CaseIterable {
        /// Ciphertexts whose randomness is the label, in part.
        case randomness
        /// Ciphertexts without any of their own: every batch takes the same.
        case repeatedRandomness
        /// A product that no mask hides.
        case noMask
        /// One mask for all.
        case repeatedMask
        /// dZ in the place of a share.
        case derivatives
        /// `X^T dZ`, not masked.
        case gradients
        /// Answers take as long as there are positives.
        case timing
        /// Frames that nobody registered an attack for.
        case unregistered
    }

    static let (rows, batch, columns) = (1000, 50, 3)
    private static let (slotBits, slots) = (140, 1)
    let folder: String
    let label: Party
    let feature: Party
    private let keys: (label: PrivateKey, feature: PrivateKey)
    private let own: Matrix<Double>
    private let others: Matrix<Double>
    private let targets: [Double]
    private let leak: Leak?
    private var random = SplitMix64("made-up recording")
    private let stream: RandomStream

    var transcript: String { folder + "/job.transcript" }
    var view: String { folder + "/job.view" }
    var truth: String { folder + "/label.view" }

    init(_ leak: Leak? = nil, keepsPayloads: Bool = true) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "colonnade-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        (label, feature) = (try Party("bank"), try Party("shop"))
        let source = RecordedRandomSource(seed: Array("made-up recording".utf8))
        keys = (
            .insecureGenerate(bits: 256, from: try source.stream("label")),
            .insecureGenerate(bits: 256, from: try source.stream("feature"))
        )
        stream = try source.stream("noise")
        self.leak = leak
        var random = SplitMix64("made-up rows")
        let normals = { (columns: Int) in
            Matrix<Double>(
                rows: Self.rows, columns: columns,
                elements: (0..<Self.rows * columns).map { _ in (64 * random.normal()).rounded() / 64 })
        }
        (own, others) = (normals(Self.columns), normals(2))
        targets = (0..<Self.rows).map { [own, others] in
            random.uniform() < sigmoid(own[$0, 0] + others[$0, 0] - 1.8) ? 1 : 0
        }
        try write(keepsPayloads)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    // MARK: - Files

    private func write(_ keepsPayloads: Bool) throws {
        let job = [UInt8](repeating: 5, count: 32)
        let key = SigningKey.generate()
        let transcript = try TranscriptWriter(
            path: transcript,
            header: TranscriptHeader(
                software: "test", party: feature, started: 1, jobHash: job, job: "{}", attempt: 0,
                transcriptKey: key.verificationKey.bytes, endorsement: [UInt8](repeating: 0, count: 64),
                certificates: [feature: [1], label: [2]], specifications: [toy, meeting], statements: [:],
                keepsPayloads: keepsPayloads), key: key)
        let view = try begin(view, feature, job, own, key: keys.feature)
        let truth = try begin(truth, label, job, others, key: keys.label)

        try transcript.record(
            frame("K", "keys", 0, .publicKey, shape: [1], payload: keys.label.cipher.encoded), isOutgoing: false,
            peer: label)
        let number = FrameHeader(
            protocolName: "meeting", phase: "train", round: 0, step: "N", kind: .shape, shape: [1])
        try transcript.record(
            Frame(header: number, payload: [UInt8](repeating: 0, count: 8)), isOutgoing: false, peer: label)
        if leak == .unregistered {
            try transcript.record(
                frame("O", "odd", 0, .ciphertext, owner: label, shape: [3, 1], payload: []), isOutgoing: false,
                peer: label)
        }
        var time = 0
        for epoch in 0..<2 {
            var shuffle = SplitMix64("epoch", epoch)
            let order = shuffle.permutation(Self.rows)
            for start in stride(from: 0, to: Self.rows, by: Self.batch) {
                let rows = Array(order[start..<start + Self.batch])
                let round = (epoch * Self.rows + start) / Self.batch
                for view in [view, truth] {
                    try view.write(.round(.init(protocolName: "toy", phase: "train", round: round, rows: rows)))
                }
                let positives = rows.count { targets[$0] == 1 }
                for frame in try frames(round, rows) {
                    time += leak == .timing ? 1000 + 100 * positives : 1000 + Int(random.next() % 1000)
                    try view.write(.frame(.init(frame: transcript.frames, nanoseconds: time)))
                    try transcript.record(frame, isOutgoing: false, peer: label)
                }
            }
        }
        try transcript.recordEnd()
        try view.finish()
        try truth.finish()
    }

    private func begin(
        _ path: String, _ party: Party, _ job: [UInt8], _ numbers: Matrix<Double>, key: PrivateKey
    ) throws -> ViewWriter {
        let writer = try ViewWriter(path: path)
        let isLabel = party == label
        try writer.write(
            .header(
                .init(party: party, role: isLabel ? "label" : "feature", job: job.hexadecimal, attempt: 0)))
        let hex = { (number: Integer) in try number.bigEndianBytes(count: 32).hexadecimal }
        try writer.write(.key(.init(modulus: hex(key.cipher.modulus), primes: key.primes.map(hex))))
        let names = (0..<numbers.columns).map { "\(party)\($0)" }
        try writer.write(.features(.init(numbers: names, lookups: [], target: isLabel ? "y" : nil)))
        for row in 0..<Self.rows {
            let cells = numbers.row(row).map { Int64($0 * Double(1 << FixedPoint.fractionBits)) }
            try writer.write(
                .row(
                    .init(row: row, id: "row-\(row)", numbers: cells, lookups: [], target: isLabel ? targets[row] : nil)
                ))
        }
        return writer
    }

    // MARK: - Frames

    private func frames(_ round: Int, _ rows: [Int]) throws -> [Frame] {
        let derivatives = rows.map { Int(((0.2 - targets[$0]) * 1024).rounded()) }
        let products = rows.map { Int(((others[$0, 0] - others[$0, 1]) * 1024).rounded()) }
        let gradient = (0..<Self.columns).map { column in
            zip(rows, derivatives).reduce(0) { $0 + Int((own[$1.0, column] * 64).rounded()) * $1.1 }
        }
        let width = [rows.count, 1]
        let shares = leak == .derivatives ? derivatives : rows.map { _ in Int(truncatingIfNeeded: random.next()) }
        return [
            frame(
                "D", "train", round, .ciphertext, owner: label, shape: width,
                payload: try derivative(round, rows, derivatives)),
            frame(
                "P", "train", round, .ciphertext, owner: feature, shape: width, isPacked: true,
                payload: try masked(products) { leak == .noMask ? 0 : leak == .repeatedMask ? Self.sameMask : mask() }),
            frame("M", "train", round, .maskedShare, shape: width, payload: shares.flatMap { Integer.bytes(of: $0) }),
            frame(
                "G", "train", round, .ciphertext, owner: feature, shape: [Self.columns, 1], isPacked: true,
                payload: try masked(gradient) { leak == .gradients ? 0 : mask() }),
        ]
    }

    /// [[dZ]] under the label party's key.
    private func derivative(_ round: Int, _ rows: [Int], _ values: [Int]) throws -> [UInt8] {
        let cipher = keys.label.cipher
        let modulus = cipher.modulus
        return try rows.indices.flatMap { place -> [UInt8] in
            var unit = Integer(
                bigEndian: (0..<4).flatMap { _ in Integer.bytes(of: Int(truncatingIfNeeded: random.next())) })
            switch leak {
            // Its size says which label it hides.
            case .randomness: unit = unit.lowBits(targets[rows[place]] == 1 ? 200 : 190)
            case .repeatedRandomness: unit = Integer(place + 7)
            default: break
            }
            // (1 + n m) r^n modulo n^2, with r^n in the place of any r: what is attacked is c modulo n.
            let square = modulus * modulus
            let encrypted = (modulus * Integer(values[place]) + 1).modulo(square) * unit
            return try encrypted.modulo(square).bigEndianBytes(count: cipher.ciphertextBytes)
        }
    }

    // MARK: - Masks

    private static let sameMask = Integer(powerOfTwo: slotBits - 2) + 12345

    /// Values above their offset and under their masks, under the feature party's key.
    private func masked(_ values: [Int], by mask: () -> Integer) throws -> [UInt8] {
        let plaintexts = values.map { Integer($0) + Integer(powerOfTwo: Self.slotBits - 122) + mask() }
        let noise = keys.feature.noise(count: values.count, from: stream)
        return keys.feature.cipher.encode(try keys.feature.encrypt(plaintexts, with: noise))
    }

    /// Uniform, of one bit less than a slot.
    private func mask() -> Integer {
        let bytes = (0..<3).flatMap { _ in Integer.bytes(of: Int(truncatingIfNeeded: random.next())) }
        return Integer(bigEndian: bytes).lowBits(Self.slotBits - 1)
    }

    private func frame(
        _ step: String, _ phase: String, _ round: Int, _ kind: Kind, owner: Party? = nil, shape: [Int],
        isPacked: Bool = false, payload: [UInt8]
    ) -> Frame {
        Frame(
            header: FrameHeader(
                protocolName: "toy", phase: phase, round: round, step: step, kind: kind, keyOwner: owner, shape: shape,
                slotBits: isPacked ? Self.slotBits : 0, slots: isPacked ? Self.slots : 0), payload: payload)
    }
}

extension Integer {
    /// Eight bytes, big-endian, two's complement.
    fileprivate static func bytes(of value: Int) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) }
    }
}
