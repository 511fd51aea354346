internal import Foundation

/// Numbers as text: Base64 of their bits, little-endian. A tenth of what decimal numbers take, and exact.
struct FloatText: Codable {
    let values: [Float]

    init(_ values: [Float]) { self.values = values }

    func encode(to encoder: any Encoder) throws {
        var bytes = Data(capacity: 4 * values.count)
        for value in values {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        var container = encoder.singleValueContainer()
        try container.encode(bytes.base64EncodedString())
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let bytes = Data(base64Encoded: try container.decode(String.self)), bytes.count.isMultiple(of: 4) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "numbers in Base64 are expected")
        }
        values = stride(from: 0, to: bytes.count, by: 4).map { start in
            let word = bytes[start..<start + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            return Float(bitPattern: word)
        }
    }
}
