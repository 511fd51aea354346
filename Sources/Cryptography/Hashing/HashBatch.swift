internal import COpenSSL

extension SHA256 {
    /// The digests of many messages, 32 bytes each, one behind the other.
    ///
    /// They are those of ``hash(_:)``, faster where messages have a block or two: no object of libcrypto's for each, and one array
    /// for all.
    ///
    /// - Parameters:
    ///   - messages: One behind the other.
    ///   - ends: Where each message ends, in ascending order. Bytes behind the last end belong to none.
    package static func digests(of messages: [UInt8], ends: [Int]) -> [UInt8] {
        var state = SHA256_CTX()
        // Messages may be secret.
        defer { OPENSSL_cleanse(&state, MemoryLayout<SHA256_CTX>.size) }
        return [UInt8](unsafeUninitializedCapacity: ends.count * byteCount) { digests, written in
            messages.withUnsafeBufferPointer { messages in
                var start = 0
                for end in ends {
                    precondition(start <= end && end <= messages.count, "messages lie one behind the other")
                    let message = messages.baseAddress.map { $0 + start }
                    let digest = digests.baseAddress.map { $0 + written }
                    demand(colonnade_SHA256_Init(&state), "SHA256_Init")
                    demand(colonnade_SHA256_Update(&state, message, end - start), "SHA256_Update")
                    demand(colonnade_SHA256_Final(digest, &state), "SHA256_Final")
                    written += byteCount
                    start = end
                }
            }
        }
    }
}
