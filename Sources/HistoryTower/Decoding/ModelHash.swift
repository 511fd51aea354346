internal import Cryptography

extension HistoryTower {
    /// SHA-256, as 64 lower-case hexadecimal digits, of all that determines what the tower makes of events: sizes, schema, the parameters
    /// of a tower that reads, and its tables. What was kept under another hash is another tower's.
    ///
    /// How it learns (dropout, what it predicts and with which parameters, its optimiser) has no part in it. Reads all parameters; of large
    /// fields' tables their hashes alone.
    public var modelHash: String {
        var hash = SHA256()
        hash.update(Array("colonnade history tower 1\0".utf8))
        for size in [shape.width, shape.layers, shape.heads, shape.outputs, shape.events, schema.fields.count] {
            hash.update(bytes(UInt64(size)))
        }
        hash.update(bytes(schema.timeUnit.bitPattern))
        for field in schema.fields {
            hash.update(bytes(UInt64(field.name.utf8.count)) + Array(field.name.utf8))
            hash.update(bytes(UInt64(field.codes)) + [field.isNumber ? 1 : 0])
        }
        hash.update(bytes(UInt64(tables.count)))
        for table in tables { hash.update(Array(table.hash.utf8)) }
        let count = TowerGraph.shared(shape, schema)
        for start in stride(from: 0, to: count, by: Self.hashedAtOnce) {
            hash.update(bytes(parameters[start..<min(start + Self.hashedAtOnce, count)]))
        }
        return hash.digest().hexadecimal
    }

    private static let hashedAtOnce = 1 << 16
}

/// A number as its bytes, little-endian.
private func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
}

private func bytes(_ numbers: ArraySlice<Float>) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 4 * numbers.count) { buffer, filled in
        for (place, number) in numbers.enumerated() {
            UnsafeMutableRawBufferPointer(buffer).storeBytes(
                of: number.bitPattern.littleEndian, toByteOffset: 4 * place, as: UInt32.self)
        }
        filled = 4 * numbers.count
    }
}
