import Arithmetic
import Residues
import Testing
import Workers

@Suite struct LineProductTests {
    /// Bases under one modulus on every path, and what GMP makes of them.
    private struct Setting {
        let square: Integer
        let units: [Integer]
        let bases: [LineBases]

        /// - Parameter units: As many as stand in whole blocks.
        init(_ value: Integer, _ units: [Integer], copies: Int = 1, apart bits: Int = 0) throws {
            square = value * value
            self.units = units
            bases = try KernelPath.available.map { path in
                let modulus = RadixModulus(value, path: path)
                return try #require(LineBases(modulus, units.map(modulus.residue), copies: copies, apart: bits))
            }
        }

        /// A random modulus and units.
        init(bits: Int, count: Int, seed: Int) throws {
            var generator = SplitMix(seed: seed)
            let value = generator.modulus(bits: bits)
            try self.init(value, generator.units(count, modulo: RadixModulus(value)))
        }

        func power(_ index: Int, _ exponent: Integer) -> Integer {
            let base = exponent.signum < 0 ? units[index].inverse(modulo: square) ?? 0 : units[index]
            return base.power(exponent.magnitude, modulo: square, variableTime: true)
        }

        func product(_ factors: [Integer]) -> Integer { factors.reduce(1) { ($0 * $1).modulo(square) } }

        /// The lines that `compute` makes: on all paths the same residues, and these numbers.
        func lines(_ compute: (LineBases, LineProduct) throws -> Void) rethrows -> [Integer] {
            let blocks = try bases.map { bases in
                let product = LineProduct(bases)
                try compute(bases, product)
                return product.finish()
            }
            let results = blocks.map { $0.residues(8) }
            #expect(results.allSatisfy { $0 == results[0] })
            return blocks[0].montgomeryIntegers(8)
        }
    }

    @Test func emptyLinesAreOne() throws {
        let setting = try Setting(bits: 1024, count: 8, seed: 1)
        #expect(setting.lines { _, _ in } == .init(repeating: 1, count: 8))
        #expect(setting.lines { _, product in product.square() } == .init(repeating: 1, count: 8))
        let nothing = setting.lines { _, product in
            product.multiply { _ in nil }
            product.square()
        }
        #expect(nothing == .init(repeating: 1, count: 8))
    }

    @Test(arguments: sizeClasses) func basesAndSquares(bits: Int) throws {
        let setting = try Setting(bits: bits, count: 16, seed: bits)
        // Lane l: (((b_l)^2 b_(l+1))^4 b_(l+8)), with nothing in odd lanes' second factor.
        let lines = setting.lines { _, product in
            product.multiply { $0 }
            product.square()
            product.multiply { $0 % 2 == 0 ? $0 + 1 : nil }
            product.square()
            product.square()
            product.multiply { $0 + 8 }
        }
        let expected = (0..<8).map { lane in
            setting.product(
                [setting.power(lane, 8), setting.power(lane + 8, 1)]
                    + (lane % 2 == 0 ? [setting.power(lane + 1, 4)] : []))
        }
        #expect(lines == expected)
    }

    @Test(arguments: [512, 1536, 2066, 4146]) func windowsHoldPowersFromMinus8To7(bits: Int) throws {
        let setting = try Setting(bits: bits, count: 16, seed: bits)
        let indices = [0, 3, 8, 15, 4, 5, 6, 7, 9, 10]
        for power in -8...7 {
            for first in [0, 2] {
                let lines = try setting.lines { bases, product in
                    let tables = try #require(bases.windows(of: indices))
                    product.multiply(tables) { (first + $0, power + 8) }
                }
                #expect(lines == (0..<8).map { setting.power(indices[first + $0], Integer(power)) }, "power \(power)")
            }
        }
    }

    @Test(arguments: [1, 2, 5, 8]) func subsetsHoldEveryProduct(size: Int) throws {
        let setting = try Setting(bits: 1024, count: 32, seed: size)
        let groups = (0..<11).map { group in (0..<(group == 10 ? 1 : size)).map { (5 * group + 3 * $0) % 32 } }
        for entry in 0..<1 << size {
            // The last group is short: what it lacks counts as 1.
            let places = (0..<8).map { (entry + 3 * $0) % 11 }
            let lines = try setting.lines { bases, product in
                let tables = try #require(bases.subsets(of: groups, size: size))
                product.multiply(tables) { (places[$0], entry) }
            }
            let expected = places.map { group in
                setting.product(
                    groups[group].enumerated().filter { entry >> $0.offset & 1 == 1 }.map {
                        setting.power($0.element, 1)
                    })
            }
            #expect(lines == expected)
        }
    }

    @Test(arguments: [(512, 0), (2048, 13), (2066, 40), (3072, 61)])
    func inverseProductsTakeAnOffsetAway(bits: Int, shift: Int) throws {
        let setting = try Setting(bits: bits, count: 16, seed: bits)
        let groups = [[0, 1, 2], [3, 4, 5], [15]]
        let results = try setting.bases.map { bases in
            let tables = try #require(bases.subsets(of: groups, size: 3))
            return try #require(tables.inverseProduct([7, 5, 1], bits: shift))
        }
        let residues = results.map { $0.residues(8) }
        #expect(residues.allSatisfy { $0 == residues[0] })
        let exponent = -Integer(powerOfTwo: shift)
        let expected = setting.product([0, 1, 2, 3, 5, 15].map { setting.power($0, exponent) })
        #expect(results[0].montgomeryIntegers(8) == .init(repeating: expected, count: 8))
    }

