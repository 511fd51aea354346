import Testing
import Vole

@Suite struct BinaryElementTests {
    /// Schoolbook: one coefficient after the other, then X^128 = X^7 + X^2 + X + 1 from the top.
    private static func reference(_ a: BinaryElement, _ b: BinaryElement) -> BinaryElement {
        func bit(_ x: BinaryElement, _ i: Int) -> Bool { (i < 64 ? x.low >> i : x.high >> (i - 64)) & 1 == 1 }
        var product = [Bool](repeating: false, count: 255)
        for i in 0..<128 where bit(a, i) {
            for j in 0..<128 where bit(b, j) { product[i + j].toggle() }
        }
        for i in (128..<255).reversed() where product[i] {
            for k in [0, 1, 2, 7] { product[i - 128 + k].toggle() }
        }
        var result = BinaryElement()
        for i in 0..<128 where product[i] {
            if i < 64 { result.low |= 1 << i } else { result.high |= 1 << (i - 64) }
        }
        return result
    }

    private static let edges = [
        BinaryElement(), BinaryElement(low: 1), BinaryElement(low: 2), BinaryElement(low: 1 << 63),
        BinaryElement(high: 1), BinaryElement(high: 1 << 63), BinaryElement(low: .max, high: .max),
        BinaryElement(low: .max), BinaryElement(high: .max), BinaryElement(low: 0x87),
    ]

    @Test(arguments: VolePath.available) func productsAgreeWithSchoolbook(path: VolePath) {
        var generator = SplitMix(seed: 1)
        let elements = Self.edges + (0..<20).map { _ in generator.element() }
        for a in elements {
            for b in elements { #expect(a.times(b, path: path) == Self.reference(a, b)) }
            #expect(a.timesX == Self.reference(a, BinaryElement(low: 2)))
        }
    }

    @Test(arguments: VolePath.available) func isAField(path: VolePath) {
        var generator = SplitMix(seed: 2)
        for _ in 0..<200 {
            let (a, b, c) = (generator.element(), generator.element(), generator.element())
            func times(_ x: BinaryElement, _ y: BinaryElement) -> BinaryElement { x.times(y, path: path) }
            #expect(times(a, b) == times(b, a))
            #expect(times(times(a, b), c) == times(a, times(b, c)))
            #expect(times(a, b + c) == times(a, b) + times(a, c))
            #expect(times(a, BinaryElement(low: 1)) == a)
            #expect(a + a == BinaryElement())
            // Fermat: a^(2^128) = a, so a^(2^128 - 2) is the inverse.
            var (power, inverse) = (a, BinaryElement(low: 1))
            for _ in 1..<128 {
                power = times(power, power)
                inverse = times(inverse, power)
            }
            #expect(times(power, power) == a)
            #expect(times(inverse, a) == BinaryElement(low: 1))
        }
    }

    /// Test case 2 of McGrew and Viega, "The Galois/Counter Mode of Operation": X_1 = C H and GHASH = (X_1 + lengths) H. There, the
    /// coefficient of 1 is the highest bit of the first byte.
    @Test(arguments: VolePath.available) func productsOfGCM(path: VolePath) throws {
        func element(_ hexadecimal: String) throws -> BinaryElement {
            let bytes = try #require([UInt8](hexadecimal: hexadecimal))
            var element = BinaryElement()
            for i in 0..<128 where bytes[i / 8] >> (7 - i % 8) & 1 == 1 {
                if i < 64 { element.low |= 1 << i } else { element.high |= 1 << (i - 64) }
            }
            return element
        }
        let h = try element("66e94bd4ef8a2c3b884cfa59ca342b2e")
        let x1 = try element("0388dace60b6a392f328c2b971b2fe78").times(h, path: path)
        #expect(try x1 == element("5e2ec746917062882c85b0685353deb7"))
        let lengths = try element("00000000000000000000000000000080")
        #expect(try (x1 + lengths).times(h, path: path) == element("f38cbb1ad69223dcc3457ae5b6b0f885"))
    }

    @Test(arguments: VolePath.available) func productsWithHalvesAreAddedUp(path: VolePath) {
        var generator = SplitMix(seed: 3)
        for count in [0, 1, 2, 7, 100] {
            let halves = count == 7 ? [0, 1, 2, 1 << 63, .max, .max << 1, 0x87] : generator.words(count)
            for factor in Self.edges + [generator.element()] {
                let start = generator.words(2 * count)
                let sums = SecretWords(start)
                sums.addProducts(of: halves, by: factor, path: path)
                for index in 0..<count {
                    let before = BinaryElement(low: start[2 * index], high: start[2 * index + 1])
                    let product = Self.reference(factor, BinaryElement(low: halves[index]))
                    #expect(sums[element: index] == before + product)
                }
            }
        }
    }
}
