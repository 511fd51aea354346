internal import Cryptography
internal import Identifiers

/// One party's ids of a bucket, ascending, and random ones after them that pad it: nobody has an id of theirs.
struct PaddedList {
    /// 32 bytes each, without those that pad it.
    let ids: [UInt8]
    /// With these.
    let hashes: [UInt8]
    /// How many ids there are.
    var count: Int { ids.count / IDHash.byteCount }
    /// How many there are with those that pad it.
    var capacity: Int { hashes.count / IDHash.byteCount }

    /// - Throws: ``AlignmentError/overfullBucket(_:ids:capacity:)``.
    init(
        _ ids: [UInt8], in bucket: AlignmentBucket, capacity: Int, random: RandomStream
    ) throws(AlignmentError) {
        precondition(ids.count % IDHash.byteCount == 0, "whole hashes")
        let count = ids.count / IDHash.byteCount
        guard count <= capacity else {
            throw .overfullBucket(bucket.index, ids: count, capacity: capacity)
        }
        self.ids = ids
        // One bucket has no padding, and then this is no copy.
        hashes = count == capacity ? ids : ids + random.bytes((capacity - count) * IDHash.byteCount)
    }
}

extension RandomStream {
    /// A uniformly random order of `0..<count` (Fisher and Yates).
    func permutation(of count: Int) -> [Int32] {
        var order = (0..<Int32(count)).map(\.self)
        // Words for many draws at once: a call each would cost more than the exchange.
        var words: [UInt64] = []
        func word() -> UInt64 {
            if words.isEmpty { words = bytes(8 * 1024).withUnsafeBytes { Array($0.bindMemory(to: UInt64.self)) } }
            return words.removeLast()
        }
        /// Uniform: a word scaled, words that would favour some numbers drawn again (Lemire, *Fast random integer generation in an
        /// interval*, ACM TOMACS 2019).
        func below(_ bound: UInt64) -> UInt64 {
            var scaled = word().multipliedFullWidth(by: bound)
            while scaled.low < bound, scaled.low < (0 &- bound) % bound {
                scaled = word().multipliedFullWidth(by: bound)
            }
            return scaled.high
        }
        for index in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(index, Int(below(UInt64(index + 1))))
        }
        return order
    }
}
