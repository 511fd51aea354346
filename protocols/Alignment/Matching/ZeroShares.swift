internal import Cryptography
internal import Identifiers
internal import Specification

/// One party's share of zero at each id: all parties' shares of one id add up to 0, any fewer are uniformly random.
///
///     S_i(id) = XOR over all other parties j of PRF(k_ij, id)
///
/// KMPRT17, section 4.1, in its unconditional form: a key for each pair of parties, which their link alone has given them.
struct ZeroShares {
    /// Words of a share: 128 bits, so that no id is taken for a common one by accident.
    static let wordCount = 2

    private let domains: [[UInt8]]

    /// - Parameter keys: by partner, 32 bytes, the same at both ends and new for every attempt.
    init(_ keys: [Party: SecretBytes], bucket: AlignmentBucket, jobHash: [UInt8]) {
        domains = keys.sorted { $0.key < $1.key }.map { _, key in
            let derived = HKDF.derive(
                from: key, salt: SHA256.hash(jobHash + bucket.schedule.session),
                info: Array("colonnade/align/zero/v2/\(bucket.index)".utf8), count: 64)
            // A whole block of the hash, and messages of one length: a pseudo-random function of the id.
            return derived.withUnsafeBytes { Array($0) }
        }
    }

    /// The shares at ids of 32 bytes each: two words an id.
    func shares(at ids: [UInt8]) -> [UInt64] {
        var sum = [UInt64](repeating: 0, count: ids.count / IDHash.byteCount * Self.wordCount)
        for domain in domains {
            let values = words(SHA256.hashEach(packed: ids, each: IDHash.byteCount, prefix: domain, to: 16))
            for index in sum.indices { sum[index] ^= values[index] }
        }
        return sum
    }
}
