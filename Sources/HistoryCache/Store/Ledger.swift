/// What a store's threads share, under one lock: the journal, every entity's state, and which pages are in use.
struct Ledger: ~Copyable {
    private var journal: Journal
    private var entries: [[UInt8]: Entry]
    private var nextNumber: UInt32
    private var open: Set<[UInt8]> = []
    /// An error after which nobody knows what the disk has.
    private var failure: HistoryCacheError?
    var spans: PageNumbers
    var outputPages: PageNumbers
    var bookPages: PageNumbers

    private struct Entry {
        let number: UInt32
        var state: EntityState
    }

    init(
        _ journal: consuming Journal, _ entities: [UInt32: EntityState], nextNumber: UInt32, spans: PageNumbers,
        outputPages: PageNumbers, bookPages: PageNumbers
    ) {
        self.journal = journal
        entries = [:]
        for (number, state) in entities { entries[state.name] = Entry(number: number, state: state) }
        self.nextNumber = nextNumber
        (self.spans, self.outputPages, self.bookPages) = (spans, outputPages, bookPages)
    }

    var names: [[UInt8]] { Array(entries.keys) }
    var count: Int { entries.count }
    var events: Int { entries.values.reduce(0) { $0 + $1.state.count } }
    var journalBytes: Int { journal.length }

    /// Hands out an entity's state, to one at a time.
    mutating func begin(_ name: [UInt8], path: String) throws(HistoryCacheError) -> EntityState {
        try check()
        guard open.insert(name).inserted else {
            throw .entity(path: path, problem: "an entity's cache is asked for while it is in use; end the earlier one")
        }
        return entries[name]?.state ?? EntityState(name: name)
    }

    mutating func end(_ name: [UInt8]) { open.remove(name) }

    /// Makes a change count: one record of the journal.
    mutating func commit(
        _ state: EntityState, _ commit: Commit, _ shape: CacheShape
    ) throws(HistoryCacheError)
        -> EntityState
    {
        try check()
        guard let (next, released) = state.after(commit, shape) else {
            preconditionFailure("a cache commits what follows from its state")
        }
        let entry = entries[state.name]
        let number = entry?.number ?? nextNumber
        try journal.append(.commit(number: number, name: entry == nil ? state.name : nil, commit))
        if entry == nil { nextNumber += 1 }
        entries[state.name] = Entry(number: number, state: next)
        release(released)
        return next
    }

    /// Forgets an entity.
    /// - Returns: whether there was one.
    mutating func remove(_ name: [UInt8], path: String) throws(HistoryCacheError) -> Bool {
        try check()
        guard !open.contains(name) else {
            throw .entity(path: path, problem: "an entity is to be removed while its cache is in use; end that first")
        }
        guard let entry = entries[name] else { return false }
        try journal.append(.remove(number: entry.number))
        entries[name] = nil
        release(entry.state.pages)
        return true
    }

    /// Whether the journal is worth being written anew.
    var isLong: Bool { journal.isLong }

    /// Notes that the disk has all that was committed before; pages that were given up may be used again.
    mutating func settle() throws(HistoryCacheError) {
        try check()
        try journal.append(.synchronised)
        try journal.synchronise()
        settlePages()
    }

    /// Writes the journal anew, when the disk has all that it names.
    mutating func rewrite(in folder: StoreFolder, _ header: JournalHeader) throws(HistoryCacheError) {
        try check()
        var header = header
        header.entities = entries.count
        do throws(HistoryCacheError) {
            let order = entries.values.sorted { $0.number < $1.number }
            journal = try Journal(in: folder, header, order.lazy.map { ($0.number, $0.state) }, settles: true)
        } catch {
            // The old journal may have lost its name already.
            fail(error)
            throw error
        }
        settlePages()
    }

    /// Lets nothing happen any more: after an error of the disk nobody knows what it has. Whoever opens the store again finds out.
    mutating func fail(_ error: HistoryCacheError) { failure = failure ?? error }

    private mutating func release(_ pages: EntityState.Released) {
        spans.release(pages.spans)
        outputPages.release(pages.outputs)
        bookPages.release(pages.books)
    }

    private mutating func settlePages() {
        spans.settle()
        outputPages.settle()
        bookPages.settle()
    }

    private func check() throws(HistoryCacheError) {
        if let failure { throw failure }
    }
}
