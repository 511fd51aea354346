import Foundation

/// Keys and queries of a transformer's heads, as a file keeps them for tests and benchmarks: "KEYS", then heads, keys, queries and elements
/// as 32-bit integers, then for each head its keys and its queries as 16-bit floats, all little-endian.
package struct MeasuredHeads: Sendable {
    /// One head of one layer.
    package struct Head: Sendable {
        /// Keys x dimension.
        package let keys: [Float]
        /// Queries x dimension.
        package let queries: [Float]
    }

    /// Layer after layer.
    package let heads: [Head]
    /// Elements of a key.
    package let dimension: Int
    /// Keys of a head.
    package let count: Int

    /// Why a file is not one.
    package struct Malformed: Error, CustomStringConvertible {
        package let description: String
    }

    private static let header = 20

    /// Throws ``Malformed``, or what reading a file throws.
    package init(reading path: String) throws {
        let file = URL(filePath: path)
        let data = try Data(contentsOf: file)
        guard data.count >= Self.header, data.prefix(4) == Data("KEYS".utf8) else {
            throw Malformed(description: "\(file.path) is not a file of keys: make one with make_keys.py")
        }
        let sizes = (0..<4).map { i in
            data.withUnsafeBytes {
                Int(UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: 4 + 4 * i, as: UInt32.self)))
            }
        }
        let (count, queries, dimension) = (sizes[1], sizes[2], sizes[3])
        // In floating point: sizes that a file only claims may be too large for an integer.
        let claimed = Double(Self.header) + 2 * Double(sizes[0]) * Double(dimension) * (Double(count) + Double(queries))
        guard Double(data.count) == claimed else {
            throw Malformed(
                description:
                    "\(file.path) has \(data.count) bytes, and by its header \(claimed): make it again with make_keys.py"
            )
        }
        (self.count, self.dimension) = (count, dimension)
        heads = (0..<sizes[0]).map { head in
            let start = head * (count + queries) * dimension
            return Head(
                keys: Self.floats(data, start, count * dimension),
                queries: Self.floats(data, start + count * dimension, queries * dimension))
        }
    }

    private static func floats(_ data: Data, _ start: Int, _ count: Int) -> [Float] {
        data.withUnsafeBytes { bytes in
            (start..<start + count).map {
                let bits = bytes.loadUnaligned(fromByteOffset: header + 2 * $0, as: UInt16.self)
                return Float(Float16(bitPattern: UInt16(littleEndian: bits)))
            }
        }
    }
}
