/// Which pages of a file are in use.
///
/// A page that is given up is not given out again before ``settle()``: what the disk is known to have may still name it.
struct PageNumbers {
    /// The first page that was never given out.
    private(set) var end: UInt32 = 0
    private var free: [UInt32] = []
    private var released: [UInt32] = []

    /// Nothing in use.
    init() {}

    /// A file in which some are in use, others were given up since it was settled, and all others below the largest are free.
    ///
    /// - Returns: nil where a page is there twice, or beyond `limit`.
    init?(inUse pages: [UInt32], released: [UInt32], limit: Int) {
        let all = pages + released
        guard all.allSatisfy({ Int($0) < limit }) else { return nil }
        let end = all.max().map { Int($0) + 1 } ?? 0
        var isUsed = [Bool](repeating: false, count: end)
        for page in all {
            guard !isUsed[Int(page)] else { return nil }
            isUsed[Int(page)] = true
        }
        (self.end, self.released) = (UInt32(end), released)
        // The lowest is given out first.
        free = isUsed.indices.reversed().filter { !isUsed[$0] }.map { UInt32($0) }
    }

    /// Pages that are in use.
    var count: Int { Int(end) - free.count - released.count }

    /// A page that nothing uses; there are less than 2^32.
    mutating func take() -> UInt32 {
        if let page = free.popLast() { return page }
        end += 1
        return end - 1
    }

    /// Gives pages back that nothing on the disk names: they were taken for what was not kept.
    mutating func undo(_ pages: some Sequence<UInt32>) { free.append(contentsOf: pages) }

    /// Gives up pages.
    mutating func release(_ pages: some Sequence<UInt32>) { released.append(contentsOf: pages) }

    /// The disk has a state that names no page which was given up.
    mutating func settle() {
        free.append(contentsOf: released)
        released = []
    }
}
