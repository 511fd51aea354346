/// Cuts a stream of bytes into envelopes. Never allocates for a length that is not allowed.
package struct EnvelopeParser {
    private var header: [UInt8] = []
    /// What the header announced, while the body comes in.
    private var announced: (kind: Envelope.Kind, length: Int)?
    private var body: [UInt8] = []
    /// Whether messages may come: not before the link is open, so that nobody can make this side hold one.
    package var acceptsData = false

    package init() {}

    /// Takes bytes off the front of `bytes` until they complete an envelope; nil when all are used up before.
    package mutating func next(from bytes: inout ArraySlice<UInt8>) throws(EnvelopeError) -> Envelope? {
        if announced == nil {
            header += bytes.popPrefix(Envelope.headerSize - header.count)
            guard header.count == Envelope.headerSize else { return nil }
            let (kind, length) = try readHeader()
            announced = (kind, length)
            header = []
            body.reserveCapacity(length)
        }
        guard let (kind, length) = announced else { return nil }
        body += bytes.popPrefix(length - body.count)
        guard body.count == length else { return nil }
        announced = nil
        defer { body = [] }
        return try Envelope(kind, body: body)
    }

    private func readHeader() throws(EnvelopeError) -> (Envelope.Kind, Int) {
        let length = header[..<4].reduce(0) { $0 << 8 | Int($1) }
        guard let kind = Envelope.Kind(rawValue: header[4]) else { throw .unknownKind(header[4]) }
        guard length <= kind.limit else { throw .tooLong(kind, length: length) }
        guard kind != .data || acceptsData else { throw .unexpected(kind) }
        return (kind, length)
    }
}

extension ArraySlice<UInt8> {
    /// Takes up to `count` elements off the front.
    fileprivate mutating func popPrefix(_ count: Int) -> ArraySlice<UInt8> {
        let prefix = self.prefix(count)
        self = dropFirst(prefix.count)
        return prefix
    }
}
