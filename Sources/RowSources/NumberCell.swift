/// What a cell says when it is read as a number.
package enum NumberCell: Equatable {
    /// Nothing, or nothing but spaces.
    case missing
    /// A finite decimal number.
    case value(Double)
    /// "nan", "inf" or "infinity" in any case and with any sign, or a decimal number beyond the range of Double.
    case notFinite
    case text

    /// Reads sign, digits, fraction and exponent, correctly rounded; spaces around them are allowed.
    package init(_ bytes: ArraySlice<UInt8>) {
        let cell = bytes.trimmingSpaces()
        guard !cell.isEmpty else {
            self = .missing
            return
        }
        var scanner = Scanner(rest: cell)
        let negative = scanner.sign()
        let whole = scanner.digits()
        let fraction = scanner.skip(".") ? scanner.digits() : 0
        guard whole + fraction > 0 else {
            self = Self.word(scanner.rest)
            return
        }
        // Both operands are exact, so that the one division rounds correctly (Clinger, PLDI 1990).
        if scanner.rest.isEmpty && scanner.isExact && fraction < Self.powersOfTen.count {
            let value = Double(scanner.mantissa) / Self.powersOfTen[fraction]
            self = .value(negative ? -value : value)
            return
        }
        if scanner.skip("e") || scanner.skip("E") {
            _ = scanner.sign()
            guard scanner.digits() > 0 else {
                self = .text
                return
            }
        }
        guard scanner.rest.isEmpty, let value = Double(String(decoding: cell, as: UTF8.self)) else {
            self = .text
            return
        }
        self = value.isFinite ? .value(value) : .notFinite
    }

    /// The number of a cell as most are written, without an allocation: a sign or none, digits, a point or none, no more than 15 digits in
    /// all. `nil` of all others, which the long way reads, and to the same value.
    package static func plainDecimal(_ cell: UnsafeBufferPointer<UInt8>) -> Double? {
        var place = 0
        let isNegative = cell.first == UInt8(ascii: "-")
        if isNegative { place = 1 }
        guard cell.count - place <= 16 else { return nil }
        var (mantissa, digits, point) = (Int64(0), 0, -1)
        while place < cell.count {
            let byte = cell[place]
            if case let digit = byte &- UInt8(ascii: "0"), digit < 10 {
                mantissa = mantissa &* 10 &+ Int64(digit)
                digits += 1
            } else if byte == UInt8(ascii: "."), point < 0 {
                point = digits
            } else {
                return nil
            }
            place += 1
        }
        guard 1...15 ~= digits else { return nil }
        // Both operands are exact, so that the one division rounds correctly (Clinger, PLDI 1990).
        let value = point < 0 ? Double(mantissa) : Double(mantissa) / powersOfTen[digits - point]
        return isNegative ? -value : value
    }

    private static let powersOfTen: [Double] = (0...22).map { (0..<$0).reduce(1.0) { power, _ in power * 10 } }

    private static func word(_ rest: ArraySlice<UInt8>) -> NumberCell {
        switch String(decoding: rest, as: UTF8.self).lowercased() {
        case "nan", "inf", "infinity": .notFinite
        default: .text
        }
    }

    private struct Scanner {
        var rest: ArraySlice<UInt8>
        var mantissa: UInt64 = 0
        /// Whether `mantissa` holds every digit so far and is below 2^53.
        var isExact = true

        /// Passes a sign; true where it is a minus.
        mutating func sign() -> Bool {
            if skip("-") { return true }
            _ = skip("+")
            return false
        }

        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest = rest.dropFirst()
            return true
        }

        /// Passes digits and appends them to `mantissa`; returns how many.
        mutating func digits() -> Int {
            var position = rest.startIndex
            while position < rest.endIndex, case let digit = rest[position] &- UInt8(ascii: "0"), digit < 10 {
                if mantissa < (1 << 53) / 10 {
                    mantissa = mantissa * 10 + UInt64(digit)
                } else {
                    isExact = false
                }
                position += 1
            }
            defer { rest = rest[position...] }
            return position - rest.startIndex
        }
    }
}

extension ArraySlice<UInt8> {
    /// Without spaces and tabs at both ends.
    package func trimmingSpaces() -> ArraySlice<UInt8> {
        func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else {
            return self[startIndex..<startIndex]
        }
        return self[first...last]
    }
}
