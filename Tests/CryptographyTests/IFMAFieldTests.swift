import Arithmetic
import CCurve25519
import Cryptography
import Testing

/// The eight-lane field against GMP, at the bounds that `field.h` states and at random places between.
@Suite(.enabled(if: CurvePath.available.contains(.ifma)))
struct IFMAFieldTests {
    private static let p = Integer(powerOfTwo: 255) - 19
    private static let tight: UInt64 = 1 << 51 + 1 << 18 - 1
    private static let wide: UInt64 = 125 << 52 - 1
    private static let covered: UInt64 = 253 << 52 - 1
    private static let lanes = 8

    private let field: cc_field

    init() throws { field = try #require(cc_ifma_field()).pointee }

    /// Limbs all 0, all at the bound, one at the bound, random below it; around p and 2^255.
    private func elements(limbsUpTo bound: UInt64) -> [[UInt64]] {
        let full: UInt64 = 1 << 51 - 1
        var elements = [[0, 0, 0, 0, 0], [1, 0, 0, 0, 0], [UInt64](repeating: bound, count: 5)]
        for low in [full - 20, full - 19, full - 18, full - 17, full] where low <= bound {
            elements.append([low] + [UInt64](repeating: full, count: 4))
        }
        for place in 0..<5 { elements.append((0..<5).map { $0 == place ? bound : 0 }) }
        var generator = SystemRandomNumberGenerator()
        while elements.count < 40 {
            elements.append((0..<5).map { _ in UInt64.random(in: 0...bound, using: &generator) })
        }
        return elements
    }

    private func value(_ limbs: [UInt64]) -> Integer {
        limbs.reversed().reduce(Integer(0)) { ($0 << 51) + Integer($1) }
    }

    private func reduced(_ limbs: [UInt64]) -> Integer { value(limbs).modulo(IFMAFieldTests.p) }

    /// Eight elements as a block, in the order of lanes; what is missing is the last.
    private func block(_ elements: [[UInt64]]) -> [UInt64] {
        (0..<5).flatMap { limb in (0..<8).map { elements[min($0, elements.count - 1)][limb] } }
    }

    private func elements(_ block: [UInt64]) -> [[UInt64]] {
        (0..<8).map { lane in (0..<5).map { block[8 * $0 + lane] } }
    }

    /// `operation` of every pair of elements, eight at a time; `check` gets each pair and its result.
    private func forEachPair(
        _ lefts: [[UInt64]], _ rights: [[UInt64]],
        _ operation: (UnsafeMutablePointer<UInt64>, UnsafePointer<UInt64>, UnsafePointer<UInt64>) -> Void,
        _ check: (_ a: [UInt64], _ b: [UInt64], _ out: [UInt64]) -> Void
    ) {
        for left in lefts {
            for start in stride(from: 0, to: rights.count, by: 8) {
                let some = Array(rights[start..<min(start + 8, rights.count)])
                var out = [UInt64](repeating: .max, count: 40)
                operation(&out, block([left]), block(some))
                for (right, result) in zip(some, elements(out)) { check(left, right, result) }
            }
        }
    }

    @Test func productsOfTightElementsAreCovered() {
        let elements = elements(limbsUpTo: IFMAFieldTests.tight)
        forEachPair(elements, elements, field.product) { a, b, out in
            #expect(reduced(out) == (value(a) * value(b)).modulo(IFMAFieldTests.p))
            #expect(out.allSatisfy { $0 <= IFMAFieldTests.covered && $0 >= 3 << 52 })
        }
        forEachPair([elements[0]], elements, { out, _, a in field.square(out, a) }) { _, a, out in
            var product = [UInt64](repeating: 0, count: 40)
            field.product(&product, block([a]), block([a]))
            #expect(out == self.elements(product)[0])
        }
    }

    @Test func sumsAndDifferencesAreTight() {
        let (covered, wide) = (elements(limbsUpTo: IFMAFieldTests.covered), elements(limbsUpTo: IFMAFieldTests.wide))
        forEachPair(covered, wide, field.sum) { a, b, out in
            #expect(reduced(out) == (value(a) + value(b)).modulo(IFMAFieldTests.p))
            #expect(out.allSatisfy { $0 <= IFMAFieldTests.tight })
        }
        // A covered element has at least the limbs of 256 p.
        let least = [2 << 58 - 19 << 8] + [UInt64](repeating: 2 << 58 - 1 << 8, count: 4)
        let minuends = wide.map { zip($0, least).map { $0 + $1 } }
        forEachPair(minuends, wide, field.difference) { a, b, out in
            #expect(reduced(out) == (value(a) - value(b)).modulo(IFMAFieldTests.p))
            #expect(out.allSatisfy { $0 <= IFMAFieldTests.tight })
        }
    }

    @Test(arguments: [0, 1, 38, 121_665, 486_662, 486_662 * 486_662, 1 << 40 - 1])
    func multiplesAreAdded(factor: UInt64) {
        let (any, tight) = (elements(limbsUpTo: 1 << 62 - 1), elements(limbsUpTo: IFMAFieldTests.tight))
        forEachPair(any, tight, { field.scaled_sum($0, $1, $2, factor) }) { a, b, out in
            #expect(reduced(out) == (value(a) + Integer(factor) * value(b)).modulo(IFMAFieldTests.p))
            #expect(zip(a, out).allSatisfy { $1 >= $0 && $1 - $0 < 1 << 53 })
        }
    }

    @Test func canonicalElementsAreBelowP() {
        for bound in [IFMAFieldTests.tight, IFMAFieldTests.covered, UInt64.max] {
            let any = elements(limbsUpTo: bound)
            forEachPair([any[0]], any, { out, _, a in field.canonical(out, a) }) { _, a, out in
                #expect(value(out) == reduced(a))
                #expect(out.allSatisfy { $0 < 1 << 51 })
            }
        }
    }

    @Test(arguments: [0, 2, 4, 30, 32])
    func invertsManyAndLeavesZerosAlone(count: Int) {
        // Zeros in two forms, 0 and p, among the others and beside each other, and in all lanes of one block.
        let full: UInt64 = 1 << 51 - 1
        let p = [full - 18, full, full, full, full]
        let candidates = elements(limbsUpTo: IFMAFieldTests.tight)
        let many = (0..<8 * count).map { index in
            switch (index / 8, index % 7) {
            case (1, _), (_, 3): [UInt64](repeating: 0, count: 5)
            case (_, 4): p
            default: candidates[index % candidates.count]
            }
        }
        var blocks = (0..<count).flatMap { block(Array(many[8 * $0..<8 * $0 + 8])) }
        field.invert(&blocks, count)
        for index in many.indices {
            let start = 40 * (index / 8)
            let result = elements(Array(blocks[start..<start + 40]))[index % 8]
            #expect(reduced(result) == reduced(many[index]).inverse(modulo: IFMAFieldTests.p) ?? 0)
            #expect(result.allSatisfy { $0 <= IFMAFieldTests.tight })
        }
    }
}
