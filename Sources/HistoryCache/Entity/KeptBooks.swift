internal import ProductQuantisation

extension Coder {
    /// The code books of an entity's committed events, for each layer.
    static func read(_ state: EntityState, _ store: HistoryStore) throws(HistoryCacheError) -> [LayerBooks] {
        let shape = store.shape
        guard let kept = state.books else { return Array(repeating: LayerBooks(), count: shape.layers) }
        let file = store.files.books
        let page = UnsafeRawBufferPointer(start: try file.address(of: kept.page), count: 4 * shape.bookFloats)
        let offset = Int(kept.page) * file.pageBytes
        guard Checksum.of(page) == kept.checksum else {
            throw .damaged(path: file.path, offset: offset, problem: "code books have another checksum")
        }
        let bytes = page.count / (shape.layers * shape.heads)
        let coded = max(0, Visibility(of: state.count - 1, shape).middle.upperBound)
        return try (0..<shape.layers).map { layer throws(HistoryCacheError) in
            let books = try (0..<shape.heads).map { head throws(HistoryCacheError) in
                let start = (layer * shape.heads + head) * bytes
                guard
                    let book = Codebook(
                        bytes: UnsafeRawBufferPointer(rebasing: page[start..<start + bytes]), shape.quantised)
                else {
                    throw .damaged(path: file.path, offset: offset + start, problem: "a code book is none")
                }
                return book
            }
            return LayerBooks(books: books, variant: Int(kept.variant), coded: coded)
        }
    }

    /// Writes code books to a new page.
    static func write(_ layers: [LayerBooks], _ store: HistoryStore) throws(HistoryCacheError) -> KeptBooks {
        var bytes: [UInt8] = []
        for layer in layers { for book in layer.books { bytes += book.bytes } }
        let page = store.takeBookPage()
        let failure = bytes.withUnsafeBytes { buffer -> HistoryCacheError? in
            do throws(HistoryCacheError) { try store.files.books.write(buffer, page: page, at: 0) } catch {
                return error
            }
            return nil
        }
        if let failure {
            store.undo(bookPages: [page])
            throw failure
        }
        return KeptBooks(page: page, variant: UInt8(layers[0].variant), checksum: Checksum.of(bytes))
    }
}
