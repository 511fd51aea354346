import Arithmetic
import COpenSSL
import Cryptography

/// X25519 of libcrypto under one scalar, its keys made beforehand.
final class X25519 {
    private let context: OpaquePointer
    private let peers: [OpaquePointer]
    var count: Int { peers.count }

    init(_ scalar: CurveScalar, _ points: ArraySlice<CurvePoint>) {
        let key = scalar.bytes.withUnsafeBytes {
            EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nil, $0.assumingMemoryBound(to: UInt8.self).baseAddress, 32)
        }
        guard let context = EVP_PKEY_CTX_new(key, nil), EVP_PKEY_derive_init(context) == 1 else {
            preconditionFailure("libcrypto has no X25519")
        }
        EVP_PKEY_free(key)
        self.context = context
        peers = points.compactMap { EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nil, $0.bytes, 32) }
    }

    deinit {
        peers.forEach(EVP_PKEY_free)
        EVP_PKEY_CTX_free(context)
    }

    func multiply() {
        var product = [UInt8](repeating: 0, count: CurvePoint.byteCount)
        for peer in peers {
            var length = product.count
            guard EVP_PKEY_derive_set_peer_ex(context, peer, 0) == 1, EVP_PKEY_derive(context, &product, &length) == 1
            else { preconditionFailure("libcrypto refuses a point of the curve") }
        }
    }
}

/// Quadratic characters modulo 2^255 - 19, one at a time, by GMP.
struct QuadraticCharacters {
    let count: Int
    private let p = Integer(powerOfTwo: 255) - 19
    private let number: Integer

    init(count: Int) {
        self.count = count
        number = Integer(littleEndian: SystemRandom.bytes(31))
    }

    func compute() {
        let exponent = p >> 1
        for _ in 0..<count { _ = number.power(exponent, modulo: p, variableTime: true) }
    }
}
