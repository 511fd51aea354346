internal import Arithmetic
internal import Paillier
internal import Shares
internal import Specification

/// Frames as all roles write and read them.
extension Frame {
    /// Real numbers, each as its IEEE 754 bit pattern, big-endian.
    static func numbers(
        _ step: String, in phase: String, _ kind: Kind, _ shape: [Int], _ values: [Double]
    ) -> Frame {
        var payload = CanonicalWriter()
        for value in values { payload.integer(value.bitPattern) }
        return Frame(header: CorrelationProtocol.header(step, in: phase, kind, shape), payload: payload.bytes)
    }

    /// - Throws: `ProtocolViolation` for another number of them, or one that is not finite.
    func numbers(from peer: Party, count: Int) throws(ProtocolViolation) -> [Double] {
        let values = payload.words.map { Double(bitPattern: $0) }
        guard payload.count == 8 * count, values.allSatisfy(\.isFinite) else {
            throw ProtocolViolation(header, from: peer, expected: "\(count) finite numbers", found: "something else")
        }
        return values
    }

    /// The same, `columns` in a row.
    func rows(from peer: Party, _ rows: Int, _ columns: Int) throws(ProtocolViolation) -> [[Double]] {
        let values = try numbers(from: peer, count: rows * columns)
        return (0..<rows).map { Array(values[$0 * columns..<($0 + 1) * columns]) }
    }

    /// Correlations: numbers whose magnitude is 1 at most, but for rounding.
    func correlations(from peer: Party, _ rows: Int, _ columns: Int) throws(ProtocolViolation) -> [[Double]] {
        let values = try self.rows(from: peer, rows, columns)
        try Self.require(values, header, from: peer)
        return values
    }

    /// - Throws: `ProtocolViolation` for a number that is no correlation.
    static func require(_ values: [[Double]], _ header: FrameHeader, from peer: Party) throws(ProtocolViolation) {
        guard values.allSatisfy({ $0.allSatisfy { abs($0) <= 1 + 1e-6 } }) else {
            throw ProtocolViolation(header, from: peer, expected: "correlations, -1 to 1", found: "another number")
        }
    }

    /// Elements of the ring modulo 2^128, big-endian.
    static func share(_ step: String, in phase: String, _ values: Matrix<Int128>) -> Frame {
        var payload = CanonicalWriter()
        for value in values.elements {
            payload.integer(UInt64(truncatingIfNeeded: value >> 64))
            payload.integer(UInt64(truncatingIfNeeded: value))
        }
        return Frame(
            header: CorrelationProtocol.header(step, in: phase, .maskedShare, [values.rows, values.columns]),
            payload: payload.bytes)
    }

    /// - Throws: `ProtocolViolation` for another number of elements.
    func share(from peer: Party, _ rows: Int, _ columns: Int) throws(ProtocolViolation) -> Matrix<Int128> {
        guard payload.count == 16 * rows * columns else {
            throw ProtocolViolation(
                header, from: peer, expected: "\(rows) x \(columns) elements", found: "\(payload.count) bytes")
        }
        let words = payload.words
        let elements = (0..<rows * columns).map { place in
            Int128(truncatingIfNeeded: UInt128(words[2 * place]) << 64 | UInt128(words[2 * place + 1]))
        }
        return Matrix(rows: rows, columns: columns, elements: elements)
    }
}

extension AdditiveCipher {
    /// The ciphertexts of a frame.
    ///
    /// - Throws: ``CorrelationError/invalidCiphertext(of:step:_:)``, `PaillierError.cancelled`.
    func ciphertexts(_ frame: Frame, from peer: Party, count: Int) throws -> [Ciphertext] {
        do { return try decode(frame.payload, count: count) } catch {
            if error == .cancelled { throw error }
            throw CorrelationError.invalidCiphertext(of: peer, step: frame.header.step, error)
        }
    }
}

extension [UInt8] {
    /// Big-endian words of 64 bits; bytes that are left over are left out.
    fileprivate var words: [UInt64] {
        stride(from: 0, to: count - count % 8, by: 8).map { start in
            self[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
        }
    }
}
