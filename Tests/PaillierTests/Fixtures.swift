import Arithmetic
import Cryptography
import Paillier

/// Recorded keys, which protect nothing, made once.
enum Keys {
    static let small = PrivateKey.insecureGenerate(bits: 512, from: stream("small key"))
    static let real = PrivateKey.insecureGenerate(bits: 2048, from: stream("real key"))
}

/// The same bytes for the same name, every time.
func stream(_ name: String) -> RandomStream {
    guard let stream = try? RecordedRandomSource(seed: [7]).stream(name) else {
        preconditionFailure("a new source has used no name")
    }
    return stream
}

/// Integers of up to `bits` bits and either sign.
func randomIntegers(_ count: Int, bits: Int, from stream: RandomStream) -> [Integer] {
    (0..<count).map { _ in
        let bytes = stream.bytes(bits / 8 + 1)
        let magnitude = Integer(bigEndian: bytes).lowBits(bits)
        return bytes[0] & 1 == 0 ? magnitude : -magnitude
    }
}

/// The matrix product of plain integers.
func product(_ left: Matrix<Int64>, _ right: Matrix<Integer>) -> Matrix<Integer> {
    let elements = (0..<left.rows).flatMap { row in
        (0..<right.columns).map { column in
            (0..<left.columns).reduce(Integer(0)) { $0 + Integer(left[row, $1]) * right[$1, column] }
        }
    }
    return Matrix(rows: left.rows, columns: right.columns, elements: elements)
}

extension PrivateKey {
    /// Fresh encryptions with noise that serves them alone.
    func encrypt(_ plaintexts: [Integer], from stream: RandomStream) throws -> [Ciphertext] {
        try encrypt(plaintexts, with: noise(count: plaintexts.count, from: stream))
    }
}

extension PublicKey {
    /// Fresh encryptions as anybody makes them.
    func encrypt(_ plaintexts: [Integer], from stream: RandomStream) throws -> [Ciphertext] {
        try encrypt(plaintexts, with: noise(count: plaintexts.count, bits: keyBits / 2, from: stream))
    }

    /// Hides with noise that serves these ciphertexts alone.
    func hide(
        _ ciphertexts: [Ciphertext], adding plaintexts: [Integer], randomizerBits bits: Int, from stream: RandomStream
    ) throws -> [Ciphertext] {
        try hide(ciphertexts, adding: plaintexts, with: noise(count: ciphertexts.count, bits: bits, from: stream))
    }
}
