import Arithmetic
import Attacks
import Cryptography
import IdealCipher
import MatMul
import Shares
import Testing

/// The label party knows V_A and decrypts `X_A V_A + mask` (F1): what is left between it and X_A is the mask.
@Suite struct MaskTests {
    /// X_A in real terms, as the equations `X_A V_A = values` give it.
    private func solve(_ values: Matrix<Integer>, under shares: Matrix<Integer>) -> Matrix<Double> {
        LeastSquares(shares.approximate.transposed(), values.approximate.transposed()).solution
            .transposed().map { $0 / Double(1 << FixedPoint.fractionBits) }
    }

    // MARK: - Reuse

    /// Draws the same for a batch at every visit: the round is left out of the name.
    private final class SourceByBatch: RandomSource {
        func stream(_ name: String) throws(RandomError) -> RandomStream {
            var parts = name.split(separator: "/")
            if parts.count > 3 { parts.remove(at: 2) }
            return try RecordedRandomSource(seed: Array("by batch".utf8)).stream(parts.joined(separator: "/"))
        }
    }

    /// The attack: the difference of two visits of a batch is X_A times the change of V_A, which the label party knows.
    private func differences(between visits: Int, _ feature: any RandomSource) throws -> Recovery {
        let rows = try uniform(6, 5, "features")
        var layer = try Layer(columns: 5, width: 4, sources: (recorded(), feature))
        var seen: [(value: Matrix<Integer>, share: Matrix<Integer>)] = []
        for visit in 0..<visits {
            let share = layer.labelShare
            _ = try layer.parties.forward(label: uniform(6, 3, "label features"), feature: rows, in: .train)
            seen.append((try layer.opened("F1"), share))
            try layer.parties.backward(dZ: uniform(6, 4, "dZ \(visit)"))
        }
        let changes = seen.dropFirst().map { ($0.value - seen[0].value, $0.share - seen[0].share) }
        let found = solve(.beside(changes.map(\.0)), under: .beside(changes.map(\.1)))
        return Recovery(of: rows.real, by: found)
    }

    @Test func masksReusedByBatch() throws {
        #expect(try differences(between: 4, SourceByBatch()).r2 >= Threshold.recovered)
        #expect(try differences(between: 4, recorded()).r2 < Threshold.hidden)
        #expect(try differences(between: 4, SystemRandomSource(binding: [])).r2 < Threshold.hidden)
    }

    /// The same attack on the gradient: what two visits' B2 differ by is `X_A^T` times the change of dZ, which is the label party's.
    private func gradientDifferences(between visits: Int, _ feature: any RandomSource) throws -> Recovery {
        let rows = try uniform(6, 5, "features")
        var layer = try Layer(columns: 5, width: 4, sources: (recorded(), feature))
        var seen: [(value: Matrix<Integer>, derivative: Matrix<Integer>)] = []
        for visit in 0..<visits {
            _ = try layer.parties.forward(label: uniform(6, 3, "label features"), feature: rows, in: .train)
            let derivative = try uniform(6, 4, "dZ \(visit)")
            try layer.parties.backward(dZ: derivative)
            seen.append((try layer.opened("B2"), derivative.lifted))
        }
        let changes = seen.dropFirst().map { ($0.value - seen[0].value, $0.derivative - seen[0].derivative) }
        // X_A^T times the changes of dZ, side by side.
        let found = solve(.beside(changes.map(\.0)), under: .beside(changes.map(\.1)))
        return Recovery(of: rows.real, by: found.transposed())
    }

    @Test func gradientMasksReusedByBatch() throws {
        #expect(try gradientDifferences(between: 4, SourceByBatch()).r2 >= Threshold.recovered)
        #expect(try gradientDifferences(between: 4, recorded()).r2 < Threshold.hidden)
        #expect(try gradientDifferences(between: 4, SystemRandomSource(binding: [])).r2 < Threshold.hidden)
    }

    // MARK: - Width

