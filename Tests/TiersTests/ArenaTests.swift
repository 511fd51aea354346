import Glibc
import Testing
import Tiers

@Suite struct ArenaTests {
    @Test func slicesLieWithinTheBudget() throws {
        let arena = try Arena(bytes: 10_000)
        #expect(Int(bitPattern: arena.start) % 4096 == 0 && arena.bytes == 10_000)
        #expect(
            arena[0..<10_000].allSatisfy { $0 == 0 } && arena.residentBytes <= 3 * 4096 && arena.highWater == 10_000)
        let floats = arena.values(at: 256, count: 8, as: Float.self)
        floats.update(repeating: 2)
        #expect(arena[256..<260].elementsEqual([0, 0, 0, 0x40]))
        #expect(arena.values(at: 10_000, count: 0, as: Float.self).isEmpty)
    }

    @Test func highWaterIsTheHighestSlice() throws {
        let arena = try Arena(bytes: 1 << 20)
        _ = arena[5000..<5004]
        _ = arena.values(at: 64, count: 16, as: Double.self)
        #expect(arena.highWater == 5004)
    }

    @Test func memoryIsTakenWhenItIsTouchedAndGivenBack() throws {
        let arena = try Arena(bytes: (1 << 22) + 1)
        #expect(arena.residentBytes == 0)
        arena.start.storeBytes(of: 1, as: UInt8.self)
        #expect(arena.residentBytes >= 4096)
        arena.fill(.first)
        #expect(arena.residentBytes == (1 << 22) + 4096)
        arena.clear()
        #expect(arena.residentBytes == 0 && arena.start.load(as: UInt8.self) == 0)
    }

    @Test func whatIsWrittenIsMeasuredToTheByte() throws {
        let arena = try Arena(bytes: 3 << 12)
        for canary in Arena.Canary.allCases {
            arena.fill(canary)
            #expect(arena.writtenEnd(since: canary) == 0)
        }
        // Every end in two words and at the last byte, and every value in the last place.
        for end in [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 3 << 12] {
            #expect(arena.writtenEnd { arena[0..<end].initializeMemory(as: UInt8.self, repeating: 0) } == end)
        }
        for value in UInt8.min...UInt8.max {
            #expect(arena.writtenEnd { arena[4003..<4004][0] = value } == 4004)
        }
    }

    @Test func aBudgetBeyondAddressesIsRefused() {
        #expect(throws: TierError.memory(bytes: 1 << 60, code: ENOMEM)) { _ = try Arena(bytes: 1 << 60) }
    }

    @Test func overrunsTrap() async {
        await #expect(processExitsWith: .failure) {
            let arena = try Arena(bytes: 4096)
            (arena.start + 4096).storeBytes(of: 1, as: UInt8.self)
        }
        await #expect(processExitsWith: .failure) {
            let arena = try Arena(bytes: 4096)
            (arena.start - 1).storeBytes(of: 1, as: UInt8.self)
        }
        await #expect(processExitsWith: .failure) {
            let arena = try Arena(bytes: 5000)
            _ = arena[4999..<5001]
        }
        await #expect(processExitsWith: .success) {
            let arena = try Arena(bytes: 4096)
            (arena.start + 4095).storeBytes(of: 1, as: UInt8.self)
        }
    }
}
