import Cryptography
import KeyValueStore
import Testing

/// The rows that follow from keys.
@Suite struct RowTests {
    /// Computed with the `openssl` program.
    @Test func rowIsAsDocumented() throws {
        let key = [UInt8](0x40..<0x60)
        let rows = try BandRows(keys: key, seed: [UInt8](0..<16), slots: Slots(keys: 1))
        #expect(rows.values == [0xcf04_9653_f5be_4960])
        let band: [UInt64] = [
            0xdcb5_3b52_0553_a339, 0x50f6_a489_243d_7064, 0xbf75_cbcc_eef9_76d0, 0xc3c2_8023_fa28_42d7,
        ]
        var expected = BitVector(count: 537)
        for bit in 0..<256 where band[bit / 64] >> (bit % 64) & 1 == 1 { expected.flip(90 + bit) }
        #expect(rows.vectors == [expected])
    }

    /// More keys than one run, more than starts, bands at both ends.
    @Test(arguments: BandRows.KernelPath.available) func rowsAreTheReferences(path: BandRows.KernelPath) throws {
        let fixture = try Fixture(3)
        let (keys, seed) = (try fixture.keys(700), try fixture.seed())
        let rows = try BandRows(keys: keys, seed: seed, slots: Slots(keys: 0), path: path)
        let slots = rows.slots.count
        let expected = (0..<700).map {
            ReferenceRow(key: keys[32 * $0..<32 * $0 + 32], seed: seed, slots: slots)
        }
        #expect(rows.count == 700)
        #expect(rows.values == expected.map(\.value))
        let vectors = rows.vectors
        #expect(vectors == expected.map { $0.vector(slots: slots) })
        #expect(vectors.contains { $0.contains(0) } && vectors.contains { $0.contains(slots - 1) })
    }

    @Test func slotsFollowFromKeys() {
        let counts = [0, 1, 255, 256, 257, 1000, 1 << 14, 1 << 20].map { Slots(keys: $0).count }
        #expect(counts == [537, 537, 537, 537, 538, 1355, 18278, 1_153_689])
        #expect(Slots(keys: 255) == Slots(keys: 256))
        #expect(Slots(keys: 1000, insecureBand: 24).count == 1355)
    }

    /// However rows are sorted; starts in many slots have more than two digits to sort by.
    @Test func orderOfKeysIsTheCallers() throws {
        let fixture = try Fixture()
        let (keys, seed) = (try fixture.keys(600), try fixture.seed())
        let backwards = (0..<600).reversed().flatMap { keys[32 * $0..<32 * $0 + 32] }
        for slots in [Slots(keys: 600), Slots(keys: 1 << 22)] {
            let rows = try BandRows(keys: keys, seed: seed, slots: slots)
            let others = try BandRows(keys: backwards, seed: seed, slots: slots)
            let words = try Fixture(1).stream("\(slots.count)").words(1009)
            let store = (0..<slots.count).map { words[$0 % words.count] }
            #expect(rows.values == others.values.reversed())
            #expect(rows.decode(store) == others.decode(store).reversed())
        }
    }

    @Test func everyBitOfKeyAndSeedCounts() throws {
        let fixture = try Fixture()
        let (key, seed) = (try fixture.keys(1), try fixture.seed())
        var rows: [BandRows] = []
        for bit in 0..<256 {
            var other = key
            other[bit / 8] ^= 1 << (bit % 8)
            rows.append(try BandRows(keys: other, seed: seed, slots: Slots(keys: 1)))
        }
        for bit in 0..<128 {
            var other = seed
            other[bit / 8] ^= 1 << (bit % 8)
            rows.append(try BandRows(keys: key, seed: other, slots: Slots(keys: 1)))
        }
        #expect(Set(rows.flatMap(\.values)).count == 384)
        #expect(Set(rows.flatMap { $0.vectors.map(\.words) }).count == 384)
    }

    @Test func aRepeatedKeyIsRefused() throws {
        let fixture = try Fixture()
        let (keys, seed) = (try fixture.keys(3000), try fixture.seed())
        for place in [0, 1, 1499, 2999] {
            let twice = keys + keys[32 * place..<32 * place + 32]
            #expect(throws: StoreError.repeatedKey(keys: 3001)) {
                try BandRows(keys: twice, seed: seed, slots: Slots(keys: 3001))
            }
        }
        #expect(throws: Never.self) { try BandRows(keys: keys, seed: seed, slots: Slots(keys: 3001)) }
        #expect("\(StoreError.repeatedKey(keys: 2))" == "Expected 2 different keys, found one of them twice.")
    }
}
