/// One record of the journal: its length and a checksum of both, then a byte for its kind and its fields.
enum JournalRecord: Equatable {
    /// An entity as it was when the journal was written anew.
    case entity(number: UInt32, EntityState)
    /// A change of an entity; with its name where it is new.
    case commit(number: UInt32, name: [UInt8]?, Commit)
    case remove(number: UInt32)
    /// The disk has all that is named before.
    case synchronised

    func encode() -> [UInt8] {
        var writer = ByteWriter()
        switch self {
        case .entity(let number, let state):
            writer.put(UInt8(1))
            writer.put(number)
            state.encode(into: &writer)
        case .commit(let number, let name, let commit):
            writer.put(UInt8(name == nil ? 2 : 3))
            writer.put(number)
            if let name { writer.put(name) }
            writer.put(UInt64(commit.count))
            writer.put(commit.fingerprint)
            writer.put(commit.spans)
            writer.put(commit.outputPages)
            commit.books?.encode(into: &writer)
        case .remove(let number):
            writer.put(UInt8(4))
            writer.put(number)
        case .synchronised: writer.put(UInt8(5))
        }
        return Frame.wrap(writer.bytes)
    }

    /// - Returns: nil where the bytes are no record.
    init?(_ body: ArraySlice<UInt8>, _ shape: CacheShape) {
        var reader = ByteReader(body)
        guard let kind = reader.number(UInt8.self) else { return nil }
        switch kind {
        case 1:
            guard let number = reader.number(UInt32.self), let state = EntityState(&reader, shape) else { return nil }
            self = .entity(number: number, state)
        case 2, 3:
            guard let number = reader.number(UInt32.self) else { return nil }
            let name = kind == 3 ? reader.blob() : nil
            guard (kind == 3) == (name != nil), let commit = Commit(&reader) else { return nil }
            self = .commit(number: number, name: name, commit)
        case 4:
            guard let number = reader.number(UInt32.self) else { return nil }
            self = .remove(number: number)
        case 5: self = .synchronised
        default: return nil
        }
        guard reader.isAtEnd else { return nil }
    }
}

extension Commit {
    /// The rest of a record.
    fileprivate init?(_ reader: inout ByteReader) {
        guard let count = reader.number(UInt64.self), let count = Int(exactly: count),
            let fingerprint = reader.blob(), let spans = reader.pages(), let outputPages = reader.pages()
        else { return nil }
        self.init(count: count, fingerprint: fingerprint, spans: spans, outputPages: outputPages)
        guard !reader.isAtEnd else { return }
        guard let kept = KeptBooks(&reader) else { return nil }
        books = kept
    }
}

/// Bytes of the journal between two lengths.
enum Frame {
    /// Bytes before a record's body: its length, and the checksum of length and body.
    static let overhead = 8
    /// No body is longer.
    static let limit = 1 << 30

    static func wrap(_ body: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        writer.put(UInt32(body.count))
        let checksum = Checksum.of(writer.bytes + body)
        writer.put(checksum)
        return writer.bytes + body
    }

    /// The body of the frame that begins at `place`; nil where there is no whole one.
    static func body(in bytes: [UInt8], at place: Int) -> ArraySlice<UInt8>? {
        var reader = ByteReader(bytes[place...])
        guard let length = reader.number(UInt32.self), length <= limit, let checksum = reader.number(UInt32.self),
            let body = reader.take(Int(length)), Checksum.of(bytes[place..<place + 4] + body) == checksum
        else { return nil }
        return body
    }
}
