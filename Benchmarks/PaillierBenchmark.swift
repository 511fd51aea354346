import ArgumentParser
import Arithmetic
import Cryptography
import Paillier
import Residues
import Workers

/// Single operations of the cryptosystem.
struct PaillierBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "paillier",
        abstract: "Multiplication modulo n^2, encryption, decryption; against GMP.",
        discussion: """
            References: mpz_mul and mpz_mod; for encryption mpz_powm with exponents of |n| / 2 bits modulo n^2, for hiding of \
            |n| + 120 bits; for decryption two mpz_powm with the exponents of Chinese remainders modulo the primes' squares.
            """)

    @OptionGroup var options: CommonOptions

    func run() throws {
        var report = Report("paillier", isJSON: options.json)
        for bits in options.bits {
            for path in try options.paths {
                var subject = try Subject(bits: bits, path: path)
                for operation in try operations(&subject) where operation.name.hasPrefix(options.only) {
                    try measure(operation, subject, &report)
                }
            }
        }
        try report.finish()
    }

    /// An operation, as often as makes some milliseconds.
    private struct Operation {
        let name: String
        let count: Int
        let ours: () throws -> Void
        let referenceCount: Int
        let reference: () throws -> Void
        /// Whether it spreads over cores by itself.
        let isParallel: Bool
    }

    private func measure(_ operation: Operation, _ subject: Subject, _ report: inout Report) throws {
        let result = try onCores(1) {
            try compare(rounds: options.rounds, operation.ours, operation.reference)
        }
        let factor = Double(operation.count) / Double(operation.referenceCount)
        let rate = Double(operation.count) / result.ours
        report.add(
            Row(
                name: operation.name, bits: subject.bits, cores: 1, path: subject.path.rawValue, ours: rate,
                reference: Double(operation.referenceCount) / result.reference, unit: "per second", against: "GMP",
                ratio: result.ratio * factor))
        guard operation.isParallel, WorkerPool.shared.threads > 1 else { return }
        let both = try compare(rounds: options.rounds, operation.ours) { try onCores(1, operation.ours) }
        report.add(
            Row(
                name: operation.name, bits: subject.bits, cores: WorkerPool.shared.threads,
                path: subject.path.rawValue, ours: Double(operation.count) / both.ours,
                reference: Double(operation.count) / both.reference, unit: "per second", against: "one core",
                ratio: both.ratio))
    }

    private func operations(_ subject: inout Subject) throws -> [Operation] {
        let (bits, key, cipher) = (subject.bits, subject.key, subject.cipher)
        let (square, halfSquare) = (subject.square, subject.halfSquare)
        let few = subject.path == .portable ? 8 : 1
        let residues = try subject.integers(16, bits: 2 * bits - 2)
        let radix = RadixModulus(cipher.modulus, path: subject.path)
        let block = ElementBlock(radix, residues[..<8].map { radix.residue($0) }[...])
        let factor = ElementBlock(radix, residues[8...].map { radix.residue($0) }[...])
        let exponents = try subject.integers(8, bits: bits / 2)
        let wide = try subject.integers(2, bits: bits + 120)
        let halfExponent = try subject.integers(1, bits: bits / 2)[0]
        let plaintexts = try subject.integers(512 / few, bits: bits - 10)
        let streams = [try subject.stream(), try subject.stream()]
        let ciphertexts = try subject.encrypted(rows: 64 / few, columns: 1, bits: bits - 10).elements
        return [
            Operation(
                name: "multiply", count: 16_000 / few,
                ours: { for _ in 0..<2_000 / few { block.multiply(by: factor) } },
                referenceCount: 2_000,
                reference: {
                    var product = residues[0]
                    for _ in 0..<2_000 { product.multiply(by: residues[1], modulo: square) }
                }, isParallel: false),
            Operation(
                name: "encrypt-public", count: plaintexts.count,
                ours: {
                    let noise = cipher.noise(count: plaintexts.count, bits: bits / 2, from: streams[0])
                    _ = try cipher.encrypt(plaintexts, with: noise)
                },
                referenceCount: 4,
                reference: {
                    for exponent in exponents[..<4] {
                        _ = residues[0].power(exponent, modulo: square, variableTime: true)
                    }
                }, isParallel: true),
            Operation(
                name: "encrypt-owner", count: plaintexts.count,
                ours: {
                    let noise = key.noise(count: plaintexts.count, from: streams[1])
                    _ = try key.encrypt(plaintexts, with: noise)
                },
                referenceCount: 4,
                reference: {
                    for exponent in exponents[4...] {
                        _ = residues[0].power(exponent, modulo: square, variableTime: true)
                    }
                }, isParallel: true),
            Operation(
                name: "hide", count: ciphertexts.count,
                ours: {
                    let noise = cipher.noise(count: ciphertexts.count, bits: bits + 120, from: streams[0])
                    _ = try cipher.hide(ciphertexts, adding: [Integer](plaintexts[..<ciphertexts.count]), with: noise)
                },
                referenceCount: 2,
                reference: {
                    for exponent in wide { _ = residues[0].power(exponent, modulo: square, variableTime: true) }
                }, isParallel: true),
            Operation(
                name: "decrypt", count: ciphertexts.count, ours: { _ = try key.decrypt(ciphertexts) },
                referenceCount: 4,
                reference: {
                    for _ in 0..<8 { _ = residues[0].power(halfExponent, modulo: halfSquare, variableTime: true) }
                }, isParallel: true),
        ]
    }
}
