public import Kernels
internal import Tiers

/// A table of embeddings that may be larger than memory, with AdaGrad's sums beside each row, in pages on the disk of which as many are in
/// memory as a budget holds.
///
///     try table.prefetch(next)                       // returns at once; the disk reads while compute or the network are busy
///     try table.gather(rows, into: slice)
///     ...                                            // forward and backward, and the wait for the other parties
///     try table.update(rows, gradients: slice)
///
/// Training with it gives the bits of training in memory: `Embedding.gather`, `Embedding.sparseGradient`, then `AdaGrad.update` of each touched
/// row. Batches may touch more pages than memory holds. Which page leaves memory is Belady's choice among the accesses announced; see
/// ``PageCache``. Used by one thread at a time.
public final class PagedTable {
    /// What happened so far.
    public struct Counters: Hashable, Sendable {
        /// Visits to a page by a batch: of those that found it in memory or on its way there, and of those that had to fetch it.
        public var hits = 0, faults = 0
        /// Pages fetched before their batch came.
        public var prefetched = 0
        /// Pages that were made rather than read.
        public var made = 0
        /// What the disk moved.
        public var bytesRead = 0, bytesWritten = 0
        /// How long callers waited for the disk.
        public var stalled = Duration.zero
    }

    /// A batch that was announced: its accesses are in the cache's window.
    private struct Announced {
        var isUpdate: Bool
        var rows: [Int32]
        var pages: [Int]
    }

    private let layout: TableLayout
    private let optimiser: AdaGrad
    private let embedding: Embedding
    private let store: any PageStore
    private let frames: FrameStore
    private var cache: PageCache
    private var announced: [Announced] = []
    private var counts = Counters()

    /// What a table takes on the disk, in bytes: values, sums of squares, and what pages have over.
    public static func diskBytes(rows: Int, columns: Int, pageBytes: Int = 1 << 16) -> Int {
        TableLayout(rows: rows, columns: columns, pageBytes: pageBytes).pages * pageBytes
    }

    /// The budget with which so many pages of a table are in memory, in bytes; with as many as there are, or more, all are, and nothing is
    /// on the disk.
    public static func memoryBytes(rows: Int, columns: Int, pages: Int, pageBytes: Int = 1 << 16) -> Int {
        let layout = TableLayout(rows: rows, columns: columns, pageBytes: pageBytes)
        return layout.bookkeepingBytes + min(pages, layout.pages) * layout.frameBytes
    }

    /// Takes the disk's space, unless all pages fit into memory; memory becomes resident as it is used.
    ///
    /// - Parameters:
    ///   - rows: at most 2³¹ - 1.
    ///   - columns: `8 columns` bytes fit into a page.
    ///   - budget: bytes for pages and for all that the table knows of them. Beside it, a row of a batch takes about 64 bytes
    ///     while it is announced, 16 while it is gathered, and `4 columns` and 12 while it is applied.
    ///   - directory: where the file lies, unnamed and **not encrypted**; nil for a table that is to fit into memory.
    ///   - pageBytes: a multiple of 4096; small ones waste less memory where few rows of a page are used, large ones are faster to move.
    ///   - rate: bytes a second that the disk moves at most, for tests; nil for as many as it can.
    /// - Throws: ``OutOfCoreError/budget(needed:given:)``, ``OutOfCoreError/storage(cause:)``.
    public convenience init(
        rows: Int, columns: Int, first: FirstValues, optimiser: AdaGrad, budget: Int, in directory: String?,
        pageBytes: Int = 1 << 16, rate: Double? = nil
    ) throws(OutOfCoreError) {
        let layout = TableLayout(rows: rows, columns: columns, pageBytes: pageBytes)
        let frames = layout.frames(within: budget)
        let least = directory == nil ? layout.pages : 1
        guard frames >= least else {
            throw .budget(needed: layout.bookkeepingBytes + least * layout.frameBytes, given: budget)
        }
        guard frames < layout.pages, let directory else {
            self.init(
                layout, frames: frames, first: first, optimiser: optimiser, store: NoPages(pageBytes: pageBytes))
            return
        }
        do throws(TierError) {
            // A write and a read for each frame, so that beginning them never waits.
            let file = try PageFile(
                in: directory, pages: layout.pages, pageBytes: pageBytes, rate: rate, depth: 2 * frames)
            self.init(layout, frames: frames, first: first, optimiser: optimiser, store: file)
        } catch {
            throw .storage(cause: error)
        }
    }

