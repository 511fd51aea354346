import COpenSSL
import Cryptography
import Testing

/// X25519 of RFC 7748 out of the ladder's parts: clamp, mask the top bit, ladder, divide.
func x25519(_ scalar: [UInt8], _ point: [UInt8]) throws -> [UInt8] {
    var point = point
    point[31] &= 0x7F
    let x = FieldElement(Words(littleEndian: point))
    let clamped = try CurveScalar(bytes: SecretBytes(copying: scalar)).bytes
    let (numerator, denominator) = clamped.withUnsafeBytes { MontgomeryLadder.multiply(x, by: $0) }
    return (numerator * denominator.inverted()).words.littleEndianBytes
}

@Suite struct MontgomeryLadderTests {
    /// RFC 7748, section 5.2.
    @Test(arguments: [
        (
            "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
            "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"
        ),
        (
            "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
            "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
            "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"
        ),
    ])
    func multipliesAsTheStandardSays(scalar: String, point: String, product: String) throws {
        let scalar = try #require([UInt8](hexadecimal: scalar))
        let point = try #require([UInt8](hexadecimal: point))
        #expect(try x25519(scalar, point).hexadecimal == product)
    }

    /// RFC 7748, section 5.2: each product is the next scalar, the last scalar the next point.
    @Test func agreesWithTheStandardAfterAThousandRounds() throws {
        var scalar: [UInt8] = [9] + [UInt8](repeating: 0, count: 31)
        var point = scalar
        for round in 1...1000 {
            (scalar, point) = (try x25519(scalar, point), scalar)
            if round == 1 {
                #expect(scalar.hexadecimal == "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079")
            }
        }
        #expect(scalar.hexadecimal == "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51")
    }

    @Test func agreesWithOpenSSLAtRandom() throws {
        for _ in 0..<1000 {
            let (scalar, point) = (SystemRandom.bytes(32), SystemRandom.bytes(32))
            #expect(try x25519(scalar, point) == openSSL(scalar, point))
        }
    }

    @Test func agreesWithOpenSSLAtTheEdges() throws {
        let ones = [UInt8](repeating: 0xFF, count: 32)
        let zeros = [UInt8](repeating: 0, count: 32)
        for scalar in [zeros, ones] {
            // 2^255 - 1 and its neighbours down to p + 2; 2, 3 and 2^254.
            for last: UInt8 in 0xEF...0xFF {
                let point = [last] + ones.dropFirst().dropLast() + [0x7F]
                #expect(try x25519(scalar, point) == openSSL(scalar, point))
            }
            for point in [[2] + zeros.dropFirst(), [3] + zeros.dropFirst(), zeros.dropLast() + [0x40]] {
                #expect(try x25519(scalar, point) == openSSL(scalar, point))
            }
        }
    }

    private func openSSL(_ scalar: [UInt8], _ point: [UInt8]) throws -> [UInt8] {
        let key = try #require(EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nil, scalar, 32))
        let peer = try #require(EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nil, point, 32))
        let context = try #require(EVP_PKEY_CTX_new(key, nil))
        defer {
            EVP_PKEY_CTX_free(context)
            EVP_PKEY_free(peer)
            EVP_PKEY_free(key)
        }
        var product = [UInt8](repeating: 0, count: 32)
        var count = product.count
        try #require(EVP_PKEY_derive_init(context) == 1)
        try #require(EVP_PKEY_derive_set_peer(context, peer) == 1)
        try #require(EVP_PKEY_derive(context, &product, &count) == 1)
        return product
    }
}
