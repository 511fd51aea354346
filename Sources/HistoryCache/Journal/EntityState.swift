/// What a store knows of one entity's history: all that the journal holds of it.
struct EntityState: Equatable {
    let name: [UInt8]
    /// Events that count.
    private(set) var count = 0
    private(set) var fingerprint = [UInt8](repeating: 0, count: fingerprintBytes)
    /// The page of each span that is in sight, and of the sink's.
    private(set) var spans = SpanList()
    /// The page of each 128 events' outputs.
    private(set) var outputPages: [UInt32] = []
    private(set) var books: KeptBooks?

    static let fingerprintBytes = 32
    /// The places of events are chosen as numbers of 32 bits.
    private static let limit = 1 << 31

    init(name: [UInt8]) { self.name = name }

    /// Pages that a change leaves without use.
    struct Released {
        var spans: [UInt32] = []
        var outputs: [UInt32] = []
        var books: [UInt32] = []

        mutating func add(_ other: Released) {
            spans += other.spans
            outputs += other.outputs
            books += other.books
        }
    }

    /// All its pages.
    var pages: Released {
        Released(spans: spans.pages, outputs: outputPages, books: books.map { [$0.page] } ?? [])
    }

    /// What a commit would make of it.
    ///
    /// - Returns: nil where the commit does not fit to the state.
    func after(_ commit: Commit, _ shape: CacheShape) -> (state: EntityState, released: Released)? {
        guard commit.count >= count, commit.count <= Self.limit, commit.fingerprint.count == Self.fingerprintBytes
        else {
            return nil
        }
        var next = self
        (next.count, next.fingerprint) = (commit.count, commit.fingerprint)
        next.spans.append(commit.spans)
        next.outputPages += commit.outputPages
        guard next.isWhole(shape) else { return nil }
        var released = Released()
        if let books = commit.books {
            guard books.variant < 2 else { return nil }
            if let old = next.books { released.books = [old.page] }
            next.books = books
        }
        released.spans = next.spans.drop(before: shape.firstSpanInSight(commit.count))
        return (next, released)
    }

    /// Whether there are as many pages as events need.
    private func isWhole(_ shape: CacheShape) -> Bool {
        spans.end == shape.spans(count) && outputPages.count == (shape.outputs > 0 ? spans.end : 0)
    }

    func encode(into writer: inout ByteWriter) {
        writer.put(name)
        writer.put(UInt64(count))
        writer.put(fingerprint)
        writer.put(UInt64(spans.firstLive))
        writer.put(spans.pages)
        writer.put(outputPages)
        writer.put(UInt8(books == nil ? 0 : 1))
        books?.encode(into: &writer)
    }

    /// - Returns: nil where the bytes are no state of this shape.
    init?(_ reader: inout ByteReader, _ shape: CacheShape) {
        guard let name = reader.blob(), let count = reader.number(UInt64.self), count <= Self.limit,
            let fingerprint = reader.blob(), fingerprint.count == Self.fingerprintBytes,
            let first = reader.number(UInt64.self), first == UInt64(shape.firstSpanInSight(Int(count))),
            let pages = reader.pages(), let spans = SpanList(firstLive: Int(first), pages: pages),
            let outputPages = reader.pages(), let hasBooks = reader.number(UInt8.self)
        else { return nil }
        self.name = name
        (self.count, self.fingerprint, self.spans, self.outputPages) = (Int(count), fingerprint, spans, outputPages)
        if hasBooks == 1 {
            guard let kept = KeptBooks(&reader) else { return nil }
            books = kept
        }
        guard hasBooks <= 1, isWhole(shape) else { return nil }
    }
}

/// Pages of a history's spans: the first, and those from one on that is in sight.
struct SpanList: Equatable {
    /// The first span but that of the sink that has a page.
    private(set) var firstLive = 1
    /// The sink's page, then those from ``firstLive`` on.
    private(set) var pages: [UInt32] = []

    init() {}

    init?(firstLive: Int, pages: [UInt32]) {
        guard firstLive >= 1, firstLive == 1 || !pages.isEmpty else { return nil }
        (self.firstLive, self.pages) = (firstLive, pages)
    }

    /// Spans there ever were.
    var end: Int { pages.isEmpty ? 0 : firstLive - 1 + pages.count }

    /// The page of a span, which is the first or in sight.
    subscript(span: Int) -> UInt32 { pages[span == 0 ? 0 : span - firstLive + 1] }

    mutating func append(_ new: [UInt32]) { pages += new }

    /// Lets go of spans, but for the first.
    /// - Returns: their pages.
    mutating func drop(before span: Int) -> [UInt32] {
        let dropped = min(span, end) - firstLive
        guard dropped > 0 else { return [] }
        let gone = Array(pages[1...dropped])
        pages.removeSubrange(1...dropped)
        firstLive += dropped
        return gone
    }
}

/// Where the code books of an entity lie, and which of its two sets of codes they belong to.
struct KeptBooks: Equatable {
    var page: UInt32
    var variant: UInt8
    var checksum: UInt32

    init(page: UInt32, variant: UInt8, checksum: UInt32) {
        (self.page, self.variant, self.checksum) = (page, variant, checksum)
    }

    func encode(into writer: inout ByteWriter) {
        writer.put(page)
        writer.put(variant)
        writer.put(checksum)
    }

    init?(_ reader: inout ByteReader) {
        guard let page = reader.number(UInt32.self), let variant = reader.number(UInt8.self), variant < 2,
            let checksum = reader.number(UInt32.self)
        else { return nil }
        self.init(page: page, variant: variant, checksum: checksum)
    }
}

/// What changes an entity, all of it at once: events that count from then on, or code books.
struct Commit: Equatable {
    var count: Int
    var fingerprint: [UInt8]
    /// Pages of spans that are new.
    var spans: [UInt32] = []
    /// Pages of outputs that are new.
    var outputPages: [UInt32] = []
    /// Code books that take the place of the earlier ones.
    var books: KeptBooks?
}