    /// The attack: more columns of Z than features, and a mask that is small beside the shares.
    @Test func masksNarrowerThanTheProduct() throws {
        let rows = try uniform(6, 5, "features")
        var layer = try Layer(columns: 5, width: 8, sources: (recorded(), recorded()))
        let own = try uniform(6, 3, "label features")
        // After one update V_A is uniform modulo 2^64.
        _ = try layer.parties.forward(label: own, feature: rows, in: .train)
        try layer.parties.backward(dZ: uniform(6, 8, "dZ"))
        let share = layer.labelShare

        // 64 bits would hide a value that is reduced modulo 2^64 before it is encrypted; here it is reduced after decryption.
        let masks = try recorded().stream("narrow").integers(rows: 6, columns: 8, bits: 64)
        let narrow = Recovery(of: rows.real, by: solve(rows * share + masks, under: share))
        #expect(narrow.r2 >= Threshold.recovered && narrow.largestError < 1e-5)

        _ = try layer.parties.forward(label: own, feature: rows, in: .train)
        #expect(Recovery(of: rows.real, by: solve(try layer.opened("F1"), under: share)).r2 < Threshold.hidden)
        // Without a mask the same frame would give X_A: it is the mask that the attack fails on.
        #expect(Recovery(of: rows.real, by: solve(rows * share, under: share)).r2 >= Threshold.recovered)
    }

    // MARK: - Generator

    /// A linear congruential generator: its numbers look uniform, and its seed says all of them.
    private struct Congruential {
        var state: UInt64

        mutating func integer(bits: Int) -> Integer {
            var value = Integer()
            for _ in 0..<(bits + 31) / 32 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                value = (value << 32) + Integer(state >> 32)
            }
            return value.lowBits(bits)
        }
    }

    /// Seeds that the attacker tries. 2^32 or 2^64 take it longer, not more thought.
    private static let seeds = 0..<UInt16.max

    private let bits: Int
    private let magnitude: Int

    init() throws {
        let product = try Product.matMulForward(terms: 5)
        (bits, magnitude) = (product.maskBits, product.magnitude)
    }

    private func congruential(_ seed: UInt16, _ count: Int) -> [Integer] {
        var generator = Congruential(state: UInt64(seed))
        return (0..<count).map { _ in generator.integer(bits: bits) }
    }

    /// What a role draws for its first F1 from a recorded source with this seed.
    private func replayed(_ seed: UInt16, _ count: Int) throws -> [Integer] {
        let source = RecordedRandomSource(seed: [UInt8(seed >> 8), UInt8(seed & 255)])
        return try source.stream("matmul/0/0/F1/feature>label").integers(rows: count, columns: 1, bits: bits).elements
    }

    /// The attack: under the right seed, and no other, what is left without the mask is as small as a product must be.
    private func search(
        _ opened: Matrix<Integer>, _ masks: (UInt16, Int) throws -> [Integer]
    ) throws -> Matrix<Integer>? {
        let bound = Integer(powerOfTwo: magnitude)
        for seed in Self.seeds {
            guard try (opened.elements[0] - masks(seed, 1)[0]).magnitude <= bound else { continue }
            let all = try masks(seed, opened.elements.count)
            return opened - Matrix(rows: opened.rows, columns: opened.columns, elements: all)
        }
        return nil
    }

    @Test func seededMasks() throws {
        let rows = try uniform(6, 5, "features")
        /// F1 of the real role with a source, and the share that it is about.
        func opened(_ feature: any RandomSource) throws -> (values: Matrix<Integer>, share: Matrix<Integer>) {
            var layer = try Layer(columns: 5, width: 8, sources: (recorded(), feature))
            let share = layer.labelShare
            _ = try layer.parties.forward(label: uniform(6, 3, "label features"), feature: rows, in: .evaluate)
            return (try layer.opened("F1"), share)
        }
        func isBroken(_ values: Matrix<Integer>?, under share: Matrix<Integer>) -> Bool {
            guard let values else { return false }
            return Recovery(of: rows.real, by: solve(values, under: share)).r2 >= Threshold.recovered
        }
        let real = try opened(SystemRandomSource(binding: []))
        let share = real.share
        let masks = Matrix(rows: 6, columns: 8, elements: congruential(51_966, 48))
        #expect(isBroken(try search(rows * share + masks, congruential), under: share))
        // The real role, but with a source that tests and replays use.
        let seeded = try opened(RecordedRandomSource(seed: [0xCA, 0xFE]))
        #expect(isBroken(try search(seeded.values, replayed), under: seeded.share))

        #expect(try search(real.values, congruential) == nil)
        #expect(try search(real.values, replayed) == nil)
    }
}