    /// The same in a file that is there already.
    package convenience init(
        rows: Int, columns: Int, first: FirstValues, optimiser: AdaGrad, frames: Int, store: any PageStore
    ) {
        self.init(
            TableLayout(rows: rows, columns: columns, pageBytes: store.pageBytes), frames: frames, first: first,
            optimiser: optimiser, store: store)
    }

    private init(_ layout: TableLayout, frames: Int, first: FirstValues, optimiser: AdaGrad, store: any PageStore) {
        (self.layout, self.optimiser, self.store) = (layout, optimiser, store)
        embedding = Embedding(count: layout.rows, columns: layout.columns)
        self.frames = FrameStore(layout, frames: frames, first: first, store: store)
        cache = PageCache(pages: layout.pages, frames: frames)
    }

    /// Announces a batch that will be gathered, and then updated, after those announced before, and begins to fetch its pages; returns at once.
    ///
    /// As many are fetched as there is room for without a page leaving that is needed sooner; the others follow as room comes.
    ///
    /// - Parameters:
    ///   - rows: as they will be given to ``gather(_:into:)``.
    ///   - updating: whether ``update(_:gradients:)`` follows with the same rows.
    public func prefetch(_ rows: [Int32], updating: Bool = true) {
        announce(rows, updating: updating, fetching: true)
        fetchAhead()
    }

    /// Announces a batch like ``prefetch(_:updating:)``, but only for the choice of the pages that leave: with all batches of a training
    /// announced, faults are as few as can be.
    public func announce(_ rows: [Int32], updating: Bool = true) {
        announce(rows, updating: updating, fetching: false)
    }

    private func announce(_ rows: [Int32], updating: Bool, fetching: Bool) {
        let pages = distinctPages(of: rows)
        for isUpdate in updating ? [false, true] : [false] {
            announced.append(Announced(isUpdate: isUpdate, rows: rows, pages: pages))
            for page in pages { cache.announce(page, fetching: fetching && !isUpdate) }
        }
    }

    /// Copies rows: `y[i] = table[rows[i]]`.
    ///
    /// - Parameters:
    ///   - rows: of the table, in any order and as often as you like; traps on others.
    ///   - y: `rows.count` x columns.
    /// - Throws: ``OutOfCoreError/rows(_:cause:)``.
    public func gather(_ rows: [Int32], into y: OutputSlice) throws(OutOfCoreError) {
        let isAnnounced = takeAnnouncement(of: rows, isUpdate: false)
        // By page, so that each is visited once.
        let visits = rows.indices.map { UInt64(checked(rows[$0])) << 32 | UInt64($0) }.sorted()
        try visit(visits.count, isAnnounced: isAnnounced, row: { Int(visits[$0] >> 32) }) { places, numbers, _ in
            for place in places {
                let (row, target) = (Int(visits[place] >> 32), Int(visits[place] & 0xFFFF_FFFF))
                (y + target * layout.columns).update(
                    from: numbers + layout.offset(of: row), count: layout.columns)
            }
        }
        fetchAhead()
    }

    /// A step of AdaGrad on the rows of a batch, each with the sum of its gradients.
    ///
    /// - Parameters:
    ///   - rows: as in ``gather(_:into:)``.
    ///   - gradients: `rows.count` x columns; those of one row are added in their order.
    ///   - rate: of this step, instead of the optimiser's own.
    /// - Throws: ``OutOfCoreError/rows(_:cause:)``; rows before those named may be changed.
    public func update(_ rows: [Int32], gradients: InputSlice, rate: Double? = nil) throws(OutOfCoreError) {
        let isAnnounced = takeAnnouncement(of: rows, isUpdate: true)
        let columns = layout.columns
        let rule = rate.map { AdaGrad(rate: $0, epsilon: optimiser.epsilon) } ?? optimiser
        let sums = OutputSlice.allocate(capacity: max(1, rows.count * columns))
        defer { sums.deallocate() }
        let touched = touchedRows(rows, gradients, sums)
        try visit(touched.count, isAnnounced: isAnnounced, row: { Int(touched[$0]) }) { places, numbers, frame in
            for place in places {
                let values = numbers + layout.offset(of: Int(touched[place]))
                rule.update(
                    values, gradient: sums + place * columns, squares: values + columns, count: columns)
            }
            frames.change(frame)
        }
        fetchAhead()
    }

