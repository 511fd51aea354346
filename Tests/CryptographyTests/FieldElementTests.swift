import Arithmetic
import Cryptography
import Testing

/// The field against GMP, at the bounds that its functions state and at random places between.
@Suite struct FieldElementTests {
    private static let p = Integer(powerOfTwo: 255) - 19
    private static let loose: UInt64 = 1 << 54 - 1
    private static let tight: UInt64 = 1 << 51 + 1 << 14 - 1

    private func value(_ element: FieldElement) -> Integer {
        [element.l0, element.l1, element.l2, element.l3, element.l4].reversed()
            .reduce(Integer(0)) { ($0 << 51) + Integer($1) }
    }

    private func reduced(_ value: Integer) -> Integer { value.modulo(FieldElementTests.p) }

    private func canonical(_ element: FieldElement) -> Integer {
        Integer(littleEndian: element.words.littleEndianBytes)
    }

    private func isTight(_ element: FieldElement) -> Bool {
        [element.l0, element.l1, element.l2, element.l3, element.l4].allSatisfy { $0 <= FieldElementTests.tight }
    }

    /// Limbs all 0, all at the bound, one at the bound, random below it; and p - 1, p, p + 1, 2^255 - 1.
    private func elements(limbsUpTo bound: UInt64) -> [FieldElement] {
        let full: UInt64 = 1 << 51 - 1
        var elements = [FieldElement.zero, .one, FieldElement(bound, bound, bound, bound, bound)]
        for low in [full - 19, full - 18, full - 17, full] {
            elements.append(FieldElement(low, full, full, full, full))
        }
        for place in 0..<5 {
            let limbs = (0..<5).map { $0 == place ? bound : 0 }
            elements.append(FieldElement(limbs[0], limbs[1], limbs[2], limbs[3], limbs[4]))
        }
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20 {
            let limbs = (0..<5).map { _ in UInt64.random(in: 0...bound, using: &generator) }
            elements.append(FieldElement(limbs[0], limbs[1], limbs[2], limbs[3], limbs[4]))
        }
        return elements
    }

    @Test func productsOfLooseElements() {
        let elements = elements(limbsUpTo: FieldElementTests.loose)
        for a in elements {
            #expect(reduced(value(a.squared())) == reduced(value(a) * value(a)))
            #expect(isTight(a.squared()))
            #expect(reduced(value(a.times(1 << 20 - 1))) == reduced(value(a) * Integer(1 << 20 - 1)))
            #expect(isTight(a.times(1 << 20 - 1)))
            for b in elements {
                #expect(reduced(value(a * b)) == reduced(value(a) * value(b)))
                #expect(isTight(a * b))
            }
        }
    }

    @Test func sumsOfTightElementsAreLoose() {
        let elements = elements(limbsUpTo: FieldElementTests.tight)
        for a in elements {
            for b in elements {
                #expect(value(a + b) == value(a) + value(b))
                #expect(reduced(value(a - b)) == reduced(value(a) - value(b)))
                for limb in [(a - b).l0, (a - b).l1, (a - b).l2, (a - b).l3, (a - b).l4] {
                    #expect(limb <= FieldElementTests.loose)
                }
            }
        }
    }

    @Test func wordsAreTheNumberBelowP() {
        for element in elements(limbsUpTo: UInt64.max) {
            #expect(canonical(element) == reduced(value(element)))
            #expect(isTight(element.carried()))
            #expect(canonical(FieldElement(element.words)) == reduced(value(element)))
        }
    }

    @Test func powers() {
        for element in elements(limbsUpTo: FieldElementTests.loose) {
            let number = reduced(value(element))
            let inverse = number.inverse(modulo: FieldElementTests.p) ?? Integer(0)
            #expect(canonical(element.inverted()) == inverse)
            let half = (FieldElementTests.p - 1) >> 1
            #expect(
                canonical(element.quadraticCharacter())
                    == number.power(half, modulo: FieldElementTests.p, variableTime: true))
        }
    }

    @Test(arguments: [0, 1, 2, 64, 100])
    func invertsManyAndLeavesZerosAlone(count: Int) {
        let candidates = elements(limbsUpTo: FieldElementTests.tight)
        // Zeros in two forms, 0 and p, among the others and beside each other.
        let p = FieldElement(1 << 51 - 19, 1 << 51 - 1, 1 << 51 - 1, 1 << 51 - 1, 1 << 51 - 1)
        var elements = (0..<count).map { $0 % 7 == 3 ? .zero : $0 % 7 == 4 ? p : candidates[$0 % candidates.count] }
        let expected = elements.map { canonical($0.inverted()) }
        elements.withUnsafeMutableBufferPointer { FieldElement.invert($0) }
        #expect(elements.map(canonical) == expected)
    }
}
