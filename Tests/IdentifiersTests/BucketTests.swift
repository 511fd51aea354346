import Foundation
import Identifiers
import Testing

@Suite struct BucketTests {
    @Test(arguments: [1, 2, 3, 7, 10, 64, 1000, 1 << 20, (1 << 20) + 1])
    func bucketsAreRangesOfTheOrder(count: Int) {
        let buckets = Buckets(count: count)
        var next: UInt64 = 0
        for bucket in [0, 1, count / 2, count - 2, count - 1] where 0..<count ~= bucket {
            let range = buckets.leadingBits(of: bucket)
            #expect(buckets.bucket(of: range.lowerBound) == bucket)
            #expect(buckets.bucket(of: range.upperBound) == bucket)
            if range.lowerBound > 0 { #expect(buckets.bucket(of: range.lowerBound - 1) == bucket - 1) }
            if bucket < count - 1 { #expect(buckets.bucket(of: range.upperBound + 1) == bucket + 1) }
        }
        guard count <= 1000 else { return }
        for bucket in 0..<count {
            #expect(buckets.leadingBits(of: bucket).lowerBound == next)
            next = buckets.leadingBits(of: bucket).upperBound &+ 1
        }
        #expect(next == 0)
    }

    @Test(arguments: [1, 2, 3, 16, 5000])
    func bucketsHoldEveryIDOnce(count: Int) throws {
        try withFolder { folder throws in
            let ids = try collect(count: 4000, storage: .file(folder + "/ids"))
            let all = try ids.all
            let buckets = Buckets(count: count)
            var (hashes, rows): ([UInt8], [Int]) = ([], [])
            for bucket in 0..<count {
                let list = try ids.ids(in: bucket, of: buckets)
                #expect((0..<list.count).allSatisfy { buckets.bucket(of: list.hash(at: $0).leading) == bucket })
                hashes += list.hashes
                rows += list.rows
            }
            #expect(hashes == all.hashes && rows == all.rows)
        }
    }

    @Test func theLongestListGivesTheNumber() {
        #expect(Buckets(longestList: 0).count == 1)
        #expect(Buckets(longestList: 1 << 20).count == 1)
        #expect(Buckets(longestList: (1 << 20) + 1).count == 2)
        #expect(Buckets(longestList: 10_000_000).count == 10)
        #expect(Buckets(longestList: 1001, size: 100).count == 11)
    }

    @Test func capacities() {
        #expect(Buckets(count: 1).capacity(of: 12_345) == 12_345)
        #expect(Buckets(count: 4).capacity(of: 400) == 200)
        #expect(Buckets(count: 5).capacity(of: 200) == 111)  // 40 + 50.6 + 20
        #expect(Buckets(count: 1000).capacity(of: 1000) == 29)
        #expect(Buckets(count: 10).capacity(of: 10_000_000) == 1_008_020)
        #expect(Buckets(count: 16).capacity(of: 11) == 11)
        #expect(Buckets(count: 2).capacity(of: 0) == 0)
    }

    /// Means from 0.01 to 2^20 in steps of a hundredth, by the bound that the capacity's comment derives.
    @Test func bucketsOutgrowTheirCapacityWithProbabilityBelow2ToTheMinus50() {
        let buckets = Buckets(count: 1 << 20)
        var (ids, largest) = (10_486, -Double.infinity)
        while ids <= 1 << 40 {
            let mean = Double(ids) / Double(buckets.count)
            largest = max(largest, tailBound(mean, from: buckets.capacity(of: ids) + 1))
            ids += ids / 100
        }
        #expect(largest < -50 * log(2) && largest > -51 * log(2))
    }

    /// The bound against sums of the probabilities themselves: it lies above, and by less than a factor of two.
    @Test(arguments: [(10_486, 1 << 20), (500, 500), (3000, 2), (10_000, 16), (1_000_000, 100), (20_000_000, 20)])
    func theBoundHolds(ids: Int, count: Int) {
        let (n, share) = (Double(ids), 1 / Double(count))
        let mean = n * share
        let first = Buckets(count: count).capacity(of: ids) + 1
        var (poisson, binomial) = (0.0, 0.0)
        for k in (first..<first + 40_000).map(Double.init) {
            poisson += exp(k * log(mean) - mean - lgamma(k + 1))
            guard k <= n else { continue }
            let choices = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
            binomial += exp(choices + k * log(share) + (n - k) * log1p(-share))
        }
        let bound = exp(tailBound(mean, from: first))
        #expect(binomial < poisson && poisson < bound && bound < 2 * poisson)
    }

    /// The logarithm of a bound of the probability that a Poisson variable is `first` or more, above its mean.
    private func tailBound(_ mean: Double, from first: Int) -> Double {
        let k = Double(first)
        let excess = k - mean
        return excess - k * log1p(excess / mean) - log(2 * .pi * k) / 2 + log((k + 1) / (k + 1 - mean))
    }

    @Test func bucketsStayBelowTheirCapacity() throws {
        for trial in UInt8(1)...8 {
            let ids = try collect((0..<20_000).map { ["\($0)"] }, seed: [UInt8](repeating: trial, count: 32))
            for count in [2, 16, 100, 512] {
                let buckets = Buckets(count: count)
                let sizes = try (0..<count).map { try ids.positions(of: buckets.leadingBits(of: $0)).count }
                #expect(sizes.reduce(0, +) == ids.count)
                #expect(sizes.allSatisfy { $0 <= buckets.capacity(of: ids.count) })
            }
        }
    }
}
