import Cryptography
import Testing

@Suite struct HashEachTests {
    private func expected(_ messages: [UInt8], each: Int, prefix: [UInt8], to outputBytes: Int) -> [UInt8] {
        stride(from: 0, to: messages.count, by: each).flatMap {
            SHA256.hash(prefix + messages[$0..<$0 + each]).prefix(outputBytes)
        }
    }

    /// Around the lengths at which padding or the prefix takes another block.
    @Test(arguments: [1, 8, 31, 32, 55, 56, 63, 64, 65, 119, 120, 200])
    func eachIsTheHashOfPrefixAndMessage(each: Int) {
        let messages = SystemRandom.bytes(5 * each)
        for length in [0, 1, 23, 32, 55, 63, 64, 65, 128, 150] {
            let prefix = SystemRandom.bytes(length)
            for outputBytes in [1, 10, 31, 32] {
                #expect(
                    SHA256.hashEach(packed: messages, each: each, prefix: prefix, to: outputBytes)
                        == expected(messages, each: each, prefix: prefix, to: outputBytes))
            }
        }
    }

    /// Around the lengths of runs.
    @Test(arguments: [0, 1, 1023, 1024, 1025, 5000])
    func hashesManyInOrder(count: Int) {
        let messages = SystemRandom.bytes(32 * count)
        for outputBytes in [11, 32] {
            #expect(
                SHA256.hashEach(packed: messages, each: 32, prefix: [7], to: outputBytes)
                    == expected(messages, each: 32, prefix: [7], to: outputBytes))
        }
        #expect(SHA256.hashEach(packed: messages, each: 32) == expected(messages, each: 32, prefix: [], to: 32))
    }
}
