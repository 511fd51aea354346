extension Codebook {
    /// Bytes of a code book of a shape.
    package static func byteCount(_ shape: QuantisedShape) -> Int { shape.floatCount * MemoryLayout<Float>.size }

    /// The centroids' bits, little-endian: what a file keeps. The shape is kept elsewhere.
    package var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.byteCount(shape)) { bytes, count in
            for (i, element) in centroids.enumerated() {
                withUnsafeBytes(of: element.bitPattern.littleEndian) { bits in
                    for k in bits.indices { bytes.initializeElement(at: bits.count * i + k, to: bits[k]) }
                }
            }
            count = bytes.count
        }
    }

    /// The code book that ``bytes`` are of.
    ///
    /// - Returns: nil where the bytes are not of the shape's size, or a float is not finite.
    package init?(bytes: UnsafeRawBufferPointer, _ shape: QuantisedShape) {
        guard shape.problems.isEmpty, bytes.count == Self.byteCount(shape) else { return nil }
        let centroids = (0..<shape.floatCount).map { i in
            Float(
                bitPattern: UInt32(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: MemoryLayout<UInt32>.size * i, as: UInt32.self)))
        }
        guard centroids.allSatisfy(\.isFinite) else { return nil }
        self.init(centroids: centroids, shape)
    }
}

/// As its shape and its bytes.
extension Codebook: Codable {
    private enum Field: CodingKey { case shape, bytes }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Field.self)
        let shape = try fields.decode(QuantisedShape.self, forKey: .shape)
        let bytes = try fields.decode([UInt8].self, forKey: .bytes)
        guard let codebook = bytes.withUnsafeBytes({ Codebook(bytes: $0, shape) }) else {
            throw DecodingError.dataCorruptedError(
                forKey: .bytes, in: fields, debugDescription: "not finite floats of the shape's number")
        }
        self = codebook
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Field.self)
        try fields.encode(shape, forKey: .shape)
        try fields.encode(bytes, forKey: .bytes)
    }
}
