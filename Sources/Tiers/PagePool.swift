/// A part of a tensor in one page.
public struct PagePiece: Hashable, Sendable {
    /// The page's number.
    public var page: Int
    /// Where in the page it begins, in bytes.
    public var offset: Int
    /// How many bytes.
    public var length: Int

    /// A piece that lies within one page.
    public init(page: Int, offset: Int, length: Int) {
        (self.page, self.offset, self.length) = (page, offset, length)
    }
}

/// Which tensors lie in which of a bounded number of pages of one size. Keeps numbers only, no memory.
///
/// A tensor has whole pages of its own, and what is left over, its tail, in a page that it may share with one other tensor's tail: one lies
/// at the page's beginning, the other at its end. Any free page is as good as any other, so that there is no external fragmentation.
/// Of tails that are alone in their pages no two would fit into one. So for n tensors less than one page in each pair is
/// unused: `pages in use * page - bytes <= (n + 1) / 2 * page`. For that, a release may have to move one tail of at most half a page.
/// Source: the pages of Angel-PTM (arXiv 2303.02868).
public struct PagePool: Sendable {
    /// A tail whose partner went moves to another page, so that two pages become one.
    public struct Merge: Hashable, Sendable {
        /// Whose tail it is.
        public var tensor: Int
        /// Where it lies, in a page that is free from now on.
        public var from: PagePiece
        /// Where it has to be copied to.
        public var to: PagePiece

        /// A tail that moves.
        public init(tensor: Int, from: PagePiece, to: PagePiece) {
            (self.tensor, self.from, self.to) = (tensor, from, to)
        }
    }

    private struct Tail: Hashable {
        var tensor: Int
        var piece: PagePiece
    }

    /// Bytes of a page.
    public let pageBytes: Int
    /// How many pages there are.
    public let pages: Int
    /// Free pages; the last is taken next.
    private var free: [Int]
    private var whole: [Int: [Int]] = [:]
    private var tails: [Int: PagePiece] = [:]
    /// The tensors whose tails lie in a page: one or two.
    private var sharers: [Int: [Int]] = [:]
    /// Tails alone in their pages, by length.
    private var alone: [Tail] = []
    /// Bytes of all tensors.
    public private(set) var bytes = 0

    /// All pages are free.
    public init(pages: Int, pageBytes: Int) {
        precondition(pages >= 0 && pageBytes > 0, "pages")
        (self.pages, self.pageBytes) = (pages, pageBytes)
        // Taken in ascending order at first, so that tensors tend to lie in runs of pages.
        free = (0..<pages).reversed()
    }

    /// How many pages hold something.
    public var pagesInUse: Int { pages - free.count }
    /// How many tensors there are.
    public var tensors: Int { whole.count }
    /// Bytes of pages in use that belong to no tensor.
    public var waste: Int { pagesInUse * pageBytes - bytes }

    /// Where a tensor lies, in its order; nil for one that is not here.
    public func pieces(of tensor: Int) -> [PagePiece]? {
        guard let whole = whole[tensor] else { return nil }
        return whole.map { PagePiece(page: $0, offset: 0, length: pageBytes) } + (tails[tensor].map { [$0] } ?? [])
    }

    /// Which tensor shares a page with the tail of another.
    public func partner(of tensor: Int) -> Int? {
        tails[tensor].flatMap { sharers[$0.page] }?.first { $0 != tensor }
    }

    /// Free pages that a tensor of so many bytes would take.
    public func pagesNeeded(for bytes: Int) -> Int {
        let tail = bytes % pageBytes
        return bytes / pageBytes + (tail > 0 && roommate(for: tail) == nil ? 1 : 0)
    }

    /// Places a tensor.
    ///
    /// - Parameters:
    ///   - tensor: A number that no tensor here has.
    ///   - bytes: At least 1.
    /// - Returns: Whether there was room; if not, nothing has changed.
    public mutating func place(_ tensor: Int, bytes: Int) -> Bool {
        precondition(bytes > 0 && whole[tensor] == nil, "a tensor that is not here")
        guard pagesNeeded(for: bytes) <= free.count else { return false }
        whole[tensor] = (0..<bytes / pageBytes).map { _ in free.removeLast() }
        if bytes % pageBytes > 0 { placeTail(of: tensor, length: bytes % pageBytes) }
        self.bytes += bytes
        return true
    }

    /// Releases a tensor's pages.
    ///
    /// - Returns: A tail that now has to be copied, before anything else is written to these pages.
    public mutating func release(_ tensor: Int) -> Merge? {
        guard let pages = whole.removeValue(forKey: tensor) else { preconditionFailure("a tensor that is here") }
        free += pages.reversed()
        bytes -= pages.count * pageBytes
        guard let tail = tails.removeValue(forKey: tensor) else { return nil }
        bytes -= tail.length
        guard let other = sharers[tail.page]?.first(where: { $0 != tensor }) else {
            empty(tail.page, Tail(tensor: tensor, piece: tail))
            return nil
        }
        sharers[tail.page] = [other]
        return leftAlone(other)
    }

    // MARK: - Tails

    private mutating func placeTail(of tensor: Int, length: Int) {
        if let index = roommate(for: length) {
            join(alone.remove(at: index), tensor, length)
        } else {
            let piece = PagePiece(page: free.removeLast(), offset: 0, length: length)
            tails[tensor] = piece
            sharers[piece.page] = [tensor]
            insert(Tail(tensor: tensor, piece: piece))
        }
    }

    /// Puts a tail to the end of the page that another has left free.
    private mutating func join(_ other: Tail, _ tensor: Int, _ length: Int) {
        let offset = other.piece.offset == 0 ? pageBytes - length : 0
        tails[tensor] = PagePiece(page: other.piece.page, offset: offset, length: length)
        sharers[other.piece.page] = [other.tensor, tensor]
    }

    /// A tail has lost its partner. If it fits to one that is alone, the shorter goes to the longer.
    private mutating func leftAlone(_ tensor: Int) -> Merge? {
        guard let piece = tails[tensor] else { preconditionFailure("a tail") }
        let tail = Tail(tensor: tensor, piece: piece)
        guard let index = roommate(for: piece.length) else {
            insert(tail)
            return nil
        }
        let other = alone.remove(at: index)
        let (stays, moves) = piece.length > other.piece.length ? (tail, other) : (other, tail)
        sharers[moves.piece.page] = nil
        free.append(moves.piece.page)
        join(stays, moves.tensor, moves.piece.length)
        guard let place = tails[moves.tensor] else { preconditionFailure("a tail") }
        return Merge(tensor: moves.tensor, from: moves.piece, to: place)
    }

    private mutating func empty(_ page: Int, _ tail: Tail) {
        guard let index = alone.firstIndex(of: tail) else { preconditionFailure("a tail that is alone") }
        alone.remove(at: index)
        sharers[page] = nil
        free.append(page)
    }

    /// The longest tail that is alone and leaves room for one of this length.
    private func roommate(for length: Int) -> Int? {
        let end = firstAlone { $0 > pageBytes - length }
        return end > 0 ? end - 1 : nil
    }

    private mutating func insert(_ tail: Tail) {
        alone.insert(tail, at: firstAlone { $0 > tail.piece.length })
    }

    /// The first of those alone whose length fulfils a condition that all longer ones fulfil too.
    private func firstAlone(where isBeyond: (Int) -> Bool) -> Int {
        var (low, high) = (0, alone.count)
        while low < high {
            let middle = (low + high) / 2
            if isBeyond(alone[middle].piece.length) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
