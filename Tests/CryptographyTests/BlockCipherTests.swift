import Cryptography
import Testing

@Suite struct BlockCipherTests {
    private func permuted(_ blocks: [UInt8], key: [UInt8]) -> [UInt8] {
        var blocks = blocks
        let cipher = BlockCipher(key: key)
        blocks.withUnsafeMutableBytes { cipher.permute($0) }
        return blocks
    }

    /// FIPS 197, appendix C.1.
    @Test func blockIsTheStandards() throws {
        let block = try #require([UInt8](hexadecimal: "00112233445566778899aabbccddeeff"))
        #expect(permuted(block, key: [UInt8](0..<16)).hexadecimal == "69c4e0d86a7b0430d8cdb78070b4c55a")
    }

    /// NIST SP 800-38A, appendix F.1.1.
    @Test func blocksAreTheStandards() throws {
        let key = try #require([UInt8](hexadecimal: "2b7e151628aed2a6abf7158809cf4f3c"))
        let blocks = try #require(
            [UInt8](
                hexadecimal: "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
                    + "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"))
        #expect(
            permuted(blocks, key: key).hexadecimal == "3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf"
                + "43b1cd7f598ece23881b00e3ed0306887b0c785e27e8ad3f8223207104725dd4")
    }

    @Test func eachBlockIsForItself() {
        let key = [UInt8](1...16)
        let blocks = (0..<16 * 1000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
        let single = stride(from: 0, to: blocks.count, by: 16).flatMap {
            permuted([UInt8](blocks[$0..<$0 + 16]), key: key)
        }
        #expect(permuted(blocks, key: key) == single)
        #expect(permuted([], key: key) == [])
    }

    @Test func partsOfBlocksAreRefused() async {
        await #expect(processExitsWith: .failure) {
            var bytes = [UInt8](repeating: 0, count: 24)
            bytes.withUnsafeMutableBytes { BlockCipher(key: [UInt8](1...16)).permute($0) }
        }
        await #expect(processExitsWith: .failure) { _ = BlockCipher(key: [1, 2, 3]) }
    }
}