    /// Gives rows other values, one row after the other; their sums of squares stay as they are.
    ///
    /// - Parameter values: `rows.count` x columns.
    /// - Throws: ``OutOfCoreError/rows(_:cause:)``; rows before those named may be changed.
    public func replace(_ rows: Range<Int>, with values: InputSlice) throws(OutOfCoreError) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= layout.rows, "rows of the table")
        try visit(rows.count, isAnnounced: false, row: { rows.lowerBound + $0 }) { places, numbers, frame in
            for place in places {
                (numbers + layout.offset(of: rows.lowerBound + place)).update(
                    from: values + place * layout.columns, count: layout.columns)
            }
            frames.change(frame)
        }
    }

    /// What happened so far.
    public var counters: Counters {
        var counts = counts
        let disk = store.counters
        (counts.bytesRead, counts.bytesWritten, counts.stalled) = (disk.bytesRead, disk.bytesWritten, disk.stalled)
        counts.made = frames.made
        return counts
    }

    // MARK: Pages

    /// Visits the pages of rows that ascend, with the places of each page's rows among them.
    private func visit(
        _ count: Int, isAnnounced: Bool, row: (Int) -> Int,
        _ body: (_ places: Range<Int>, _ numbers: OutputSlice, _ frame: Int) -> Void
    ) throws(OutOfCoreError) {
        var place = 0
        while place < count {
            let page = layout.page(of: row(place))
            var end = place + 1
            while end < count, layout.page(of: row(end)) == page { end += 1 }
            let frame: Int
            switch cache.access(page, isAnnounced: isAnnounced) {
            case .resident(let place):
                frame = place
                counts.hits += 1
            case .fault(let place, let leaving):
                frame = place
                counts.faults += 1
                frames.load(page, into: frame, leaving: leaving)
            }
            do throws(TierError) {
                body(place..<end, try frames.numbers(of: page, in: frame), frame)
            } catch {
                throw .rows(layout.rows(of: page), cause: error)
            }
            place = end
        }
    }

    private func fetchAhead() {
        while let (page, frame, leaving) = cache.fetchAhead() {
            frames.load(page, into: frame, leaving: leaving)
            counts.prefetched += 1
        }
    }

    /// Whether a batch was announced; then those announced before it will not come any more.
    private func takeAnnouncement(of rows: [Int32], isUpdate: Bool) -> Bool {
        guard let index = announced.firstIndex(where: { $0.isUpdate == isUpdate && $0.rows == rows }) else {
            return false
        }
        for missed in announced[..<index] { for page in missed.pages { cache.forget(page) } }
        announced.removeFirst(index + 1)
        return true
    }

    // MARK: Rows

    private func distinctPages(of rows: [Int32]) -> [Int] {
        var pages = rows.map { layout.page(of: checked($0)) }.sorted()
        var count = 0
        for page in pages where count == 0 || pages[count - 1] != page {
            pages[count] = page
            count += 1
        }
        pages.removeLast(pages.count - count)
        return pages
    }

    /// The rows that a batch touches, ascending, and the sums of their gradients.
    private func touchedRows(_ rows: [Int32], _ gradients: InputSlice, _ sums: OutputSlice) -> [Int32] {
        [Int32](unsafeUninitializedCapacity: rows.count) { touched, count in
            guard let base = touched.baseAddress, !rows.isEmpty else { return }
            count = withUnsafeTemporaryAllocation(of: UInt64.self, capacity: rows.count) { order in
                rows.withUnsafeBufferPointer { rows in
                    guard let order = order.baseAddress, let indices = rows.baseAddress else { return 0 }
                    return embedding.sparseGradient(
                        gradients, indices, touched: base, touchedGradient: sums, rows: 0..<rows.count, order: order)
                }
            }
        }
    }

    private func checked(_ row: Int32) -> Int {
        precondition(row >= 0 && Int(row) < layout.rows, "an index is a row of the table")
        return Int(row)
    }
}
