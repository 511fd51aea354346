internal import COpenSSL

extension SHA256 {
    /// Messages that a thread hashes at a time: some 60 microseconds.
    private static let run = 1024

    /// The digest of `prefix` with each message behind it, for messages of `each` bytes one after the other; digests cut to
    /// `outputBytes` bytes, one after the other. On all cores, in a time that depends on lengths only.
    ///
    /// Cheap for many short messages: blocks that the prefix fills are hashed once.
    ///
    /// - Parameter outputBytes: 1 to 32.
    public static func hashEach(
        packed messages: [UInt8], each: Int, prefix: [UInt8] = [], to outputBytes: Int = byteCount
    ) -> [UInt8] {
        precondition(1...byteCount ~= outputBytes, "A digest has 32 bytes.")
        precondition(each > 0 && messages.count.isMultiple(of: each), "Whole messages, of at least a byte.")
        let count = messages.count / each
        var start = SHA256_CTX()
        demand(colonnade_SHA256_Init(&start), "SHA256_Init")
        demand(colonnade_SHA256_Update(&start, prefix, prefix.count), "SHA256_Update")
        return inParallel(count: count * outputBytes, run: run * outputBytes) { [start] place, digests in
            messages.withUnsafeBytes { messages in
                let first = place / outputBytes
                let own = messages[first * each..<(first + digests.count / outputBytes) * each]
                hash(
                    UnsafeRawBufferPointer(rebasing: own), each: each, after: start, to: outputBytes,
                    into: UnsafeMutableRawBufferPointer(digests))
            }
        }
    }

    private static func hash(
        _ messages: UnsafeRawBufferPointer, each: Int, after start: SHA256_CTX, to outputBytes: Int,
        into digests: UnsafeMutableRawBufferPointer
    ) {
        withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 1) { digest in
            var state = start
            for index in 0..<messages.count / each {
                state = start
                let message = UnsafeRawBufferPointer(rebasing: messages[index * each..<(index + 1) * each])
                demand(colonnade_SHA256_Update(&state, message.baseAddress, message.count), "SHA256_Update")
                demand(colonnade_SHA256_Final(digest.baseAddress, &state), "SHA256_Final")
                for place in 0..<outputBytes { digests[index * outputBytes + place] = digest[place] }
            }
            // Messages may be secret.
            OPENSSL_cleanse(&state, MemoryLayout<SHA256_CTX>.size)
            OPENSSL_cleanse(digest.baseAddress, digest.count)
        }
    }
}
