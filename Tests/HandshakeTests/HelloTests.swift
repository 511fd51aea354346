import Cryptography
import Handshake
import Specification
import Testing

@Suite struct HelloTests {
    private let hello: Hello

    init() throws { hello = try Fixture().candidates[0].hello }

    @Test func whatWasWrittenIsRead() throws {
        let read = try Hello(decoding: hello.encoded)
        #expect(read == hello)
        #expect(read.protocols.map(\.name) == ["protocol-1", "protocol-2", "protocol-3"])
        #expect(read.encoded == hello.encoded)
    }

    @Test func aHelloHasOneEncoding() throws {
        let bytes = hello.encoded
        for length in 0..<bytes.count {
            #expect(throws: SpecificationError.self, "\(length) bytes") {
                try Hello(decoding: Array(bytes.prefix(length)))
            }
        }
        #expect(throws: SpecificationError.self) { try Hello(decoding: bytes + [0]) }
        // Version, software, job hash, attempt and the number of protocols come before the first of them.
        let first = 2 + 2 + hello.software.utf8.count + 32 + 8 + 4
        let length = 2 + "protocol-1".utf8.count + 8 + 32
        var swapped = bytes
        swapped.replaceSubrange(first..<first + length, with: bytes[first + length..<first + 2 * length])
        swapped.replaceSubrange(first + length..<first + 2 * length, with: bytes[first..<first + length])
        #expect(throws: SpecificationError.malformed("protocols out of order")) { try Hello(decoding: swapped) }
    }

    @Test func textsFromOutsideAreShortAndPrintable() throws {
        var bytes = hello.encoded
        bytes[4] = 0x0A
        #expect(throws: SpecificationError.malformed("a software version")) { try Hello(decoding: bytes) }
    }
}
