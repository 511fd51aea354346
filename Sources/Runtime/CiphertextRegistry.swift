internal import Specification
internal import Synchronization

/// The ciphertexts that crossed a party's links in one job: between the same two parties none does so twice.
///
/// Encryption is fresh every time, so a ciphertext that comes again says that something went wrong: a cached frame was sent once
/// more, or randomness was drawn a second time. Who gets it sees which numbers are the same, and under the same mask. What several
/// partners get, each once, is no repetition: one encryption of the derivative goes to all. An attempt makes new keys, so none of
/// an earlier one's ciphertexts can come up again.
///
/// Kept of each ciphertext are 64 bits, in each direction of each link 10 to 15 bytes: 200 to 300 MB for 20 million, which as
/// frames are 15 GB under keys of 3072 bits. While a set grows it takes 25 bytes for a moment.
public final class CiphertextRegistry: Sendable {
    /// Which way, on which link.
    private struct Direction: Hashable {
        let peer: Party
        let isOutgoing: Bool
    }

    private let seen = Mutex<[Direction: FingerprintSet]>([:])

    /// A registry for one job at one party, in which nothing has crossed yet.
    public init() {}

    /// Takes down the ciphertexts of a frame, each of `size` bytes.
    ///
    /// - Returns: The place of the first one that crossed this link before, in this direction; `nil` where all are new.
    func firstRepetition(in payload: [UInt8], size: Int, isOutgoing: Bool, peer: Party) -> Int? {
        let direction = Direction(peer: peer, isOutgoing: isOutgoing)
        return seen.withLock { $0[direction, default: FingerprintSet()].firstRepetition(in: payload, size: size) }
    }
}

extension FingerprintSet {
    fileprivate mutating func firstRepetition(in payload: [UInt8], size: Int) -> Int? {
        payload.withUnsafeBytes { payload in
            for (place, start) in stride(from: 0, to: payload.count, by: size).enumerated() {
                let ciphertext = payload[start..<min(start + size, payload.count)]
                guard insert(fingerprint(UnsafeRawBufferPointer(rebasing: ciphertext))) else { return place }
            }
            return nil
        }
    }
}

/// 64 bits of SipHash, under a key that the process drew when it started.
///
/// A repetition is always found, for equal bytes have equal fingerprints. Different ones meet by chance with 2^-64, so n ciphertexts
/// in one direction of a link raise a false alarm with less than n^2 / 2^65: 10^-5 for 20 million. It would cost one attempt. A
/// partner cannot make one without the key; and if it could, it would only end a job that it can end anyway.
private func fingerprint(_ ciphertext: UnsafeRawBufferPointer) -> UInt64 {
    var hasher = Hasher()
    hasher.combine(bytes: ciphertext)
    return UInt64(bitPattern: Int64(hasher.finalize()))
}

/// A set of numbers that are uniform already: a table in which each stands at its place by size, or in the next free one.
package struct FingerprintSet {
    /// 0 is free.
    private var slots: [UInt64] = []
    private var count = 0

    package init() {}

    /// - Returns: Whether it was not in the set before.
    package mutating func insert(_ fingerprint: UInt64) -> Bool {
        // 0 is taken for 1.
        let fingerprint = max(fingerprint, 1)
        if (count + 1) * 5 > slots.count * 4 { grow() }
        let slot = slot(of: fingerprint)
        guard slots[slot] == 0 else { return false }
        slots[slot] = fingerprint
        count += 1
        return true
    }

    /// Where it stands, or would stand.
    private func slot(of fingerprint: UInt64) -> Int {
        var slot = Int(fingerprint.multipliedFullWidth(by: UInt64(slots.count)).high)
        while slots[slot] != 0, slots[slot] != fingerprint { slot = slot + 1 < slots.count ? slot + 1 : 0 }
        return slot
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: 0, count: max(64, old.count * 3 / 2))
        for fingerprint in old where fingerprint != 0 { slots[slot(of: fingerprint)] = fingerprint }
    }
}

extension SessionPlan {
    /// Bytes of a ciphertext in this session, or `nil` where the specification has none: what it derives as `ciphertext-bytes` from
    /// sizes of the whole plan.
    func ciphertextBytes(_ specification: ProtocolSpecification) throws(SpecificationError) -> Int? {
        guard specification.messages.values.contains(where: { $0.kind == .ciphertext }) else { return nil }
        let name = "ciphertext-bytes"
        guard let expression = specification.derived[name] else { throw .unknownDimension(name) }
        let bytes = try expression.value { (name, scope) throws(SpecificationError) in
            guard scope == nil, let value = dimensions[name] else { throw .unknownDimension(name) }
            return value
        }
        guard bytes > 0 else { throw .invalidPlan("ciphertexts of no bytes") }
        return bytes
    }
}
