import ArgumentParser
import Arithmetic
import Paillier
import Shares
import Workers

/// Matrix products under encryption.
struct ProductBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "product",
        abstract: "Dense and one-hot matrix products under encryption; against GMP.",
        discussion: """
            dense: X[128 x 64] of signed 20-bit values times 64 ciphertexts; the reference is mpz_powm and mpz_mul for each \
            entry. one-hot: rows with 14 ones among 123; the reference is mpz_mul and mpz_mod. 16-columns: the same X times \
            W[64 x 16] packed into slots of the MatMul layer, masked, re-randomised and decrypted, in seconds; the reference \
            is extrapolated from mpz_powm for each entry and one decryption by mpz_powm for each value.
            """)

    @OptionGroup var options: CommonOptions

    @Flag(help: "Print how each product is computed.")
    var plan = false

    private static let (rows, inner, width, multiplierBits) = (128, 64, 16, 20)

    func run() throws {
        var report = Report("product", isJSON: options.json)
        for bits in options.bits {
            for path in try options.paths {
                var subject = try Subject(bits: bits, path: path)
                let reference = try Reference(&subject)
                for (name, measure) in [
                    ("dense-128x64-20bit", dense), ("one-hot-14-of-123", oneHot),
                    ("dense-128x64-20bit-16-columns", packed),
                ] where name.hasPrefix(options.only) {
                    try measure(name, &subject, reference, &report)
                }
            }
        }
        try report.finish()
    }

    private func dense(
        _ name: String, _ subject: inout Subject, _ reference: Reference, _ report: inout Report
    ) throws {
        let x = try Multipliers(
            subject.matrix(rows: Self.rows, columns: Self.inner, signedBits: Self.multiplierBits),
            bits: Self.multiplierBits - 1)
        let w = try subject.encrypted(rows: Self.inner, columns: 1, bits: 60)
        let cipher = subject.cipher
        try add(
            name, subject, &report, count: Self.rows * Self.inner,
            ours: { _ = try cipher.product(variableTime: x, cipher.operand(w, isReused: false), join: .none) },
            referenceCount: 64, reference: { reference.entries(64) })
        if plan {
            report.note(cipher.plan(x, cipher.operand(w, isReused: false), join: .none))
        }
    }

    private func oneHot(
        _ name: String, _ subject: inout Subject, _ reference: Reference, _ report: inout Report
    ) throws {
        let (rows, ones, columns) = (1024, 14, 123)
        let draws = try subject.integers(rows * ones, bits: 20).map(\.truncatingInt64)
        // One column of each of 14 fields.
        let places = (0..<rows).map { row in
            (0..<ones).map { field -> SparseMatrix<Int64>.Place in
                let (first, end) = (field * columns / ones, (field + 1) * columns / ones)
                return .init(first + Int(draws[row * ones + field]) % (end - first), 1)
            }
        }
        let x = try Multipliers(SparseMatrix(columns: columns, rows: places), bits: 1)
        let w = try subject.encrypted(rows: columns, columns: 1, bits: 60)
        let cipher = subject.cipher
        try add(
            name, subject, &report, count: rows * ones,
            ours: { _ = try cipher.product(variableTime: x, cipher.operand(w, isReused: false), join: .none) },
            referenceCount: 100 * ones, reference: { reference.rows(100, of: ones) })
        if plan {
            report.note(cipher.plan(x, cipher.operand(w, isReused: false), join: .none))
        }
    }

    private func packed(
        _ name: String, _ subject: inout Subject, _ reference: Reference, _ report: inout Report
    ) throws {
        let x = try Multipliers(
            subject.matrix(rows: Self.rows, columns: Self.inner, signedBits: Self.multiplierBits),
            bits: Self.multiplierBits - 1)
        let conversion = try Conversion(
            .matMulForward(terms: Self.inner), columns: Self.width, keyBits: subject.bits)
        let w = try subject.matrix(rows: Self.inner, columns: Self.width, signedBits: 60)
        let key = subject.key
        let cipher = key.cipher
        let encrypted = try conversion.encrypt(
            w, with: key, noise: conversion.noise(rows: Self.inner, with: key, from: try subject.stream()))
        let (masks, randomizers) = (try subject.stream(), try subject.stream())
        let ours = {
            var budget = MaskBudget()
            let operand = cipher.operand(encrypted, isReused: false)
            let joined = try cipher.product(variableTime: x, operand, join: conversion.join)
            let noise = conversion.noise(rows: Self.rows, under: cipher, from: randomizers)
            let (hidden, _) = try conversion.mask(
                joined, rows: Self.rows, under: cipher, masks: masks, noise: noise, spending: &budget)
            _ = try conversion.open(hidden, rows: Self.rows, with: key, spending: &budget)
        }
        let entries = Self.rows * Self.inner * Self.width
        let rounds = try onCores(1) {
            try (0..<options.rounds).map { _ in
                let own = try seconds(ours)
                let theirs =
                    seconds { reference.entries(64) } * Double(entries) / 64
                    + seconds { reference.decryptions(4) } * Double(Self.rows * Self.width) / 4
                return (own, theirs)
            }
        }
        report.add(
            Row(
                name: name, bits: subject.bits, cores: 1, path: subject.path.rawValue,
                ours: rounds.map(\.0).median, reference: rounds.map(\.1).median, unit: "seconds",
                against: "GMP", ratio: rounds.map { $0.1 / $0.0 }.median))
        if plan {
            report.note(cipher.plan(x, cipher.operand(encrypted, isReused: false), join: conversion.join))
        }
    }

    private func add(
        _ name: String, _ subject: Subject, _ report: inout Report, count: Int, ours: () throws -> Void,
        referenceCount: Int, reference: () throws -> Void
    ) throws {
        let factor = Double(count) / Double(referenceCount)
        let one = try onCores(1) { try compare(rounds: options.rounds, ours, reference) }
        report.add(
            Row(
                name: name, bits: subject.bits, cores: 1, path: subject.path.rawValue,
                ours: Double(count) / one.ours, reference: Double(referenceCount) / one.reference,
                unit: "multiplications per second", against: "GMP", ratio: one.ratio * factor))
        guard WorkerPool.shared.threads > 1 else { return }
        let all = try compare(rounds: options.rounds, ours) { try onCores(1, ours) }
        report.add(
            Row(
                name: name, bits: subject.bits, cores: WorkerPool.shared.threads, path: subject.path.rawValue,
                ours: Double(count) / all.ours, reference: Double(count) / all.reference,
                unit: "multiplications per second", against: "one core", ratio: all.ratio))
    }
}

