internal import Cryptography
internal import Identifiers
internal import Specification

/// What the function gives at each id of a list: 16 or 32 bytes, known to the member and, at its own ids, to the leader.
struct Values {
    let bytes: [UInt8]
    /// Of one value.
    let size: Int

    var count: Int { bytes.count / size }

    /// A hash of each value and its id, for one purpose in one bucket, cut.
    func hashed(_ ids: [UInt8], domain: [UInt8], to length: Int) -> [UInt8] {
        precondition(ids.count == count * IDHash.byteCount, "a value for each id")
        let whole = size + IDHash.byteCount
        let messages = [UInt8](unsafeUninitializedCapacity: count * whole) { messages, initialized in
            bytes.withUnsafeBytes { values in
                ids.withUnsafeBytes { ids in
                    guard let to = UnsafeMutableRawPointer(messages.baseAddress), let value = values.baseAddress,
                        let id = ids.baseAddress
                    else { return }
                    for index in 0..<count {
                        (to + whole * index).copyMemory(from: value + size * index, byteCount: size)
                        (to + whole * index + size).copyMemory(
                            from: id + IDHash.byteCount * index, byteCount: IDHash.byteCount)
                    }
                }
            }
            initialized = count * whole
        }
        return SHA256.hashEach(packed: messages, each: whole, prefix: domain, to: length)
    }
}
