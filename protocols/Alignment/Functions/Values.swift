internal import Cryptography
internal import Identifiers
internal import Specification

/// What the function gives at each id of a list: 16 or 32 bytes, known to the member and, at its own ids, to the leader.
struct Values {
    /// How many are hashed at a time: enough for all cores, little enough to need no memory to speak of.
    private static let run = 1 << 15

    let bytes: [UInt8]
    /// Of one value.
    let size: Int

    var count: Int { bytes.count / size }

    /// A hash of each value and its id, for one purpose in one bucket, cut.
    func hashed(_ ids: [UInt8], domain: [UInt8], to length: Int) -> [UInt8] {
        precondition(ids.count == count * IDHash.byteCount, "a value for each id")
        var hashes: [UInt8] = []
        hashes.reserveCapacity(count * length)
        for start in stride(from: 0, to: count, by: Self.run) {
            hashes += SHA256.hashEach(
                packed: messages(ids, start..<min(start + Self.run, count)), each: size + IDHash.byteCount,
                prefix: domain, to: length)
        }
        return hashes
    }

    /// Values and ids in turn.
    private func messages(_ ids: [UInt8], _ range: Range<Int>) -> [UInt8] {
        let whole = size + IDHash.byteCount
        return [UInt8](unsafeUninitializedCapacity: range.count * whole) { messages, initialized in
            bytes.withUnsafeBytes { values in
                ids.withUnsafeBytes { ids in
                    guard var to = UnsafeMutableRawPointer(messages.baseAddress), let value = values.baseAddress,
                        let id = ids.baseAddress
                    else { return }
                    for index in range {
                        to.copyMemory(from: value + size * index, byteCount: size)
                        (to + size).copyMemory(from: id + IDHash.byteCount * index, byteCount: IDHash.byteCount)
                        to += whole
                    }
                }
            }
            initialized = range.count * whole
        }
    }
}
