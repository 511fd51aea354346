import Arithmetic
import Foundation
import Shares
import Testing

@Suite struct ProductTests {
    /// The design's table: M, slot width, slots at 2048 and 3072 bits, and the largest value that there can be.
    private static let table: [(product: Product, numbers: [Int], worst: Integer)] = {
        let (feature, derivative) = (Integer(powerOfTwo: 23) - 1, Integer(powerOfTwo: 22) - 1)
        let (share, wide) = (Integer(powerOfTwo: 63), Integer(powerOfTwo: 127))
        do {
            return [
                (try .matMulForward(terms: 1024), [96, 218, 9, 14], feature * share << 10),
                (try .matMulGradient(batch: 256), [53, 175, 11, 17], feature * derivative << 8),
                (.embedLookup, [127, 249, 8, 12], wide),
                (try .embedForward(ownTerms: 256, labelTerms: 256), [263, 385, 5, 7], wide * wide << 9),
                (try .embedWeightGradient(batch: 256), [157, 279, 7, 11], wide * derivative << 8),
                (
                    try .embedTableGradient(batch: 256, width: 16, dimension: 8), [162, 284, 7, 10],
                    derivative * wide << (8 + 4 + 1)
                ),
            ]
        } catch { preconditionFailure("the table's sizes are allowed: \(error)") }
    }()

    @Test func theTableHoldsAtItsExtremes() throws {
        for (product, numbers, worst) in Self.table {
            let slots = [try product.slots(keyBits: 2048), try product.slots(keyBits: 3072)]
            #expect([product.magnitude, product.slotBits] + slots == numbers)
            // Enough, and not more than one bit too much.
            #expect(worst <= Integer(powerOfTwo: product.magnitude))
            #expect(worst > Integer(powerOfTwo: product.magnitude - 1))
            // Largest value, offset and mask: no carry out of a slot.
            let most = (Integer(2) << product.magnitude) + Integer(powerOfTwo: product.maskBits) - 1
            #expect(most.bitLength <= product.slotBits)
        }
    }

    @Test func boundsGrowWithPublicSizes() throws {
        #expect(try Product.matMulForward(terms: 1).magnitude == 96)
        #expect(try Product.matMulForward(terms: 1025).magnitude == 97)
        #expect(try Product.matMulForward(terms: 4096).multiplierBits == 35)
        #expect(try Product.matMulGradient(batch: 257).magnitude == 54)
        #expect(try Product.embedForward(ownTerms: 3, labelTerms: 257).magnitude == 264)
        #expect(try Product.embedTableGradient(batch: 1, width: 17, dimension: 1).magnitude == 163)
    }

    @Test func sizesWithoutAProofAreRefused() throws {
        #expect(throws: SharesError.unboundedSize(0, limit: 1 << 40)) { try Product.matMulForward(terms: 0) }
        #expect(throws: SharesError.self) { try Product.matMulForward(terms: .max) }
        #expect(throws: SharesError.self) { try Product.matMulGradient(batch: 1 << 17 + 1) }
        #expect(throws: SharesError.self) { try Product.embedWeightGradient(batch: 257) }
        #expect(throws: SharesError.self) { try Product.embedTableGradient(batch: 257, width: 1, dimension: 1) }
        #expect(throws: SharesError.slotTooWide(slotBits: 218, keyBits: 219)) {
            try Product.matMulForward(terms: 1).slots(keyBits: 219)
        }
        #expect(try Product.matMulForward(terms: 1).slots(keyBits: 220) == 1)
    }

    /// What columns of length 1 come to at worst: rounded numbers that all point the same way.
    @Test(arguments: [1, 2, 3, 1000, 1 << 14, 1 << 20, 1 << 30]) func correlationsAreExactToTheSeventhDigit(
        rows: Int
    ) throws {
        let fractionBits = try Product.correlationFractionBits(rows: rows)
        let product = try Product.correlation(rows: rows)
        #expect(product.magnitude == 2 * fractionBits + 1)
        let (length, unit) = (Double(rows).squareRoot(), Double(sign: .plus, exponent: -fractionBits, significand: 1))
        let error = length * unit + Double(rows) * unit * unit / 4
        #expect(error < 2.4e-7)
        // A rounded column: of squares that add up to less than 2, so its largest number fits fractionBits + 1 bits.
        let rounded = 1 + length * unit / 2
        #expect(rounded * rounded < 2)
        #expect(log2(length * rounded) + Double(fractionBits) <= Double(product.multiplierBits))
    }

    @Test func correlationsFitTheirTable() throws {
        for (rows, numbers) in [(1 << 14, [59, 181, 11, 16]), (1 << 20, [65, 187, 10, 16])] {
            let product = try Product.correlation(rows: rows)
            #expect(
                [
                    product.magnitude, product.slotBits, try product.slots(keyBits: 2048),
                    try product.slots(keyBits: 3072),
                ]
                    == numbers)
        }
        #expect(throws: SharesError.self) { try Product.correlation(rows: 1 << 30 + 1) }
    }

    @Test func randomizersCoverEveryMultiplier() throws {
        let gradient = try Product.matMulGradient(batch: 6)
        let packing = try Packing(gradient, columns: 2, keyBits: 2048)
        // The numbers of the vectors: three rows joined, and two.
        #expect(gradient.randomizerBits(packing: packing, rows: 3, keyBits: 2048) == 1876)
        #expect(gradient.randomizerBits(packing: packing, rows: 2, keyBits: 2048) == 1526)
        // At most |n| + 120, however many rows are joined.
        #expect(gradient.randomizerBits(packing: packing, rows: 100, keyBits: 2048) == 2168)
    }

    @Test func theBudgetEndsAtTwoToTheForty() throws {
        var budget = MaskBudget(spent: 1 << 40 - 2)
        try budget.spend(1)
        #expect(throws: SharesError.maskBudgetSpent(limit: 1 << 40)) { try budget.spend(2) }
        #expect(throws: SharesError.maskBudgetSpent(limit: 1 << 40)) { try budget.spend(.max) }
        try budget.spend(1)
        #expect(budget.spent == 1 << 40)
    }
}
