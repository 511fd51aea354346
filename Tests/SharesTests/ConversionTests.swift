import Arithmetic
import Cryptography
import IdealCipher
import Shares
import Testing

@Suite struct ConversionTests {
    private let key = IdealKey(keyBits: 2048)
    private let random = RecordedRandomSource(seed: Array("conversion".utf8))

    /// Every shape of the `rows` layout: joined rows with a last group that is not full, one row a ciphertext, and rows that
    /// span two.
    @Test(arguments: [(7, 2), (3, 9), (2, 12), (1, 1)])
    func sharesAddUpToTheProduct(rows: Int, columns: Int) throws {
        let conversion = try Conversion(.matMulForward(terms: 2), columns: columns, keyBits: 2048)
        let share = try random.stream("share").ringElements(rows: 2, columns: columns)
        let x = try random.stream("x").initialShares(rows: rows, columns: 2, bound: 1 << 23 - 1)
        var budget = MaskBudget()
        let encrypted = try conversion.encrypt(share, with: key, randomizers: random.stream("encrypt"))
        let (hidden, holders) = try conversion.mask(
            key.cipher.product(variableTime: x, encrypted), under: key.cipher, masks: random.stream("mask"),
            randomizers: random.stream("hide"), spending: &budget)
        #expect(hidden.count == conversion.packing.joinedCount(rows: rows))
        let owners = try conversion.open(hidden, rows: rows, with: key, spending: &budget)
        #expect(holders.reduced &+ owners.reduced == x &* share)
        // As integers they add up to the exact product, with nothing lost modulo 2^64.
        for row in 0..<rows {
            for column in 0..<columns {
                let exact =
                    Integer(x[row, 0]) * Integer(share[0, column]) + Integer(x[row, 1]) * Integer(share[1, column])
                #expect(holders[row, column] + owners[row, column] == exact)
            }
        }
        #expect(budget.spent == 2 * rows * columns)
    }

    /// The largest and the most negative values that the bounds allow, under the largest and the smallest mask.
    @Test func theBoundsHold() throws {
        let product = try Product.matMulForward(terms: 1 << 10)
        let conversion = try Conversion(product, columns: 1, keyBits: 2048)
        let share = Matrix<Int64>(rows: 1 << 10, columns: 1, repeating: .min)
        let x = Matrix<Int64>(
            rows: 2, columns: 1 << 10,
            elements: Array(repeating: 1 - 1 << 23, count: 1 << 10)
                + Array(repeating: 1 << 23 - 1, count: 1 << 10))
        var budget = MaskBudget()
        let encrypted = try conversion.encrypt(share, with: key, randomizers: random.stream("encrypt"))
        let (hidden, holders) = try conversion.mask(
            key.cipher.product(variableTime: x, encrypted), under: key.cipher, masks: random.stream("mask"),
            randomizers: random.stream("hide"), spending: &budget)
        let owners = try conversion.open(hidden, rows: 2, with: key, spending: &budget)
        let exact = (Integer(powerOfTwo: 23) - 1) << 73
        #expect(holders[0, 0] + owners[0, 0] == exact)
        #expect(holders[1, 0] + owners[1, 0] == -exact)
    }

    @Test func masksFillTheirWidthAndNothingElse() throws {
        let product = try Product.matMulGradient(batch: 4)
        let conversion = try Conversion(product, columns: 4, keyBits: 2048)
        let zero = Matrix<Int64>(rows: 500, columns: 4, repeating: 0)
        var budget = MaskBudget()
        let (_, share) = try conversion.mask(
            conversion.encrypt(zero, with: key, randomizers: random.stream("encrypt")), under: key.cipher,
            masks: random.stream("mask"), randomizers: random.stream("hide"), spending: &budget)
        #expect(share.elements.allSatisfy { -$0 >= 0 && -$0 < Integer(powerOfTwo: product.maskBits) })
        // The top four bits of 2,000 masks: chi square with 15 degrees of freedom, 10 standard deviations from its mean.
        var tops = [Double](repeating: 0, count: 16)
        for value in share.elements { tops[Int((-value >> (product.maskBits - 4)).truncatingInt64)] += 1 }
        let chiSquare = tops.map { ($0 - 125) * ($0 - 125) / 125 }.reduce(0, +)
        #expect(chiSquare < 15 + 10 * 30.0.squareRoot())
        #expect(Set(share.elements).count == 2000)
    }

    @Test func sharesBecomeOneCiphertext() throws {
        let conversion = try Conversion(.matMulForward(terms: 1), columns: 3, keyBits: 2048)
        let values = Matrix<Int64>(rows: 2, columns: 3, elements: [5, -7, 1 << 40, .max, .min, 0])
        let one = try random.stream("share").ringElements(rows: 2, columns: 3)
        let encrypted = try conversion.encrypt(one, with: key, randomizers: random.stream("encrypt"))
        let sums = try conversion.add(
            values &- one, to: encrypted, under: key.cipher, randomizers: random.stream("add"))
        var budget = MaskBudget()
        let (hidden, kept) = try conversion.mask(
            sums, under: key.cipher, masks: random.stream("mask"), randomizers: random.stream("hide"), spending: &budget
        )
        #expect(kept.reduced &+ (try conversion.open(hidden, rows: 2, with: key, spending: &budget).reduced) == values)
    }

    @Test func spentBudgetsMaskNothing() throws {
        let conversion = try Conversion(.matMulForward(terms: 1), columns: 1, keyBits: 2048)
        let rows = try conversion.encrypt(
            Matrix(rows: 2, columns: 1, repeating: 1), with: key, randomizers: random.stream("encrypt"))
        var budget = MaskBudget(spent: 1 << 40 - 1)
        #expect(throws: SharesError.maskBudgetSpent(limit: 1 << 40)) {
            _ = try conversion.mask(
                rows, under: key.cipher, masks: random.stream("mask"), randomizers: random.stream("hide"),
                spending: &budget)
        }
    }
}
