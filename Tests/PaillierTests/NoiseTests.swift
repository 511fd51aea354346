import Arithmetic
import Glibc
import Paillier
import Testing
import Workers

@Suite struct NoiseTests {
    private let key = Keys.small
    private var cipher: PublicKey { key.cipher }
    private let plaintexts = (0..<45).map { Integer($0 * $0 - 700) }

    @Test(arguments: [0, 1, 8, 9, 45]) func madeAheadOrNotItIsTheSame(count: Int) throws {
        let plaintexts = Array(plaintexts.prefix(count))
        let expected = try key.encrypt(plaintexts, with: key.noise(count: count, from: stream("owner")))
        let hidden = try cipher.hide(
            expected, adding: plaintexts, with: cipher.noise(count: count, bits: 600, from: stream("public")))
        // Nothing, part and all of it is there when it is used.
        for wait in [0, 200, 20_000] as [UInt32] {
            let owners = key.noise(count: count, from: stream("owner"))
            let publics = cipher.noise(count: count, bits: 600, from: stream("public"))
            owners.makeAhead()
            publics.makeAhead()
            usleep(wait)
            #expect(try key.encrypt(plaintexts, with: owners) == expected)
            #expect(try cipher.hide(expected, adding: plaintexts, with: publics) == hidden)
        }
    }

    @Test func manyNoisesAheadAtOnce() throws {
        let count = plaintexts.count
        let expected = try (0..<12).map {
            try key.encrypt(plaintexts, with: key.noise(count: count, from: stream("\($0)")))
        }
        let noises = (0..<12).map { key.noise(count: count, from: stream("\($0)")) }
        for noise in noises {
            noise.makeAhead()
            // What nobody keeps must not be in the way.
            key.noise(count: count, from: stream("dropped")).makeAhead()
        }
        for index in noises.indices.reversed() {
            #expect(try key.encrypt(plaintexts, with: noises[index]) == expected[index])
        }
    }

    @Test func noiseIsGoodOnce() async {
        for isAhead in [false, true] {
            await #expect(processExitsWith: .failure) { [isAhead = isAhead as Bool] in
                let noise = Keys.small.noise(count: 1, from: stream("a"))
                if isAhead { noise.makeAhead() }
                _ = try? Keys.small.encrypt([1], with: noise)
                _ = try? Keys.small.encrypt([2], with: noise)
            }
        }
        await #expect(processExitsWith: .success) {
            _ = try Keys.small.encrypt([1], with: Keys.small.noise(count: 1, from: stream("a")))
        }
    }

    @Test func noiseServesItsCountOnly() async {
        for count in [0, 1, 3] {
            await #expect(processExitsWith: .failure) { [count = count as Int] in
                _ = try Keys.small.encrypt([1, 2], with: Keys.small.noise(count: count, from: stream("a")))
            }
        }
    }

    /// Noise whose use was cancelled may have been seen: it is spent.
    @Test func cancelledNoiseIsSpent() async {
        await #expect(processExitsWith: .failure) {
            let noise = Keys.small.noise(count: 1, from: stream("a"))
            let cancellation = Cancellation()
            cancellation.cancel()
            WorkContext(cancellation: cancellation).run { _ = try? Keys.small.encrypt([1], with: noise) }
            _ = try? Keys.small.encrypt([1], with: noise)
        }
    }

    /// Plaintexts are checked first, so that a mistake costs no noise.
    @Test func refusedPlaintextsSpendNothing() throws {
        let noise = key.noise(count: 1, from: stream("owner"))
        #expect(throws: PaillierError.plaintext(index: 0)) {
            try key.encrypt([Integer(powerOfTwo: cipher.keyBits)], with: noise)
        }
        #expect(try key.decrypt(key.encrypt([5], with: noise)) == [5])
    }
}
