/// The accesses to pages that are known to come, in their order.
///
/// Each has a position, which counts all accesses ever announced; for each page they form a list. An access takes O(1).
struct AccessWindow {
    private struct Access {
        var position: UInt64
        /// The next one to the same page, or of those that are not in use; -1 at the end.
        var next: Int32
    }

    private var accesses: [Access] = []
    private var unused: Int32 = -1
    /// For each page, its first and its last access in `accesses`; -1 for none.
    private var first: [Int32]
    private var last: [Int32]
    /// How many were announced, ever.
    private(set) var announced: UInt64 = 0

    init(pages: Int) {
        first = Array(repeating: -1, count: pages)
        last = first
    }

    /// Bytes for each page.
    static let bytes = 8

    /// The position of the next access to a page.
    func next(_ page: Int) -> UInt64? {
        first[page] < 0 ? nil : accesses[Int(first[page])].position
    }

    /// One more access, after all others.
    /// - Returns: its position.
    @discardableResult
    mutating func append(_ page: Int) -> UInt64 {
        let position = announced
        announced += 1
        let access = Access(position: position, next: -1)
        let index: Int32
        if unused >= 0 {
            index = unused
            unused = accesses[Int(index)].next
            accesses[Int(index)] = access
        } else {
            index = Int32(accesses.count)
            accesses.append(access)
        }
        if first[page] < 0 { first[page] = index } else { accesses[Int(last[page])].next = index }
        last[page] = index
        return position
    }

    /// The first access to a page has happened, or will not.
    mutating func removeFirst(_ page: Int) {
        let index = first[page]
        precondition(index >= 0, "an access that was announced")
        first[page] = accesses[Int(index)].next
        accesses[Int(index)].next = unused
        unused = index
    }
}
