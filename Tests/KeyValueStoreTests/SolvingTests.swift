import Cryptography
import KeyValueStore
import Testing

/// Stores that are solved, and what is read from them.
@Suite struct SolvingTests {
    @Test(arguments: [1, 2, 255, 256, 257, 1000, 1 << 14, 1 << 17]) func everyKeyReadsItsValue(count: Int) throws {
        let fixture = try Fixture()
        let (keys, seed) = (try fixture.keys(count), try fixture.seed())
        let wideValues = try fixture.stream("values").words(2 * count)
        var stores: [[UInt64]] = [], wideStores = stores
        for path in BandRows.KernelPath.available {
            let rows = try BandRows(keys: keys, seed: seed, slots: Slots(keys: count), path: path)
            let store = try rows.solve(rows.values, random: Fixture().stream("free"))
            let wide = try rows.solve(wide: wideValues, random: Fixture().stream("free"))
            #expect(store.count == rows.slots.count && wide.count == 2 * store.count)
            #expect(rows.decode(store) == rows.values)
            #expect(rows.decode(wide: wide) == wideValues)
            stores.append(store)
            wideStores.append(wide)
        }
        #expect(Set(stores).count == 1 && Set(wideStores).count == 1)
    }

    /// Read from the definition instead of the kernels.
    @Test func solutionsSatisfyTheEquations() throws {
        let fixture = try Fixture(2)
        let (keys, seed) = (try fixture.keys(300), try fixture.seed())
        let rows = try BandRows(keys: keys, seed: seed, slots: Slots(keys: 300))
        let store = try rows.solve(rows.values, random: fixture.stream("free"))
        for key in 0..<300 {
            let row = ReferenceRow(key: keys[32 * key..<32 * key + 32], seed: seed, slots: store.count)
            #expect(row.vector(slots: store.count).sum(of: store) == row.value)
        }
    }

    @Test func wideElementsAreTwoWords() throws {
        let fixture = try Fixture(3)
        let rows = try BandRows(keys: fixture.keys(1000), seed: fixture.seed(), slots: Slots(keys: 1000))
        let store = try fixture.stream("store").words(2 * rows.slots.count)
        let values = rows.decode(wide: store)
        for word in 0..<2 {
            let narrow = stride(from: word, to: store.count, by: 2).map { store[$0] }
            #expect(rows.decode(narrow) == stride(from: word, to: values.count, by: 2).map { values[$0] })
        }
    }

    @Test func noKeysLeaveAllSlotsFree() throws {
        let rows = try BandRows(keys: [], seed: Fixture().seed(), slots: Slots(keys: 0))
        let store = try rows.solve([], random: Fixture().stream("free"))
        #expect(try store == Fixture().stream("free").words(537).reversed())
        #expect(rows.decode(store) == [] && rows.decode(wide: store + store) == [] && rows.values == [])
    }

    /// The slots that Gaussian elimination leaves undetermined hold the stream's words, and nothing else is drawn.
    @Test(arguments: [1, 2]) func freeSlotsHoldTheStreamsWords(words: Int) throws {
        let fixture = try Fixture(4)
        let rows = try BandRows(keys: fixture.keys(700), seed: fixture.seed(), slots: Slots(keys: 700))
        let stream = try fixture.stream("free")
        let zeros = [UInt64](repeating: 0, count: 700 * words)
        let store = try words == 1 ? rows.solve(zeros, random: stream) : rows.solve(wide: zeros, random: stream)
        let pivots = pivots(rows.vectors)
        let free = (0..<rows.slots.count).filter { !pivots.contains($0) }
        #expect(free.count == rows.slots.count - 700)
        let drawn = try Fixture(4).stream("free")
        for slot in free.reversed() {
            #expect(Array(store[words * slot..<words * (slot + 1)]) == drawn.words(words))
        }
        #expect(stream.bytes(32) == drawn.bytes(32))
    }

    /// Even where all values are 0, a store looks random, and two of them have nothing in common.
    @Test func storesLookRandom() throws {
        let fixture = try Fixture(5)
        let count = 1 << 14
        let rows = try BandRows(keys: fixture.keys(count), seed: fixture.seed(), slots: Slots(keys: count))
        let zeros = [UInt64](repeating: 0, count: count)
        let first = try rows.solve(zeros, random: fixture.stream("first"))
        let second = try rows.solve(zeros, random: fixture.stream("second"))
        let difference = zip(first, second).map { $0 ^ $1 }
        #expect(rows.decode(difference) == zeros)
        for store in [first, second, difference] {
            #expect(abs(excess(store)) < 5)
            #expect(!store.contains(0))
        }
    }

    @Test func otherKeysReadWhatLooksRandom() throws {
        let fixture = try Fixture(6)
        let (seed, slots) = (try fixture.seed(), Slots(keys: 5000))
        let rows = try BandRows(keys: fixture.keys(5000), seed: seed, slots: slots)
        let zeros = [UInt64](repeating: 0, count: 10000)
        let store = try rows.solve(wide: zeros, random: fixture.stream("free"))
        let others = try BandRows(keys: fixture.stream("others").bytes(32 * 8000), seed: seed, slots: slots)
        let values = others.decode(wide: store)
        #expect(abs(excess(values)) < 5)
        #expect(Set(values).count == 16000 && !values.contains(0))
        #expect(abs(excess(others.values)) < 5)
    }
}
