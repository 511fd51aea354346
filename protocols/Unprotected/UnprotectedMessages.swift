internal import Arithmetic
internal import Models
internal import Specification

/// A round as its frames name it.
struct UnprotectedRound {
    let phase: UnprotectedPhase
    let number: Int
}

/// Counts rounds as the guard does: within each phase, over the whole session.
struct UnprotectedProgress {
    private var begun: [UnprotectedPhase: Int] = [:]

    mutating func begin(_ phase: UnprotectedPhase) -> UnprotectedRound {
        defer { begun[phase, default: 0] += 1 }
        return UnprotectedRound(phase: phase, number: begun[phase, default: 0])
    }
}

/// Frames that carry a matrix of doubles, row by row, each as its IEEE 754 bit pattern, big-endian.
enum UnprotectedMessages {
    /// - Throws: ``UnprotectedError/notFinite(step:)``.
    static func frame(
        _ step: String, _ round: UnprotectedRound, _ matrix: Matrix<Double>
    ) throws(UnprotectedError) -> Frame {
        guard matrix.elements.allSatisfy(\.isFinite) else { throw .notFinite(step: step) }
        var payload = CanonicalWriter()
        for value in matrix.elements { payload.integer(value.bitPattern) }
        return Frame(
            header: FrameHeader(
                protocolName: UnprotectedProtocol.specification.name, phase: round.phase.rawValue, round: round.number,
                step: step, kind: .plain, shape: [matrix.rows, matrix.columns]),
            payload: payload.bytes)
    }

    /// - Throws: ``ProtocolViolation`` where the payload is not `rows` times `columns` finite numbers.
    static func matrix(
        in frame: Frame, from peer: Party, rows: Int, columns: Int
    ) throws(ProtocolViolation) -> Matrix<Double> {
        let bytes = frame.payload
        guard bytes.count == rows * columns * 8 else {
            throw ProtocolViolation(
                frame.header, from: peer, expected: "\(rows) x \(columns) numbers", found: "\(bytes.count) bytes")
        }
        let values = stride(from: 0, to: bytes.count, by: 8).map { start in
            Double(bitPattern: bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) })
        }
        guard values.allSatisfy(\.isFinite) else {
            throw ProtocolViolation(
                frame.header, from: peer, expected: "finite numbers", found: "an infinity or not a number")
        }
        return Matrix(rows: rows, columns: columns, elements: values)
    }
}

extension Matrix<Double> {
    /// - Throws: ``UnprotectedError/shape(of:rows:columns:)`` where a derivative by Z has another shape.
    func requireShape(rows: Int, columns: Int) throws(UnprotectedError) {
        guard self.rows == rows, self.columns == columns else {
            throw .shape(of: "dZ", rows: self.rows, columns: self.columns)
        }
    }
}

extension PlainSource {
    /// Z of a batch, as far as this party's columns and fields go.
    /// - Throws: ``UnprotectedError/shape(of:rows:columns:)`` where the batch is empty, or has other columns or fields
    ///   than the layer.
    func product(with batch: SourceRows) throws(UnprotectedError) -> Matrix<Double> {
        guard batch.rows > 0, batch.numbers.columns == columns else {
            throw .shape(of: "X", rows: batch.rows, columns: batch.numbers.columns)
        }
        guard batch.lookups.columns == fields else {
            throw .shape(of: "the lookups", rows: batch.rows, columns: batch.lookups.columns)
        }
        return self(batch)
    }
}
