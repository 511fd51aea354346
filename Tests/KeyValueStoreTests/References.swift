import Cryptography
import KeyValueStore

/// A key's row as the library's README defines it.
struct ReferenceRow {
    let start: Int
    let band: [UInt8]
    let value: UInt64

    init(key: ArraySlice<UInt8>, seed: [UInt8], slots: Int) {
        let cipher = TextbookCipher(key: seed)
        let folded = cipher.encrypt(Array(key.prefix(16))) ^ Array(key.suffix(16))
        let blocks = (0..<3).map { label in
            let input = folded ^ ([UInt8(label)] + [UInt8](repeating: 0, count: 15))
            return cipher.encrypt(input) ^ input
        }
        func word(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
        start = Int(UInt64(slots - 255).multipliedFullWidth(by: word(blocks[0][..<8])).high)
        value = word(blocks[0][8...])
        band = blocks[1] + blocks[2]
    }

    /// The row over all slots.
    func vector(slots: Int) -> BitVector {
        var vector = BitVector(count: slots)
        for bit in 0..<256 where band[bit / 8] >> (bit % 8) & 1 == 1 { vector.flip(start + bit) }
        return vector
    }
}

/// A vector over GF(2).
struct BitVector: Equatable {
    private(set) var words: [UInt64]

    init(count: Int) { words = [UInt64](repeating: 0, count: (count + 63) / 64) }

    init(words: [UInt64]) { self.words = words }

    mutating func flip(_ place: Int) { words[place / 64] ^= 1 << (place % 64) }

    func contains(_ place: Int) -> Bool { words[place / 64] >> (place % 64) & 1 == 1 }

    var first: Int? {
        words.firstIndex { $0 != 0 }.map { 64 * $0 + words[$0].trailingZeroBitCount }
    }

    static func ^= (left: inout BitVector, right: BitVector) {
        for index in left.words.indices { left.words[index] ^= right.words[index] }
    }

    /// The sum of the elements where the vector has ones.
    func sum(of elements: [UInt64]) -> UInt64 {
        elements.indices.reduce(0) { contains($1) ? $0 ^ elements[$1] : $0 }
    }
}

/// Where the rows of the echelon form begin: as many as the rank, and the same ones in whatever order rows come.
func pivots(_ rows: [BitVector]) -> Set<Int> {
    var echelon: [Int: BitVector] = [:]
    for row in rows {
        var row = row
        while let first = row.first {
            guard let other = echelon[first] else {
                echelon[first] = row
                break
            }
            row ^= other
        }
    }
    return Set(echelon.keys)
}

extension BandRows {
    /// The rows as they are read from stores: 64 slots at a time hold a bit each.
    var vectors: [BitVector] {
        var words = [[UInt64]](repeating: [], count: count)
        for first in stride(from: 0, to: slots.count, by: 64) {
            let store = (0..<slots.count).map { first..<first + 64 ~= $0 ? UInt64(1) << ($0 - first) : 0 }
            for (key, word) in decode(store).enumerated() { words[key].append(word) }
        }
        return words.map(BitVector.init(words:))
    }
}

extension RandomStream {
    func words(_ count: Int) -> [UInt64] {
        let bytes = bytes(8 * count)
        return (0..<count).map { index in
            bytes[8 * index..<8 * index + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
    }
}

/// Numbers from a stream.
struct StreamGenerator: RandomNumberGenerator {
    let stream: RandomStream

    func next() -> UInt64 { stream.words(1)[0] }
}

/// Randomness that is the same in every run.
struct Fixture {
    private let source: KeyedRandomSource

    init(_ number: UInt8 = 0) throws {
        source = try KeyedRandomSource(key: SecretBytes(copying: [UInt8](repeating: number, count: 32)))
    }

    func stream(_ name: String) throws -> RandomStream { try source.stream(name) }

    func keys(_ count: Int) throws -> [UInt8] { try stream("keys").bytes(32 * count) }

    func seed() throws -> [UInt8] { try stream("seed").bytes(16) }
}

/// How far the counts of byte values are from uniform, in standard deviations of chi-square's distribution.
func excess(_ words: [UInt64]) -> Double {
    var counts = [Double](repeating: 0, count: 256)
    for word in words { for shift in stride(from: 0, to: 64, by: 8) { counts[Int(word >> shift & 255)] += 1 } }
    let expected = Double(8 * words.count) / 256
    let chiSquare = counts.reduce(0) { $0 + ($1 - expected) * ($1 - expected) / expected }
    return (chiSquare - 255) / (2 * 255).squareRoot()
}
