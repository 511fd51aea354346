import Arithmetic
import Cryptography
import IdealCipher
import Paillier
import Shares
import Testing

@Suite struct ConversionTests {
    private let key = IdealKey(keyBits: 2048)
    private let random = RecordedRandomSource(seed: Array("conversion".utf8))

    private func encrypt(
        _ share: Matrix<Int64>, by conversion: Conversion
    ) throws -> Matrix<IdealCipher.Ciphertext> {
        let noise = conversion.noise(rows: share.rows, with: key, from: try random.stream("encrypt"))
        return try conversion.encrypt(share, with: key, noise: noise)
    }

    private func multiply(
        _ plain: Matrix<Int64>, _ encrypted: Matrix<IdealCipher.Ciphertext>, join: RowJoin
    ) throws -> [IdealCipher.Ciphertext] {
        try key.cipher.product(
            variableTime: Multipliers(plain, bits: 23), key.cipher.operand(encrypted, isReused: false), join: join)
    }

    /// Rows as they are, joined.
    private func joined(
        _ encrypted: Matrix<IdealCipher.Ciphertext>, by conversion: Conversion
    ) throws -> [IdealCipher.Ciphertext] {
        let identity = SparseMatrix<Int64>(columns: encrypted.rows, rows: (0..<encrypted.rows).map { [.init($0, 1)] })
        return try key.cipher.product(
            variableTime: Multipliers(identity, bits: 1), key.cipher.operand(encrypted, isReused: false),
            join: conversion.join)
    }

    private func mask(
        _ joined: [IdealCipher.Ciphertext], rows: Int, by conversion: Conversion, spending budget: inout MaskBudget
    ) throws -> (hidden: [IdealCipher.Ciphertext], share: Matrix<Integer>) {
        let noise = conversion.noise(rows: rows, under: key.cipher, from: try random.stream("hide"))
        return try conversion.mask(
            joined, rows: rows, under: key.cipher, masks: random.stream("mask"), noise: noise, spending: &budget)
    }

    /// Every shape of the `rows` layout: joined rows with a last group that is not full, one row a ciphertext, and rows that
    /// span two.
    @Test(arguments: [(7, 2), (3, 9), (2, 12), (1, 1)])
    func sharesAddUpToTheProduct(rows: Int, columns: Int) throws {
        let conversion = try Conversion(.matMulForward(terms: 2), columns: columns, keyBits: 2048)
        let share = try random.stream("share").ringElements(rows: 2, columns: columns)
        let x = try random.stream("x").initialShares(rows: rows, columns: 2, bound: 1 << 23 - 1)
        var budget = MaskBudget()
        let encrypted = try encrypt(share, by: conversion)
        let (hidden, holders) = try mask(
            multiply(x, encrypted, join: conversion.join), rows: x.rows, by: conversion, spending: &budget)
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

    /// Shares modulo 2^128 times shares modulo 2^128, with a part that the holder adds in the clear.
    @Test(arguments: [(5, 2), (2, 7)]) func wideSharesAddUp(rows: Int, columns: Int) throws {
        let conversion = try Conversion(.embedForward(ownTerms: 3, labelTerms: 3), columns: columns, keyBits: 2048)
        let share = try random.stream("share").ringElements(rows: 3, columns: columns, of: Int128.self)
        var left = try random.stream("left").ringElements(rows: rows, columns: 3, of: Int128.self)
        left[0, 0] = .min
        let own = try random.stream("own").integers(rows: rows, columns: columns, bits: 200)
        let encrypted = try conversion.encrypt(
            share, with: key, noise: conversion.noise(rows: 3, with: key, from: random.stream("encrypt")))
        let product = try key.cipher.product(
            variableTime: Multipliers(wide: left, bits: 127), key.cipher.operand(encrypted, isReused: false),
            join: conversion.join)
        var budget = MaskBudget()
        let (hidden, kept) = try conversion.mask(
            product, adding: own, rows: rows, under: key.cipher, masks: random.stream("mask"),
            noise: conversion.noise(rows: rows, under: key.cipher, from: random.stream("hide")), spending: &budget)
        let got = try conversion.open(hidden, rows: rows, with: key, spending: &budget)
        let exact = zip(left.exactProduct(share).elements, own.elements).map { $0 + $1 }
        #expect(zip(kept.elements, got.elements).map { $0 + $1 } == exact)
        #expect(
            kept.reduced(to: Int128.self) &+ got.reduced(to: Int128.self)
                == left &* share &+ own.reduced(to: Int128.self))
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
        let encrypted = try encrypt(share, by: conversion)
        let (hidden, holders) = try mask(
            multiply(x, encrypted, join: conversion.join), rows: x.rows, by: conversion, spending: &budget)
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
        let (_, share) = try mask(
            joined(encrypt(zero, by: conversion), by: conversion), rows: 500, by: conversion, spending: &budget)
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
        let encrypted = try encrypt(one, by: conversion)
        let sums = try conversion.add(
            values &- one, to: encrypted, under: key.cipher, randomizers: random.stream("add"))
        var budget = MaskBudget()
        let (hidden, kept) = try mask(joined(sums, by: conversion), rows: 2, by: conversion, spending: &budget)
        #expect(kept.reduced &+ (try conversion.open(hidden, rows: 2, with: key, spending: &budget).reduced) == values)
    }

    @Test func spentBudgetsMaskNothing() throws {
        let conversion = try Conversion(.matMulForward(terms: 1), columns: 1, keyBits: 2048)
        let rows = try encrypt(Matrix(rows: 2, columns: 1, repeating: 1), by: conversion)
        var budget = MaskBudget(spent: 1 << 40 - 1)
        #expect(throws: SharesError.maskBudgetSpent(limit: 1 << 40)) {
            _ = try mask(joined(rows, by: conversion), rows: 2, by: conversion, spending: &budget)
        }
    }
}
