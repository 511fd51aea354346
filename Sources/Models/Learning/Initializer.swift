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
            // 53 bits as 0 ..< 2, exactly.
            (Double(try draw()) * 0x1p-52 - 1) * bound
        }
        return Matrix(rows: rows, columns: columns, elements: elements)
    }

    /// The same, by their standard deviation: a uniform value in ±b has b / √3.
    ///
    /// - Throws: what the stream throws.
    func uniform(rows: Int, columns: Int, deviation: Double) throws -> Matrix<Double> {
        try uniform(rows: rows, columns: columns, bound: deviation * 3.0.squareRoot())
    }

    /// The numbers below `count` in random order (Fisher and Yates), one draw for each but the first.
    ///
    /// - Throws: what the stream throws.
    func order(of count: Int) throws -> [Int] {
        var order = Array(0..<count)
        for last in stride(from: count - 1, to: 0, by: -1) {
            // Uniform up to 2^-53 (last + 1): order is no secret.
            order.swapAt(last, Int(Double(try draw()) * 0x1p-53 * Double(last + 1)))
        }
        return order
    }

    /// A number from which another generator begins: the next 8 bytes, little-endian.
    ///
    /// - Throws: what the stream throws.
    public func seed() throws -> UInt64 { try bytes(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }

    /// 53 uniform bits.
    private func draw() throws -> UInt64 {
        try seed() >> 11
    }
}
