public import Arithmetic
internal import Cryptography
public import IdealCipher
internal import Paillier
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
