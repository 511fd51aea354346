import Cryptography
import Testing

@Suite struct HashBatchTests {
    /// Every length up to four blocks, short after long and long after short.
    @Test func digestsAreThoseOfTheMessages() {
        let lengths = (0...256).flatMap { [$0, 256 - $0] }
        let messages = lengths.enumerated().map { index, length in
            (0..<length).map { UInt8(truncatingIfNeeded: $0 * 7 + index) }
        }
        var ends: [Int] = []
        for length in lengths { ends.append((ends.last ?? 0) + length) }
        let joined = Array(messages.joined())
        #expect(SHA256.digests(of: joined, ends: ends) == messages.flatMap { SHA256.hash($0) })
        #expect(SHA256.digests(of: joined + [1, 2, 3], ends: ends) == SHA256.digests(of: joined, ends: ends))
    }

    @Test func emptyBatchesAndMessages() {
        let empty = SHA256.hash([])
        #expect(SHA256.digests(of: [], ends: []) == [])
        #expect(SHA256.digests(of: [1, 2], ends: []) == [])
        #expect(SHA256.digests(of: [], ends: [0]) == empty)
        #expect(SHA256.digests(of: [7], ends: [0, 1, 1]) == empty + SHA256.hash([7]) + empty)
    }

    @Test func endsOutsideTheMessagesAreRefused() async {
        await #expect(processExitsWith: .failure) { _ = SHA256.digests(of: [1, 2], ends: [3]) }
        await #expect(processExitsWith: .failure) { _ = SHA256.digests(of: [1, 2], ends: [2, 1]) }
        await #expect(processExitsWith: .failure) { _ = SHA256.digests(of: [1, 2], ends: [-1]) }
    }
}
