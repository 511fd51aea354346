/// One record of the journal: its length and a checksum of both, then a byte for its kind and its fields.
enum JournalRecord: Equatable {
    /// An entity as it was when the journal was written anew.
    case entity(number: UInt32, EntityState)
    /// A change of an entity; with its name where it is new.
    case commit(number: UInt32, name: [UInt8]?, Commit)
    case remove(number: UInt32)
    /// The disk has all that is named before.
    case synchronised

    /// The byte that a record begins with.
    enum Kind: UInt8 { case entity = 1, commit, commitOfNew, remove, synchronised }

    func encode() -> [UInt8] {
        var writer = ByteWriter()
        switch self {
        case .entity(let number, let state):
            writer.put(Kind.entity.rawValue)
            writer.put(number)
            state.encode(into: &writer)
        case .commit(let number, let name, let commit):
            writer.put((name == nil ? Kind.commit : .commitOfNew).rawValue)
            writer.put(number)
            if let name { writer.put(name) }
            writer.put(UInt64(commit.count))
            writer.put(commit.fingerprint)
            writer.put(commit.spans)
            writer.put(commit.outputPages)
            commit.books?.encode(into: &writer)
        case .remove(let number):
            writer.put(Kind.remove.rawValue)
            writer.put(number)
        case .synchronised: writer.put(Kind.synchronised.rawValue)
        }
        return Frame.wrap(writer.bytes)
    }

    /// - Returns: nil where the bytes are no record.
    init?(_ body: ArraySlice<UInt8>, _ shape: CacheShape) {
        var reader = ByteReader(body)
        guard let kind = reader.number(UInt8.self).flatMap(Kind.init) else { return nil }
        switch kind {
        case .entity:
            guard let number = reader.number(UInt32.self), let state = EntityState(&reader, shape) else { return nil }
            self = .entity(number: number, state)
        case .commit, .commitOfNew:
            guard let number = reader.number(UInt32.self) else { return nil }
            let name = kind == .commitOfNew ? reader.blob() : nil
            guard (kind == .commitOfNew) == (name != nil), let commit = Commit(&reader) else { return nil }
            self = .commit(number: number, name: name, commit)
        case .remove:
            guard let number = reader.number(UInt32.self) else { return nil }
            self = .remove(number: number)
        case .synchronised: self = .synchronised
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
