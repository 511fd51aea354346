internal import COpenSSL

extension SHA256 {
    /// The digests of many messages, 32 bytes each, one behind the other.
    ///
    /// They are those of ``hash(_:)``, in little more than half the time where messages have a block or two: one context and one
    /// array do for all.
    ///
    /// - Parameters:
    ///   - messages: One behind the other.
    ///   - ends: Where each message ends, in ascending order. Bytes behind the last end belong to none.
    package static func digests(of messages: [UInt8], ends: [Int]) -> [UInt8] {
        let context = demand(EVP_MD_CTX_new(), "EVP_MD_CTX_new")
        defer { EVP_MD_CTX_free(context) }
        demand(EVP_DigestInit_ex2(context, HashAlgorithm.sha256.method, nil), "EVP_DigestInit_ex2")
        return [UInt8](unsafeUninitializedCapacity: ends.count * byteCount) { digests, written in
            messages.withUnsafeBufferPointer { messages in
                var start = 0
                for end in ends {
                    precondition(start <= end && end <= messages.count, "messages lie one behind the other")
                    // The context keeps its algorithm and begins anew.
                    if written > 0 { demand(EVP_DigestInit_ex2(context, nil, nil), "EVP_DigestInit_ex2") }
                    let message = messages.baseAddress.map { $0 + start }
                    demand(EVP_DigestUpdate(context, message, end - start), "EVP_DigestUpdate")
                    let digest = digests.baseAddress.map { $0 + written }
                    demand(EVP_DigestFinal_ex(context, digest, nil), "EVP_DigestFinal_ex")
                    written += byteCount
                    start = end
                }
            }
        }
    }
}
