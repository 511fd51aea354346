public import Arithmetic

/// Draws initial weights from a stream of bytes: equal bytes give equal weights, in every run and on every machine.
public struct Initializer {
    private let bytes: (Int) throws -> [UInt8]

    /// - Parameter bytes: gives the next so many bytes, uniform and independent.
    public init(bytes: @escaping (Int) throws -> [UInt8]) { self.bytes = bytes }

    /// Independent uniform values in `-bound ..< bound`, row by row: 8 bytes each, little-endian, of which the upper 53
    /// bits count.
    ///
    /// - Throws: what the stream throws.
    public func uniform(rows: Int, columns: Int, bound: Double) throws -> Matrix<Double> {
        let elements = try (0..<rows * columns).map { _ in
            let draw = try bytes(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return (Double(draw >> 11) * 0x1p-52 - 1) * bound
        }
        return Matrix(rows: rows, columns: columns, elements: elements)
    }
}
