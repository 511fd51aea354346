/// Where the rows of a ``PagedTable`` lie: a row's values and behind them its sums of squares, rows one behind the other, none across pages.
struct TableLayout {
    let rows: Int
    let columns: Int
    let pageBytes: Int
    let rowsPerPage: Int
    let pages: Int

    init(rows: Int, columns: Int, pageBytes: Int) {
        precondition(rows > 0 && rows <= Int(Int32.max) && columns > 0, "rows that 32-bit indices name, and columns")
        precondition(pageBytes > 0 && pageBytes % 4096 == 0, "pages of whole 4096-byte blocks")
        precondition(8 * columns <= pageBytes, "a page holds a row and its state")
        (self.rows, self.columns, self.pageBytes) = (rows, columns, pageBytes)
        rowsPerPage = pageBytes / (8 * columns)
        pages = (rows + rowsPerPage - 1) / rowsPerPage
    }

    func page(of row: Int) -> Int { row / rowsPerPage }

    func rows(of page: Int) -> Range<Int> { page * rowsPerPage..<min((page + 1) * rowsPerPage, rows) }

    /// Floats from a page's start to a row's values; its squares are `columns` further.
    func offset(of row: Int) -> Int { row % rowsPerPage * 2 * columns }

    // MARK: Memory

    /// What the list of pages takes.
    var bookkeepingBytes: Int { pages * PageCache.bytesPerPage + (pages + 7) / 8 }

    /// What each page in memory takes: itself, its place in the cache and what is known of it, and two transfers that may wait.
    var frameBytes: Int { pageBytes + PageCache.bytesPerFrame + FrameStore.bytesPerFrame }

    /// Pages in memory within a budget; at most all, possibly none.
    func frames(within budget: Int) -> Int { min(pages, max(0, (budget - bookkeepingBytes) / frameBytes)) }
}
