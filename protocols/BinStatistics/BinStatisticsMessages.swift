internal import Arithmetic
internal import Paillier
internal import Shares
internal import Specification
internal import StatisticsWire

/// Frames as both roles write and read them.
extension BinStatisticsParameters {
    func header(_ step: String, _ kind: Kind, _ shape: [Int], under packing: Packing? = nil) -> FrameHeader {
        FrameHeader(
            protocolName: BinStatisticsProtocol.specification.name, phase: phase, round: 0, step: step, kind: kind,
            keyOwner: packing == nil ? nil : label, shape: shape, slotBits: packing?.slotBits ?? 0,
            slots: packing?.slots ?? 0)
    }

    /// A size that is announced.
    func size(_ step: String, _ count: Int) -> Frame {
        var payload = CanonicalWriter()
        payload.count(count)
        return Frame(header: header(step, .shape, [count]), payload: payload.bytes)
    }

    /// - Throws: `ProtocolViolation` for a size outside its limits.
    func size(_ frame: Frame, from peer: Party, in limits: ClosedRange<Int>) throws(ProtocolViolation) -> Int {
        var reader = CanonicalReader(frame.payload)
        guard let count = try? reader.count(), reader.remaining == 0, limits.contains(count) else {
            throw ProtocolViolation(
                frame.header, from: peer, expected: "\(limits.lowerBound) to \(limits.upperBound)",
                found: "another number")
        }
        return count
    }

    /// Real numbers, each as its IEEE 754 bit pattern, big-endian.
    func numbers(_ step: String, _ kind: Kind, _ shape: [Int], _ values: [Double]) -> Frame {
        var payload = CanonicalWriter()
        payload.numbers(values)
        return Frame(header: header(step, kind, shape), payload: payload.bytes)
    }

    /// Elements of the ring modulo 2^64, big-endian.
    func share(_ step: String, _ values: Matrix<Int64>) -> Frame {
        var payload = CanonicalWriter()
        for value in values.elements { payload.signed(value) }
        return Frame(header: header(step, .maskedShare, [values.rows, values.columns]), payload: payload.bytes)
    }

    /// - Throws: `ProtocolViolation` for another number of elements.
    func share(_ frame: Frame, from peer: Party, rows: Int) throws(ProtocolViolation) -> Matrix<Int64> {
        guard frame.payload.count == 16 * rows else {
            throw ProtocolViolation(
                frame.header, from: peer, expected: "\(rows) x 2 elements", found: "\(frame.payload.count) bytes")
        }
        return Matrix(rows: rows, columns: 2, elements: frame.payload.words.map { Int64(bitPattern: $0) })
    }
}
