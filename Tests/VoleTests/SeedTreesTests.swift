import CVole
import Cryptography
import Testing
import Vole

@Suite struct SeedTreesTests {
    /// Both roles on keys that a dealer gave: the receiver's leaves are the sender's, and differ by `difference` at one entry a block.
    private struct Dealt {
        let parameters: VoleParameters
        let places: SecretWords
        let differences: [BinaryElement]
        let sender: (leaves: SecretWords, message: [UInt8])
        let receiver: SecretWords
        let roots: SecretWords

        init(count: Int, seed: Int, keys: [(SecretBytes, SecretBytes)], paths: (VolePath, VolePath), edge: Int? = nil) {
            var generator = SplitMix(seed: seed)
            let parameters = VoleParameters(count: count), blocks = VoleParameters.blocks
            let places = SecretWords(
                (0..<blocks).map { block in
                    let last = parameters.block(block).count - 1
                    return UInt64(edge.map { min($0, last) } ?? Int.random(in: 0...last, using: &generator))
                })
            let roots = SecretWords(generator.words(2 * blocks)), shares = SecretWords(generator.words(2 * blocks))
            let differences = (0..<blocks).map { _ in generator.element() }
            let others = SecretWords(elements: blocks)
            for block in 0..<blocks { others[element: block] = shares[element: block] + differences[block] }
            let chosen = (0..<parameters.treeTransfers).map { index in
                let (tree, level) = index.quotientAndRemainder(dividingBy: parameters.levels)
                return places[tree] >> UInt64(parameters.levels - 1 - level) & 1 == 1 ? keys[index].0 : keys[index].1
            }
            var (leaves, message) = SeedTrees(parameters, path: paths.0).grow(roots: roots, keys: keys)
            SeedTrees(parameters, path: paths.0).add(shares, to: &message)
            sender = (leaves, message)
            receiver = SeedTrees(parameters, path: paths.1).regrow(
                message, places: places, shares: others, keys: chosen)
            (self.parameters, self.places, self.differences, self.roots) = (parameters, places, differences, roots)
        }

        /// Blocks in which something is wrong.
        var failures: [Int] {
            let (own, other) = (sender.leaves.copy(), receiver.copy())
            return (0..<VoleParameters.blocks).filter { block in
                let range = parameters.block(block), place = range.lowerBound + Int(places[block])
                return range.contains { entry in
                    let difference = entry == place ? differences[block] : BinaryElement()
                    return own[2 * entry] ^ other[2 * entry] != difference.low
                        || own[2 * entry + 1] ^ other[2 * entry + 1] != difference.high
                }
            }
        }
    }

    private static let keys: [(SecretBytes, SecretBytes)] = {
        var generator = SplitMix(seed: 11)
        return (0..<VoleParameters.blocks * 9).map { _ in (generator.key(), generator.key()) }
    }()

    /// Blocks of up to 300 entries, of two lengths in most vectors.
    @Test func theReceiverFindsAllLeavesButOne() {
        for longest in 2...300 {
            let count = max(256, 232 * longest - longest % 5 * 40)
            let dealt = Dealt(
                count: count, seed: longest, keys: Self.keys, paths: (VolePath.fastest, VolePath.fastest))
            #expect(dealt.failures == [], "\(count)")
        }
    }

    @Test(arguments: [256, 300, 500, 1856, 1857, 5000]) func theFirstAndTheLastEntryToo(count: Int) {
        for edge in [0, 1, Int.max] {
            let dealt = Dealt(count: count, seed: 1, keys: Self.keys, paths: (.fastest, .fastest), edge: edge)
            #expect(dealt.failures == [])
        }
    }

    @Test(arguments: [256, 700, 3000]) func pathsGiveTheSameBits(count: Int) {
        let first = Dealt(count: count, seed: 3, keys: Self.keys, paths: (.fastest, .portable))
        let second = Dealt(count: count, seed: 3, keys: Self.keys, paths: (.portable, .fastest))
        #expect(first.failures == [])
        #expect(first.sender.leaves.copy() == second.sender.leaves.copy())
        #expect(first.sender.message == second.sender.message)
        #expect(first.receiver.copy() == second.receiver.copy())
    }

    /// Each leaf from its root, one block cipher call after the other, and the sums of each level.
    @Test(arguments: [256, 1000, 2784]) func leavesAndSumsAgreeWithTheDefinition(count: Int) {
        let dealt = Dealt(count: count, seed: 4, keys: Self.keys, paths: (.fastest, .fastest))
        let parameters = dealt.parameters
        let keys = ["left", "right"].map { schedule("colonnade/align/tree-\($0)/v1") }
        for tree in stride(from: 0, to: VoleParameters.blocks, by: 29) {
            let size = parameters.block(tree).count
            var nodes = [dealt.roots[element: tree]]
            for depth in 1...parameters.levels {
                let below = parameters.levels - depth
                nodes = nodes.flatMap { seed in keys.map { encrypt(seed, $0) + seed } }
                nodes = Array(nodes.prefix((size + (1 << below) - 1) >> below))
                for side in 0...1 {
                    let sum = stride(from: side, to: nodes.count, by: 2).reduce(BinaryElement()) { $0 + nodes[$1] }
                    let pair = Self.keys[tree * parameters.levels + depth - 1]
                    let mask = (side == 0 ? pair.0 : pair.1).withUnsafeBytes { Array($0.prefix(16)) }
                    let offset = tree * (2 * parameters.levels + 1) * 16 + 32 * (depth - 1) + 16 * side
                    let sent = zip(dealt.sender.message[offset..<offset + 16], mask).map { $0 ^ $1 }
                    #expect(sent == withUnsafeBytes(of: (sum.low, sum.high)) { Array($0) })
                }
            }
            let start = parameters.block(tree).lowerBound
            #expect(nodes.enumerated().allSatisfy { dealt.sender.leaves[element: start + $0] == $1 })
        }
    }

    /// A level grows in place whatever its length, and nothing behind it is written.
    @Test(arguments: VolePath.available) func levelsGrowInPlace(path: VolePath) {
        var generator = SplitMix(seed: 6)
        let keys = [schedule("a"), schedule("b")]
        for count in [1, 2, 3, 4, 15, 16, 17, 18, 127, 128, 129, 130, 300] {
            let parents = (count + 1) / 2
            let start = generator.words(2 * count + 4)
            var (nodes, sums) = (start, [UInt64](repeating: 1, count: 4))
            kernels(path).grow(&nodes, parents, count, keys, &sums)
            var expected = [BinaryElement(), BinaryElement()]
            for child in 0..<count {
                let seed = BinaryElement(low: start[child / 2 * 2], high: start[child / 2 * 2 + 1])
                let node = encrypt(seed, keys[child % 2]) + seed
                #expect(nodes[2 * child] == node.low && nodes[2 * child + 1] == node.high)
                expected[child % 2] += node
            }
            #expect(sums == expected.flatMap { [$0.low, $0.high] })
            #expect(nodes[(2 * count)...] == start[(2 * count)...])
        }
    }
}
