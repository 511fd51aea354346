import Arithmetic
import Paillier
import Testing

@Suite struct KeyTests {
    @Test func generatedKeysHaveTheSizeAskedFor() {
        for index in 0..<20 {
            let key = PrivateKey.insecureGenerate(bits: 256, from: stream("key \(index)"))
            #expect(key.cipher.modulus.bitLength == 256)
            #expect(key.cipher.modulus.modulo(4) == 1, "both primes are 3 modulo 4")
        }
        #expect(Keys.real.cipher.keyBits == 2048)
    }

    @Test(arguments: [0, -2048, 512, 1536, 2032, 2040, 2049, 2056, 4104, 4112, 16384, 16400]) func otherSizesAreRefused(
        bits: Int
    ) {
        #expect(throws: PaillierError.keySize(bits: bits)) { try PrivateKey.generate(bits: bits, from: stream("k")) }
        #expect(throws: PaillierError.keySize(bits: bits)) { try PublicKey(encoded: [1], bits: bits) }
    }

    @Test func publicKeysTravel() throws {
        let key = Keys.real.cipher
        let received = try PublicKey(encoded: key.encoded, bits: 2048)
        #expect(received == key)
        let ciphertexts = try received.encrypt([42], from: stream("travel"))
        #expect(try Keys.real.decrypt(ciphertexts) == [42])
    }

    @Test func unsoundModuliAreRefused() throws {
        func refuse(_ modulus: Integer, _ defect: ModulusDefect) throws {
            let bytes = try modulus.bigEndianBytes(count: 256)
            #expect(throws: PaillierError.modulus(defect)) { try PublicKey(encoded: bytes, bits: 2048) }
        }
        let top = Integer(powerOfTwo: 2047)
        let prime = randomPrime(bits: 1024)
        try refuse(Keys.real.cipher.modulus >> 1, .wrongSize)
        try refuse(top, .smallFactor)
        let odd = top + 1
        let multiple = odd + (65521 - odd.modulo(65521)) + (odd.modulo(65521).isOdd ? 0 : 65521)
        try refuse(multiple, .smallFactor)
        try refuse(prime * prime, .perfectPower)
        try refuse(randomPrime(bits: 2048), .prime)
        for count in [0, 255, 257] {
            #expect(throws: PaillierError.length(expected: 256, actual: count)) {
                try PublicKey(encoded: .init(repeating: 255, count: count), bits: 2048)
            }
        }
    }
}

/// A prime with its two highest bits set, such that `step` divides it less one; another one for every size and step.
func randomPrime(bits: Int, step: Integer = 2) -> Integer {
    let start = Integer(powerOfTwo: bits) - Integer(powerOfTwo: bits - 2)
    var candidate = start + randomIntegers(1, bits: bits - 3, from: stream("\(bits) \(step.decimal)"))[0].magnitude
    candidate -= candidate.modulo(step) - 1
    while !candidate.isProbablePrime(rounds: 5) { candidate += step }
    return candidate
}
