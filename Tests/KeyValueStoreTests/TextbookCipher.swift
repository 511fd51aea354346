/// AES-128 as FIPS 197 writes it down, one byte after the other.
struct TextbookCipher {
    private static let substitution: [UInt8] = (0..<256).map { byte in
        let inverse = (0..<256).first { product(UInt8($0), UInt8(byte)) == 1 }.map { UInt8($0) } ?? 0
        func rotated(_ bits: Int) -> UInt8 { inverse << bits | inverse >> (8 - bits) }
        return (1...4).reduce(inverse ^ 0x63) { $0 ^ rotated($1) }
    }

    private let roundKeys: [[UInt8]]

    init(key: [UInt8]) {
        var words = (0..<4).map { Array(key[4 * $0..<4 * $0 + 4]) }
        var constant: UInt8 = 1
        for index in 4..<44 {
            var word = words[index - 1]
            if index % 4 == 0 {
                word = (word[1...] + word[..<1]).map { Self.substitution[Int($0)] }
                word[0] ^= constant
                constant = Self.product(constant, 2)
            }
            words.append(zip(words[index - 4], word).map { $0 ^ $1 })
        }
        roundKeys = (0...10).map { Array(words[4 * $0..<4 * $0 + 4].joined()) }
    }

    func encrypt(_ block: [UInt8]) -> [UInt8] {
        var state = block ^ roundKeys[0]
        for round in 1...10 {
            state = state.map { Self.substitution[Int($0)] }
            state = (0..<16).map { state[($0 + 4 * ($0 % 4)) % 16] }
            if round < 10 {
                state = (0..<16).map { index in
                    let column = (0..<4).map { state[index / 4 * 4 + (index + $0) % 4] }
                    return Self.product(2, column[0]) ^ Self.product(3, column[1]) ^ column[2] ^ column[3]
                }
            }
            state = state ^ roundKeys[round]
        }
        return state
    }

    /// In GF(2^8) modulo x^8 + x^4 + x^3 + x + 1.
    private static func product(_ a: UInt8, _ b: UInt8) -> UInt8 {
        var (power, sum) = (a, UInt8(0))
        for bit in 0..<8 {
            if b >> bit & 1 == 1 { sum ^= power }
            power = power << 1 ^ (power >> 7 == 1 ? 0x1b : 0)
        }
        return sum
    }
}

func ^ (left: [UInt8], right: [UInt8]) -> [UInt8] { zip(left, right).map { $0 ^ $1 } }
