internal import Cryptography

/// A party's own ids, the secret order in which they travel, and the secret that blinds them. New for every attempt.
struct OwnList {
    let ids: [IDHash]
    /// Which of `ids` travels at each position: random, so that a position says nothing about its id.
    let secretOrder: [Int]
    let scalar: CurveScalar

    var count: Int { ids.count }

    init(_ ids: [IDHash], random: any RandomSource) throws {
        self.ids = ids
        secretOrder = try random.stream("alignment/order").permutation(of: ids.count)
        scalar = try CurveScalar(bytes: random.stream("alignment/scalar").secret(32))
    }

    /// The ids hashed to the curve and blinded, in the secret order.
    func points() throws(CryptographyError) -> [CurvePoint] {
        try CurvePoint.multiply(CurvePoint.hash(secretOrder.map { ids[$0].bytes }), by: scalar)
    }

    /// The places in `ids` of what travels at these positions, in the order that all parties share.
    func places(at positions: [Int], in order: CommonOrder) -> [Int] {
        let common = positions.map { secretOrder[$0] }
        return order.places(of: common.map { ids[$0] }).map { common[$0] }
    }
}

extension RandomStream {
    /// A uniformly random order of `0..<count` (Fisher and Yates).
    fileprivate func permutation(of count: Int) -> [Int] {
        var order = Array(0..<count)
        for index in stride(from: count - 1, to: 0, by: -1) { order.swapAt(index, below(index + 1)) }
        return order
    }

    /// A uniformly random number below `bound`: words are drawn again where they would favour small numbers.
    private func below(_ bound: Int) -> Int {
        let bound = UInt64(bound)
        let excess = (UInt64.max % bound + 1) % bound  // 2^64 mod bound
        while true {
            let word = bytes(8).reduce(0) { $0 << 8 | UInt64($1) }
            if word <= UInt64.max - excess { return Int(word % bound) }
        }
    }
}
