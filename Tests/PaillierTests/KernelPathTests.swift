import Arithmetic
import Glibc
import Paillier
import Residues
import Testing

/// Every path gives the same keys, ciphertexts and plaintexts.
@Suite struct KernelPathTests {
    private struct Everything: Equatable {
        var modulus: Integer
        var encrypted, publicly, hidden, sums, late, early: [Ciphertext]
        var plaintexts: [Integer]
    }

    private func everything(bits: Int, path: KernelPath) throws -> Everything {
        let key = PrivateKey.insecureGenerate(bits: bits, from: stream("paths"), path: path)
        let cipher = key.cipher
        let plaintexts = randomIntegers(40, bits: bits - 62, from: stream("plain"))
        let encrypted = try key.encrypt(plaintexts, from: stream("owner"))
        let publicly = try cipher.encrypt(plaintexts, from: stream("public"))
        let hidden = try cipher.hide(encrypted, adding: plaintexts, randomizerBits: bits, from: stream("hide"))
        let elements = randomIntegers(30 * 20, bits: 20, from: stream("x")).enumerated().map { index, value in
            index % 20 < 7 && index % 11 != 0 ? 0 : value.truncatingInt64
        }
        let multipliers = try Multipliers(Matrix(rows: 30, columns: 20, elements: elements), bits: 20)
        let matrix = Matrix(rows: 20, columns: 2, elements: encrypted)
        let join = RowJoin(size: 3, rowBits: 18)
        let late = try cipher.product(
            variableTime: multipliers, cipher.operand(matrix, isReused: false), join: join)
        let early = try cipher.product(variableTime: multipliers, cipher.operand(matrix, isReused: true), join: join)
        return Everything(
            modulus: cipher.modulus, encrypted: encrypted, publicly: publicly, hidden: hidden,
            sums: try cipher.add(encrypted, publicly), late: late, early: early,
            plaintexts: try key.decrypt(encrypted + publicly + hidden + late + early))
    }

    /// At 2080 bits n has 50 limbs and p 30; at 2064 they have 40 and 30.
    @Test(arguments: [512, 1024, 2048, 2064, 2080]) func pathsAgree(bits: Int) throws {
        let all = try KernelPath.available.map { try everything(bits: bits, path: $0) }
        #expect(all.allSatisfy { $0 == all[0] })
        #expect(all[0].late == all[0].early)
    }

    /// Nothing is read that was not written: the same where new memory is full of ones, and where it is not. What other tests
    /// compute at the same time has to bear it, too.
    @Test(.serialized, arguments: [512, 1024]) func nothingDependsOnWhatMemoryHeld(bits: Int) throws {
        let usual = try KernelPath.available.map { try everything(bits: bits, path: $0) }
        // glibc's `mallopt`, which Swift does not import.
        typealias Option = @convention(c) (_ option: Int32, _ value: Int32) -> Int32
        let setOption = unsafeBitCast(try #require(dlsym(nil, "mallopt")), to: Option.self)
        let perturb: Int32 = -6
        #expect(setOption(perturb, 0xFF) == 1)
        defer { _ = setOption(perturb, 0) }
        for (path, expected) in zip(KernelPath.available, usual) {
            #expect(try everything(bits: bits, path: path) == expected)
        }
    }
}
