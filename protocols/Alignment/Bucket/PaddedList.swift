internal import Cryptography
internal import Identifiers

/// One party's ids of a bucket, ascending, and random ones after them that pad it: nobody has an id of theirs.
struct PaddedList {
    /// 32 bytes each.
    let hashes: [UInt8]
    /// How many of them are ids.
    let count: Int
    /// Without those that pad it.
    var ids: [UInt8] { Array(hashes.prefix(count * IDHash.byteCount)) }
    /// With those that pad it.
    var capacity: Int { hashes.count / IDHash.byteCount }

    /// - Throws: ``AlignmentError/overfullBucket(_:ids:capacity:)``.
    init(
        _ ids: [UInt8], in bucket: AlignmentBucket, capacity: Int, random: RandomStream
    ) throws(AlignmentError) {
        precondition(ids.count % IDHash.byteCount == 0, "whole hashes")
        count = ids.count / IDHash.byteCount
        guard count <= capacity else {
            throw .overfullBucket(bucket.index, ids: count, capacity: capacity)
        }
        hashes = ids + random.bytes((capacity - count) * IDHash.byteCount)
    }
}

extension RandomStream {
    /// A uniformly random order of `0..<count` (Fisher and Yates).
    func permutation(of count: Int) -> [Int32] {
        var order = (0..<Int32(count)).map(\.self)
        // Words for many draws at once: a call each would cost more than the exchange.
        var words: [UInt64] = []
        func below(_ bound: UInt64) -> UInt64 {
            let excess = (UInt64.max % bound + 1) % bound  // 2^64 mod bound
            while true {
                if words.isEmpty {
                    words = bytes(8 * 1024).withUnsafeBytes { Array($0.bindMemory(to: UInt64.self)) }
                }
                let word = words.removeLast()
                // Words that would favour small numbers are drawn again.
                if word <= UInt64.max - excess { return word % bound }
            }
        }
        for index in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(index, Int(below(UInt64(index + 1))))
        }
        return order
    }
}
