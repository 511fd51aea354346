import Arithmetic
import Residues
import Testing
import Workers

/// Products and squares of single residues, bit for bit against GMP, on every path.
///
/// Operands go into the kernels as they are, so that edge cases reach them; a second product brings results back from the
/// factor 1 / R that the first one carries.
@Suite(.serialized) struct KernelTests {
    static let sizes = [1024, 1536, 2048, 3072, 4096]

    /// The same modulus for every path, the one that is compared with GMP first.
    private static func paths(_ modulus: Integer) -> [RadixModulus] {
        KernelPath.available.map { RadixModulus(modulus, path: $0) }
    }

    /// Whether products and squares are right, on all paths, for eight pairs.
    private static func agree(_ paths: [RadixModulus], _ left: [Integer], _ right: [Integer]) -> Bool {
        let modulus = paths[0]
        let (lefts, rights) = (left.map { modulus.residue($0) }[...], right.map { modulus.residue($0) }[...])
        func compute(_ modulus: RadixModulus) -> (product: ElementBlock, square: ElementBlock) {
            let product = ElementBlock(modulus, lefts)
            let square = ElementBlock(modulus, lefts)
            product.multiply(by: ElementBlock(modulus, rights))
            square.square()
            return (product, square)
        }
        let (product, square) = compute(modulus)
        let (products, squares) = (product.residues(left.count), square.residues(left.count))
        for other in paths.dropFirst() {
            let (product, square) = compute(other)
            guard product.residues(left.count) == products, square.residues(left.count) == squares else { return false }
        }
        product.toMontgomery()
        square.toMontgomery()
        return product.integers(left.count) == zip(left, right).map { ($0 * $1).modulo(modulus.square) }
            && square.integers(left.count) == left.map { ($0 * $0).modulo(modulus.square) }
    }

    /// - Returns: The indices of blocks of eight for which something is wrong.
    private static func failures(
        _ paths: [RadixModulus], blocks: Int, _ operands: @Sendable (Int) -> (left: [Integer], right: [Integer])
    ) -> [Int]? {
        Parallel.map(count: blocks) { block in
            let (left, right) = operands(block)
            return agree(paths, left, right) ? nil : block
        }?.compactMap { $0 }
    }

    /// 100,000 pairs, and so 100,000 squares, under each of the sizes that keys and their primes have.
    @Test(arguments: sizes) func randomOperands(bits: Int) {
        var generator = SplitMix(seed: bits)
        for round in 0..<10 {
            let paths = Self.paths(generator.modulus(bits: bits))
            let failures = Self.failures(paths, blocks: 1250) { block in
                var generator = SplitMix(seed: (bits * 10 + round) << 20 + block)
                func eight() -> [Integer] { (0..<8).map { _ in generator.integer(below: paths[0].square) } }
                return (eight(), eight())
            }
            #expect(failures == [], "modulus \(round)")
        }
    }

    @Test(arguments: sizes) func randomOperandsBelowAllOnes(bits: Int) {
        let paths = Self.paths(Integer(powerOfTwo: bits) - 1)
        let failures = Self.failures(paths, blocks: 500) { block in
            var generator = SplitMix(seed: bits << 20 + block)
            func eight() -> [Integer] { (0..<8).map { _ in generator.integer(below: paths[0].square) } }
            return (eight(), eight())
        }
        #expect(failures == [])
    }

    /// Every edge with itself, with itself under another edge, and with n^2 - 1.
    @Test(arguments: sizeClasses) func edges(bits: Int) {
        var generator = SplitMix(seed: 3 * bits)
        let top = Integer(powerOfTwo: bits)
        for modulus in [generator.modulus(bits: bits), top - 1, (top >> 1) + 1] {
            let paths = Self.paths(modulus)
            let edges = Operands.edges(modulus)
            let failures = Self.failures(paths, blocks: (edges.count + 7) / 8) { block in
                let left = Array(edges[8 * block..<min(8 * block + 8, edges.count)])
                let right = left.indices.map { index -> Integer in
                    index == 7 ? paths[0].square - 1 : edges[((8 * block + index) * 7919 + 5) % edges.count]
                }
                return (left, right)
            }
            #expect(failures == [])
        }
    }

    /// Digits that products leave at up to 2 n go into the next product as they are.
    @Test(arguments: sizeClasses) func chainsOfOperations(bits: Int) {
        var generator = SplitMix(seed: 5 * bits)
        for modulus in [generator.modulus(bits: bits), Integer(powerOfTwo: bits) - 1] {
            let paths = Self.paths(modulus)
            let square = paths[0].square
            let start: [Integer] =
                [square - 1, modulus - 1, modulus + 1, square - modulus]
                + (0..<4).map { _ in
                    generator.integer(below: square)
                }
            let factors = (0..<8).map { _ in generator.integer(below: square) }
            var expected = start
            let chains = paths.map { ElementBlock.montgomery($0, start) }
            let others = paths.map { ElementBlock.montgomery($0, factors) }
            for step in 0..<60 {
                if step % 3 == 0 {
                    for (chain, other) in zip(chains, others) { chain.multiply(by: other) }
                    expected = zip(expected, factors).map { ($0 * $1).modulo(square) }
                } else {
                    for chain in chains { chain.square() }
                    expected = expected.map { ($0 * $0).modulo(square) }
                }
            }
            let results = chains.map { $0.residues(8) }
            #expect(results.allSatisfy { $0 == results[0] })
            for chain in chains { #expect(chain.montgomeryIntegers(8) == expected) }
        }
    }
}
