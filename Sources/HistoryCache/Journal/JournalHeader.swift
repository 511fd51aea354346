/// What the journal begins with: whose histories these are.
struct JournalHeader: Equatable {
    static let version: UInt32 = 2
    private static let magic = Array("colonnade/history-cache".utf8)

    /// The start of the machine in which the journal was begun.
    var boot: String
    var model: String
    var shape: CacheShape
    /// Records of entities that follow at once.
    var entities: Int

    func encode() -> [UInt8] {
        var writer = ByteWriter()
        writer.put(Self.magic)
        writer.put(Self.version)
        writer.put(Array(boot.utf8))
        writer.put(Array(model.utf8))
        for number in [
            shape.layers, shape.heads, shape.queriesPerHead, shape.dimension, shape.outputs, shape.events,
            shape.subspaces, shape.bits, shape.rest.rawValue,
        ] { writer.put(Int64(number)) }
        writer.put(shape.budget.bitPattern)
        writer.put(UInt64(entities))
        return Frame.wrap(writer.bytes)
    }

    /// Reads it from the journal at `path`.
    ///
    /// - Throws: where it is damaged, or of another version.
    init(_ bytes: [UInt8], path: String) throws(HistoryCacheError) {
        guard let body = Frame.body(in: bytes, at: 0) else {
            throw .damaged(path: path, offset: 0, problem: "its beginning is torn, or is no journal of histories")
        }
        var reader = ByteReader(body)
        guard reader.blob() == Self.magic, let version = reader.number(UInt32.self) else {
            throw .damaged(path: path, offset: 0, problem: "it is no journal of histories")
        }
        guard version == Self.version else {
            throw .otherVersion(path: path, found: Int(version), expected: Int(Self.version))
        }
        guard let header = Self(&reader), reader.isAtEnd, header.shape.problems.isEmpty else {
            throw .damaged(path: path, offset: 0, problem: "its beginning names no shape that a store can have")
        }
        self = header
    }

    private init?(_ reader: inout ByteReader) {
        guard let boot = reader.blob(), let model = reader.blob() else { return nil }
        var numbers: [Int] = []
        for _ in 0..<9 {
            guard let number = reader.number(Int64.self) else { return nil }
            numbers.append(Int(number))
        }
        guard let budget = reader.number(UInt64.self), let entities = reader.number(UInt64.self),
            let entities = Int(exactly: entities), let rest = CacheShape.Rest(rawValue: numbers[8])
        else { return nil }
        shape = CacheShape(
            layers: numbers[0], heads: numbers[1], queriesPerHead: numbers[2], dimension: numbers[3],
            outputs: numbers[4], events: numbers[5], budget: Double(bitPattern: budget), rest: rest,
            subspaces: numbers[6], bits: numbers[7])
        (self.boot, self.model) = (String(decoding: boot, as: UTF8.self), String(decoding: model, as: UTF8.self))
        self.entities = entities
    }

    init(boot: String, model: String, shape: CacheShape, entities: Int) {
        (self.boot, self.model, self.shape, self.entities) = (boot, model, shape, entities)
    }
}
