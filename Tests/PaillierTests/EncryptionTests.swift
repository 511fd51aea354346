import Arithmetic
import Paillier
import Testing

@Suite struct EncryptionTests {
    /// The largest plaintexts of a key, and small ones.
    private func edges(_ key: PrivateKey) -> [Integer] {
        let bound = Integer(powerOfTwo: key.cipher.keyBits - 2) - 1
        return [0, 1, -1, 1 << 62, bound, -bound, bound - 1]
    }

    @Test(arguments: [Keys.small, Keys.real]) func roundTrip(key: PrivateKey) throws {
        let plaintexts = edges(key) + randomIntegers(4, bits: key.cipher.keyBits - 2, from: stream("plain"))
        let ciphertexts = try key.encrypt(plaintexts, from: stream("owner"))
        #expect(try key.decrypt(ciphertexts) == plaintexts)
        #expect(Set(ciphertexts).count == plaintexts.count)
        let wire = key.cipher.encode(ciphertexts)
        #expect(wire.count == plaintexts.count * key.cipher.ciphertextBytes)
        #expect(try key.cipher.decode(wire, count: plaintexts.count) == ciphertexts)
    }

    @Test(arguments: [Keys.small, Keys.real]) func ownerAndPublicEncryptionAreTheSameFunction(key: PrivateKey) throws {
        let plaintexts = edges(key)
        let byOwner = try key.encrypt(plaintexts, from: stream("same"))
        #expect(try key.cipher.encrypt(plaintexts, from: stream("same")) == byOwner)
        #expect(try key.cipher.encrypt(plaintexts, from: stream("other")) != byOwner)
    }

    /// Computed in Python from the definition, with the primes that the recorded stream gives.
    @Test func agreesWithAnotherImplementation() throws {
        let key = Keys.small
        #expect(key.cipher.modulus.decimal == Golden.modulus)
        let ciphertext = try key.encrypt([-12345], from: stream("golden"))
        #expect(Integer(bigEndian: key.cipher.encode(ciphertext)).decimal == Golden.ciphertext)
        let hidden = try key.cipher.hide(
            ciphertext, adding: [Integer(powerOfTwo: 100)], randomizerBits: 633, from: stream("golden hide"))
        #expect(Integer(bigEndian: key.cipher.encode(hidden)).decimal == Golden.hidden)
    }

    @Test func plaintextsBeyondTheBoundAreRefused() throws {
        let key = Keys.small
        let tooLarge = Integer(powerOfTwo: key.cipher.keyBits - 2)
        for plaintext in [tooLarge, -tooLarge] {
            #expect(throws: PaillierError.plaintext(index: 1)) { try key.encrypt([0, plaintext], from: stream("a")) }
            #expect(throws: PaillierError.plaintext(index: 1)) {
                try key.cipher.encrypt([0, plaintext], from: stream("a"))
            }
            let ciphertexts = try key.encrypt([1, 2], from: stream("b"))
            #expect(throws: PaillierError.plaintext(index: 0)) {
                try key.cipher.hide(ciphertexts, adding: [plaintext, 0], randomizerBits: 256, from: stream("a"))
            }
        }
    }

    @Test func sumsAndMultiplesUpToTheBounds() throws {
        let (key, cipher) = (Keys.small, Keys.small.cipher)
        let half = Integer(powerOfTwo: cipher.keyBits - 3)
        let left = [half - 1, -half, 0, 5] + randomIntegers(10, bits: 500, from: stream("left"))
        let right = [half, -half + 1, 0, -7] + randomIntegers(10, bits: 500, from: stream("right"))
        let a = try key.encrypt(left, from: stream("a"))
        let b = try key.encrypt(right, from: stream("b"))
        let sums = zip(left, right).map { $0 + $1 }
        #expect(try key.decrypt(cipher.add(a, b)) == sums)
        let hidden = try cipher.hide(a, adding: right, randomizerBits: 256, from: stream("hide"))
        #expect(try key.decrypt(hidden) == sums)
        #expect(try key.decrypt(multiply(a, by: .init(repeating: -1, count: a.count), key)) == left.map { -$0 })

        let factors: [Int64] = [1, -1, 0, 2, -2, 1 << 60, -1 << 60, 1 << 61 - 1, 1 - 1 << 61]
        let values = randomIntegers(factors.count, bits: 510 - 61, from: stream("values"))
        let multiples = try multiply(key.encrypt(values, from: stream("c")), by: factors, key)
        #expect(try key.decrypt(multiples) == zip(values, factors).map { $0 * Integer($1) })
    }

    /// Each ciphertext times its own factor.
    private func multiply(_ ciphertexts: [Ciphertext], by factors: [Int64], _ key: PrivateKey) throws -> [Ciphertext] {
        let diagonal = SparseMatrix(columns: factors.count, rows: factors.indices.map { [.init($0, factors[$0])] })
        let operand = key.cipher.operand(
            Matrix(rows: ciphertexts.count, columns: 1, elements: ciphertexts), isReused: false)
        return try key.cipher.product(variableTime: Multipliers(diagonal, bits: 61), operand, join: .none)
    }

    @Test(arguments: [256, 257, 400, 633]) func hidingChangesCiphertextsOnly(randomizerBits: Int) throws {
        let (key, cipher) = (Keys.small, Keys.small.cipher)
        let values = edges(key)
        let ciphertexts = try key.encrypt(values, from: stream("a"))
        let zeros = values.map { _ in Integer(0) }
        let hidden = try cipher.hide(ciphertexts, adding: zeros, randomizerBits: randomizerBits, from: stream("r"))
        #expect(try key.decrypt(hidden) == values)
        #expect(Set(hidden).isDisjoint(with: ciphertexts))
        let again = try cipher.hide(ciphertexts, adding: zeros, randomizerBits: randomizerBits, from: stream("s"))
        #expect(Set(hidden).isDisjoint(with: again))

        let masks = randomIntegers(values.count, bits: 300, from: stream("masks"))
        let small = try key.encrypt(masks, from: stream("b"))
        let masked = try cipher.hide(small, adding: masks, randomizerBits: randomizerBits, from: stream("t"))
        #expect(try key.decrypt(masked) == masks.map { $0 + $0 })
    }

    @Test func randomizersOutsideTheTableTrap() async {
        for bits in [255, 634] {
            await #expect(processExitsWith: .failure) { [bits = bits as Int] in
                let ciphertexts = try Keys.small.encrypt([1], from: stream("a"))
                _ = try Keys.small.cipher.hide(ciphertexts, adding: [0], randomizerBits: bits, from: stream("b"))
            }
        }
    }

    @Test func operationsAreCounted() throws {
        let key = PrivateKey.insecureGenerate(bits: 256, from: stream("counted"))
        let ciphertexts = try key.encrypt([1, 2, 3, 4], from: stream("a"))
        let plain = Matrix<Int64>(rows: 3, columns: 2, repeating: 5)
        let encrypted = Matrix(rows: 2, columns: 2, elements: ciphertexts)
        let joined = try key.cipher.product(
            variableTime: Multipliers(plain, bits: 23), key.cipher.operand(encrypted, isReused: false),
            join: RowJoin(size: 3, rowBits: 40))
        _ = try key.cipher.hide(joined, adding: [0, 0], randomizerBits: 200, from: stream("b"))
        _ = try key.decrypt(joined)
        var expected = OperationCounts()
        expected.encrypted = 4
        expected.multiplied = 3 * 2 * 2 + 4
        expected.added = 3 * 1 * 2 + 4 + 2
        expected.rerandomized = 2
        expected.decrypted = 2
        #expect(key.cipher.operations.counts == expected)
    }
}
