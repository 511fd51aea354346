internal import Arithmetic
internal import Paillier
internal import Shares
internal import Specification
internal import StatisticsWire

/// Frames as all roles write and read them.
extension Frame {
    /// Real numbers, each as its IEEE 754 bit pattern, big-endian.
    static func numbers(
        _ step: String, in phase: String, _ kind: Kind, _ shape: [Int], _ values: [Double]
    ) -> Frame {
        var payload = CanonicalWriter()
        payload.numbers(values)
        return Frame(header: CorrelationProtocol.header(step, in: phase, kind, shape), payload: payload.bytes)
    }

    /// Real numbers, `columns` in a row.
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