    /// Builders that divide a table have together what one of them would have built, byte by byte; each has its part only.
    @Test(arguments: [(1, 1), (1, 5), (3, 6), (8, 4), (11, 3), (17, 2)])
    func buildersDivideTables(groups: Int, size: Int) throws {
        let setting = try Setting(bits: 512, count: 40, seed: groups)
        let lists = (0..<groups).map { group in (0..<size).map { (7 * group + 3 * $0) % 40 } }
        func bytes(_ tables: LineTables, among count: Int) -> ([UInt8], [Range<Int>]) {
            tables.withParts(among: count) { (Array($0), $1) }
        }
        for bases in setting.bases {
            for count in [1, 2, 3, 5] {
                func tables(_ place: Int, of count: Int, threads: Int) throws -> [LineTables] {
                    let division = TableDivision(place: place, count: count, threads: threads)
                    return [
                        try #require(bases.subsets(of: lists, size: size, division: division)),
                        try #require(bases.windows(of: lists.map { $0[0] }, division: division)),
                    ]
                }
                let whole = try tables(0, of: 1, threads: 2 * count)
                for place in 0..<count {
                    for (own, whole) in zip(try tables(place, of: count, threads: 2 * count), whole) {
                        let ((found, parts), expected) = (bytes(own, among: count), bytes(whole, among: 1).0)
                        #expect(found.count == expected.count && parts.last?.upperBound == found.count)
                        #expect(zip(parts, parts.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
                        #expect(found[parts[place]] == expected[parts[place]])
                        #expect(found[..<parts[place].lowerBound].allSatisfy { $0 == 0 })
                        #expect(found[parts[place].upperBound...].allSatisfy { $0 == 0 })
                    }
                }
            }
        }
    }

    /// Numbers that no kernel writes are seen.
    @Test func damagedPartsAreSeen() throws {
        let setting = try Setting(bits: 512, count: 16, seed: 4)
        let division = TableDivision(place: 0, count: 2, threads: 2)
        let groups = [[0, 1, 2, 3], [4, 5, 6, 7]]
        let tables = try #require(setting.bases[0].subsets(of: groups, size: 4, division: division))
        #expect(tables.hasEntries(of: 0, among: 2) && tables.hasEntries(of: 1, among: 2))
        tables.withParts(among: 2) { memory, parts in memory[parts[1].upperBound - 1] = 0x80 }
        #expect(tables.hasEntries(of: 0, among: 2) && !tables.hasEntries(of: 1, among: 2))
    }

    @Test func copiesAreRaised() throws {
        var generator = SplitMix(seed: 9)
        let value = generator.modulus(bits: 1024)
        let units = generator.units(16, modulo: RadixModulus(value))
        let setting = try Setting(value, units, copies: 3, apart: 37)
        for copy in 0..<3 {
            let lines = setting.lines { _, product in product.multiply { 16 * copy + 2 * $0 } }
            #expect(lines == (0..<8).map { setting.power(2 * $0, Integer(powerOfTwo: 37 * copy)) })
        }
    }

    /// All bits of long exponents set, in every group: lambdas outgrow the room above n again and again, which is as narrow as
    /// it can be with 2066 and 4146 bits. Bases include those whose lambda is n - 1.
    @Test(arguments: [1026, 2066, 2048, 4146]) func lambdasFoldBeforeTheyOverflow(bits: Int) throws {
        let value = Integer(powerOfTwo: bits) - 1
        var generator = SplitMix(seed: bits)
        let extremes = [value * value - value + 1, value * value - 1, value + 1, value * (value - 2) + 1]
        let units = extremes + generator.units(28, modulo: RadixModulus(value))
        let setting = try Setting(value, units)
        let groups = stride(from: 0, to: 32, by: 4).map { Array($0..<$0 + 4) }
        let planes = 61
        let lines = try setting.lines { bases, product in
            let tables = try #require(bases.subsets(of: groups, size: 4))
            for _ in 0..<planes {
                product.square()
                for group in 0..<8 { product.multiply(tables) { (group, $0 == 7 ? 1 : 15) } }
            }
        }
        let exponent = Integer(powerOfTwo: planes) - 1
        let all = setting.product((0..<32).map { setting.power($0, exponent) })
        let some = setting.product((0..<8).map { setting.power(4 * $0, exponent) })
        #expect(lines == .init(repeating: all, count: 7) + [some])
    }

    /// More factors in one plane than may wait in words of 64 bits, and than the narrowest room holds.
    @Test(arguments: [1026, 2048]) func manyFactorsInOnePlane(bits: Int) throws {
        let value = Integer(powerOfTwo: bits) - 1
        let setting = try Setting(
            value, [value * value - value + 1, value * value - 1] + .init(repeating: 2, count: 6))
        let count = 20_000
        let lines = setting.lines { _, product in
            for step in 0..<count {
                product.multiply { $0 == 7 ? step % 2 : $0 }
                if step == count / 2 { product.square() }
            }
        }
        // 10,001 factors before the square and 9,999 behind it, in lane 7 of two bases in turn.
        #expect(lines[0..<7] == (0..<7).map { setting.power($0, 30_001) }[...])
        #expect(lines[7] == setting.product([setting.power(0, 15_001), setting.power(1, 15_000)]))
    }

    @Test func cancelledWorkGivesNothing() throws {
        let setting = try Setting(bits: 512, count: 16, seed: 4)
        let cancellation = Cancellation()
        cancellation.cancel()
        let bases = setting.bases[0]
        let residues = setting.units.suffix(8).map(bases.modulus.residue)
        WorkContext(cancellation: cancellation).run {
            #expect(bases.windows(of: [0, 1]) == nil)
            #expect(bases.subsets(of: [[0, 1]], size: 2) == nil)
            #expect(LineBases(bases.modulus, residues, copies: 2, apart: 3) == nil)
        }
    }
}
