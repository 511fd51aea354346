import CVole
import Testing
import Vole

/// AES-128 as the kernels have it.
@Suite struct CipherTests {
    private func key(_ bytes: [UInt8]) -> cv_key {
        var key = cv_key()
        cv_expand_key(&key, bytes)
        return key
    }

    /// FIPS 197, appendices A.1 (the last round key), B and C.1.
    @Test(arguments: VolePath.available) func standardVectors(path: VolePath) throws {
        for vector in [
            """
            000102030405060708090a0b0c0d0e0f 00112233445566778899aabbccddeeff 69c4e0d86a7b0430d8cdb78070b4c55a
            """,
            """
            2b7e151628aed2a6abf7158809cf4f3c 3243f6a8885a308d313198a2e0370734 3925841d02dc09fbdc118597196a0b32
            """,
        ] {
            let parts = vector.split(separator: " ").map(String.init)
            var key = try key(#require([UInt8](hexadecimal: parts[0])))
            let block = try #require([UInt8](hexadecimal: parts[1]))
            var words = block.withUnsafeBytes { Array($0.bindMemory(to: UInt64.self)) }
            kernels(path).encrypt(&words, 1, &key)
            #expect(words.withUnsafeBytes { $0.hexadecimal } == parts[2])
        }
        let last = try key(#require([UInt8](hexadecimal: "2b7e151628aed2a6abf7158809cf4f3c"))).rounds.10
        #expect(withUnsafeBytes(of: last) { $0.hexadecimal } == "d014f9a8c9ee2589e13f0cc8b6630ca6")
    }

    /// Any number of blocks, also where batches are not full: each as if it were alone.
    @Test(arguments: VolePath.available) func blocksDoNotMeet(path: VolePath) {
        var generator = SplitMix(seed: 5)
        for count in [0, 1, 7, 8, 9, 63, 64, 65, 200] {
            let key = schedule("\(count)")
            let plain = generator.words(2 * count)
            var cipher = plain, schedule = [key]
            kernels(path).encrypt(&cipher, count, &schedule)
            for index in 0..<count {
                let block = BinaryElement(low: plain[2 * index], high: plain[2 * index + 1])
                #expect(encrypt(block, key) == BinaryElement(low: cipher[2 * index], high: cipher[2 * index + 1]))
            }
        }
    }
}
