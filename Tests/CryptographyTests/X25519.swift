import COpenSSL
import Cryptography
import Testing

/// X25519 of libcrypto under one scalar: what ours is compared with.
final class OpenSSLX25519: @unchecked Sendable {  // used by one thread at a time
    private let context: OpaquePointer

    init(scalar: [UInt8]) throws {
        let key = try #require(EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nil, scalar, scalar.count))
        defer { EVP_PKEY_free(key) }
        context = try #require(EVP_PKEY_CTX_new(key, nil))
        try #require(EVP_PKEY_derive_init(context) == 1)
    }

    deinit { EVP_PKEY_CTX_free(context) }

    /// The product; nil where it is the point at infinity.
    func multiply(_ point: some Collection<UInt8>) -> [UInt8]? {
        let peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nil, Array(point), point.count)
        defer { EVP_PKEY_free(peer) }
        var product = [UInt8](repeating: 0, count: 32)
        var count = product.count
        guard EVP_PKEY_derive_set_peer_ex(context, peer, 0) == 1, EVP_PKEY_derive(context, &product, &count) == 1 else {
            ERR_clear_error()
            return nil
        }
        return product
    }
}

extension CurvePath {
    /// The kernel's products of any numbers below 2^256.
    func multiply(_ points: [Words], by bits: LadderBits) -> [Words] {
        [Words](unsafeUninitializedCapacity: points.count) { products, initialized in
            initialized = points.count
            let places = UnsafeMutableBufferPointer(rebasing: products[..<points.count])
            points.withUnsafeBufferPointer { kernels.multiply($0, by: bits, from: 0, into: places) }
        }
    }

    /// What the kernel says of any numbers below 2^256.
    func check(_ points: [Words]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: points.count) { faults, initialized in
            initialized = points.count
            let places = UnsafeMutableBufferPointer(rebasing: faults[..<points.count])
            points.withUnsafeBufferPointer { kernels.check($0, into: places) }
        }
    }

    /// The points that the kernel makes of numbers.
    func map(_ numbers: [WideWords]) -> [Words] {
        [Words](unsafeUninitializedCapacity: numbers.count) { points, initialized in
            initialized = numbers.count
            let places = UnsafeMutableBufferPointer(rebasing: points[..<numbers.count])
            numbers.withUnsafeBufferPointer { kernels.map($0, into: places) }
        }
    }

    /// X25519 of RFC 7748 out of the kernel: clamp, mask the top bit, multiply.
    func x25519(_ scalar: [UInt8], _ points: [[UInt8]]) throws -> [[UInt8]] {
        let bits = LadderBits(try CurveScalar(bytes: SecretBytes(copying: scalar)).bytes, steps: 255)
        let words = points.map { Words(littleEndian: $0.prefix(31) + [$0[31] & 0x7F]) }
        return multiply(words, by: bits).map(\.littleEndianBytes)
    }
}
