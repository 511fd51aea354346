public import Arithmetic
internal import Cryptography
public import IdealCipher
internal import Paillier
public import SourceLayers
public import Specification

/// The frames that a role wants sent, in order.
public func frames(_ actions: [Action<some Sendable>]) -> [Frame] {
    actions.compactMap { if case .send(let frame, _) = $0 { frame } else { nil } }
}

/// The first of them.
public func frame(_ actions: [Action<some Sendable>]) throws -> Frame {
    guard let frame = frames(actions).first else { throw NoFrame() }
    return frame
}

/// Frames of a layer, described, whose weight version is not that of their round.
///
/// - Parameters:
///   - runs: All rounds of the layer.
///   - first: Updates that the weights had before them.
///   - refreshes: Steps that send weights after their round's update.
///   - lists: Steps that send nothing of weights.
public func misversioned(
    _ frames: some Sequence<Frame>, runs: [LayerRun], from first: Int, refreshes: Set<String>, lists: Set<String>
) -> [String] {
    var versions: [LayerPhase: [Int]] = [:]
    for run in runs {
        for _ in 0..<run.count { versions[run.phase, default: []].append(first + (versions[.train]?.count ?? 0)) }
    }
    return frames.compactMap { frame in
        let header = frame.header
        let phase = LayerPhase(rawValue: String(header.phase.split(separator: "-").last ?? ""))
        var expected = phase.flatMap { versions[$0]?[header.round] } ?? first
        if refreshes.contains(header.step) { expected += 1 }
        let found = header.weightVersion
        guard found != (lists.contains(header.step) ? nil : expected) else { return nil }
        return "\(header.step) of \(header.phase) round \(header.round): \(found.map(String.init) ?? "none")"
    }
}

/// A role sent nothing.
public struct NoFrame: Error {
    public init() {}
}

extension IdealKey {
    /// The payload of a frame of ciphertexts, with a plaintext added to the first one.
    public func adding(_ plaintext: Integer, to frame: Frame) throws -> [UInt8] {
        let count = frame.payload.count / cipher.ciphertextBytes
        let noise = cipher.noise(count: count, bits: 2168, from: try RecordedRandomSource(seed: [3]).stream("high"))
        let others = [Integer](repeating: 0, count: count - 1)
        return cipher.encode(
            try cipher.hide(cipher.decode(frame.payload, count: count), adding: [plaintext] + others, with: noise))
    }
}
