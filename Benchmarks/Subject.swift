import Arithmetic
import Cryptography
import Paillier
import Residues

/// A key to be measured, and the reference's numbers of the same sizes. Recorded: it protects nothing.
struct Subject {
    let bits: Int
    let key: PrivateKey
    let path: KernelPath
    private let random = RecordedRandomSource(seed: Array("colonnade-bench".utf8))
    private var drawn = 0

    var cipher: PublicKey { key.cipher }
    let square: Integer
    /// As large as the square of a prime of the key; GMP takes the same time for every odd modulus of a size.
    let halfSquare: Integer

    init(bits: Int, path: KernelPath) throws {
        self.bits = bits
        self.path = path
        key = PrivateKey.insecureGenerate(bits: bits, from: try random.stream("key"), path: path)
        square = key.cipher.modulus * key.cipher.modulus
        let half = Integer(powerOfTwo: bits / 2) - 1
        halfSquare = half * half
    }

    mutating func stream() throws -> RandomStream {
        drawn += 1
        return try random.stream("\(drawn)")
    }

    /// Uniform integers of so many bits.
    mutating func integers(_ count: Int, bits: Int) throws -> [Integer] {
        let stream = try stream()
        return (0..<count).map { _ in Integer(bigEndian: stream.bytes((bits + 7) / 8)).lowBits(bits) }
    }

    /// Uniform signed integers of so many bits, the sign's included.
    mutating func matrix(rows: Int, columns: Int, signedBits bits: Int) throws -> Matrix<Int64> {
        let elements = try integers(rows * columns, bits: bits).map { $0.truncatingInt64 - 1 << Int64(bits - 1) }
        // The least value has no counterpart; a bound of 2^(bits - 1) excludes it.
        return Matrix(rows: rows, columns: columns, elements: elements.map { max($0, 1 - 1 << Int64(bits - 1)) })
    }

    mutating func encrypted(rows: Int, columns: Int, bits: Int) throws -> Matrix<Ciphertext> {
        let plaintexts = try integers(rows * columns, bits: bits)
        let noise = key.noise(count: plaintexts.count, from: try stream())
        return Matrix(rows: rows, columns: columns, elements: try key.encrypt(plaintexts, with: noise))
    }
}
