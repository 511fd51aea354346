import Cryptography
import Foundation
import KeyValueStore
import Testing

/// When there is no store.
@Suite struct FailureTests {
    /// Solvable exactly where Gaussian elimination finds as many pivots as rows; bands so narrow that often there are
    /// not.
    @Test(arguments: [8, 12, 16, 20]) func solvableWhereGaussSolves(width: Int) throws {
        let stream = try Fixture(UInt8(width)).stream("all")
        let slots = Slots(keys: 300, insecureBand: width)
        var solved = 0, failed = 0
        for _ in 0..<12 {
            let (keys, seed) = (stream.bytes(32 * 300), stream.bytes(16))
            let vectors = (0..<300).map { key in
                var vector = BitVector(count: slots.count)
                let row = ReferenceRow(key: keys[32 * key..<32 * key + 32], seed: seed, slots: slots.count)
                for bit in 0..<width where row.band[bit / 8] >> (bit % 8) & 1 == 1 { vector.flip(row.start + bit) }
                return vector
            }
            let isSolvable = pivots(vectors).count == 300
            do {
                let rows = try BandRows(keys: keys, seed: seed, slots: slots)
                #expect(rows.vectors == vectors)
                let store = try rows.solve(rows.values, random: stream)
                #expect(rows.decode(store) == rows.values)
                #expect(isSolvable)
                solved += 1
            } catch {
                #expect(!isSolvable)
                failed += 1
            }
        }
        if width == 8 { #expect(failed > 6) }
        if width == 20 { #expect(solved > 6) }
    }

    @Test func failureSaysHowManyAndDrawsNothing() throws {
        let fixture = try Fixture(7)
        let stream = try fixture.stream("free")
        let rows = try BandRows(keys: fixture.keys(600), seed: fixture.seed(), slots: Slots(keys: 0))
        let error = StoreError.unsolvable(keys: 600, slots: 537)
        // Whether a value contradicts the others or not.
        #expect(throws: error) { try rows.solve(rows.values, random: stream) }
        #expect(throws: error) { try rows.solve([UInt64](repeating: 0, count: 600), random: stream) }
        #expect(throws: error) { try rows.solve(wide: rows.values + rows.values, random: stream) }
        #expect(try stream.bytes(32) == Fixture(7).stream("free").bytes(32))
        #expect("\(error)" == "The equations of 600 keys in 537 slots depend on each other under this seed.")
    }

    /// As the library's README says: of all stores 1 - exp(-mu) fail, with log2 mu = log2 n - 0.2708 w - c. c is at
    /// least the 3.7 of the stated line, and below 6 for these: few slots fail less often.
    @Test(arguments: [(10, 24, 200), (12, 24, 60), (12, 32, 200), (12, 40, 400), (12, 48, 500)])
    func failuresLieOnTheLine(logarithm: Int, width: Int, trials: Int) throws {
        let stream = try Fixture(UInt8(width + logarithm)).stream("all")
        let count = 1 << logarithm
        let slots = Slots(keys: count, insecureBand: width)
        var failures = 0
        for _ in 0..<trials {
            do {
                let rows = try BandRows(keys: stream.bytes(32 * count), seed: stream.bytes(16), slots: slots)
                _ = try rows.solve(rows.values, random: stream)
            } catch {
                failures += 1
            }
        }
        func expected(_ constant: Double) -> Double {
            Double(trials) * (1 - exp(-exp2(Double(logarithm) - 0.2708 * Double(width) - constant)))
        }
        let (most, least) = (expected(3.7), expected(6))
        #expect(Double(failures) < most + 4 * most.squareRoot())
        #expect(Double(failures) > least - 4 * least.squareRoot())
    }

    @Test func wrongLengthsAreRefused() async {
        await #expect(processExitsWith: .failure) {
            let rows = try BandRows(keys: [UInt8](1...32), seed: [UInt8](1...16), slots: Slots(keys: 1))
            _ = rows.decode([UInt64](repeating: 0, count: 536))
        }
        await #expect(processExitsWith: .failure) {
            _ = try BandRows(keys: [UInt8](1...33), seed: [UInt8](1...16), slots: Slots(keys: 1))
        }
    }
}
