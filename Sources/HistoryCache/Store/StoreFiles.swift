/// The files of pages of a store.
struct StoreFiles {
    /// A page is a span of events: for each layer and head, for each event its key and its value.
    let values: MappedPages
    /// A page has the codes of a span, twice: for the code books in use and for those that come next; of each for each layer and head.
    /// Then perhaps sums of the span's values, for each layer and head.
    let codes: MappedPages
    /// A page has the outputs of as many events as a span.
    let outputs: MappedPages
    /// A page has the code books of an entity, for each layer and head.
    let books: MappedPages

    init(_ folder: StoreFolder, _ shape: CacheShape, isNew: Bool) throws(HistoryCacheError) {
        values = try MappedPages(folder.file("values"), pageBytes: 4 * shape.spanFloats, isNew: isNew)
        codes = try MappedPages(folder.file("codes"), pageBytes: shape.codePageBytes, isNew: isNew)
        outputs = try MappedPages(folder.file("outputs"), pageBytes: 4 * CacheShape.span * shape.outputs, isNew: isNew)
        books = try MappedPages(folder.file("books"), pageBytes: 4 * shape.bookFloats, isNew: isNew)
    }

    /// Which pages of a file are in use.
    func numbers(
        _ inUse: [UInt32], released: [UInt32], of file: MappedPages
    ) throws(HistoryCacheError) -> PageNumbers {
        guard let numbers = PageNumbers(inUse: inUse, released: released, limit: file.pages) else {
            throw .damaged(
                path: file.path, offset: file.pages * file.pageBytes,
                problem: "the journal names pages beyond the file's end, or one page twice")
        }
        return numbers
    }

    /// Which spans are in use; a span's codes have its number, too.
    ///
    /// - Parameter isAfterRestart: The disk may not have all of the codes, which are written again then.
    func spanNumbers(
        _ inUse: [UInt32], released: [UInt32], isAfterRestart: Bool
    ) throws(HistoryCacheError) -> PageNumbers {
        let found = try numbers(inUse, released: released, of: values)
        if isAfterRestart {
            for page in inUse { try codes.reserve(page) }
        } else {
            _ = try numbers(inUse, released: released, of: codes)
        }
        return found
    }

    /// Waits until the disk has everything but codes, which follow from the rest.
    func synchronise() throws(HistoryCacheError) {
        try values.synchronise()
        try outputs.synchronise()
        try books.synchronise()
    }
}