/// What GMP needs for the same.
private struct Reference {
    private let square: Integer
    private let halfSquare: Integer
    private let halfExponent: Integer
    private let bases: [Integer]
    private let exponents: [Integer]

    init(_ subject: inout Subject) throws {
        square = subject.square
        halfSquare = subject.halfSquare
        halfExponent = try subject.integers(1, bits: subject.bits / 2)[0]
        bases = try subject.integers(64, bits: 2 * subject.bits - 2)
        exponents = try subject.integers(64, bits: 20)
    }

    /// mpz_powm with a 20-bit exponent, mpz_mul and mpz_mod.
    func entries(_ count: Int) {
        var product = bases[0]
        for index in 0..<count {
            product.multiply(
                by: bases[index % 64].power(exponents[index % 64], modulo: square, variableTime: true), modulo: square)
        }
    }

    /// mpz_mul and mpz_mod.
    func rows(_ count: Int, of ones: Int) {
        for row in 0..<count {
            var product = bases[row % 64]
            for index in 1..<ones { product.multiply(by: bases[(row + index) % 64], modulo: square) }
        }
    }

    /// By Chinese remainders, with mpz_powm.
    func decryptions(_ count: Int) {
        for _ in 0..<2 * count { _ = bases[0].power(halfExponent, modulo: halfSquare, variableTime: true) }
    }
}
