/// Which pages of a table are in which frames of memory, and which of them leaves for another one.
///
/// Of accesses that are known to come, the page whose next one is farthest leaves (L. A. Belady, IBM Systems Journal 5(2), 1966); a page of
/// which none is known counts as farther than all others, and among those the least recently used one leaves. With all accesses known,
/// no choice gives fewer faults. Holds numbers only: who uses it moves the pages.
package struct PageCache {
    /// Where a page is.
    package enum Place: Equatable {
        /// In a frame.
        case resident(frame: Int)
        /// Not in memory before: it gets a frame, which another page may have to leave.
        case fault(frame: Int, leaving: Int?)
    }

    /// For each page its frame, or -1.
    private var frames: [Int32]
    /// For each frame that was ever used its page.
    private var pages: [Int32] = []
    private let capacity: Int
    private var victims: VictimHeap
    private var window: AccessWindow
    /// Pages to be fetched ahead, in the order of their accesses; those before `fetched` are done with.
    private var ahead: [(page: Int32, position: UInt64)] = []
    private var fetched = 0
    private var clock: UInt64 = 0

    /// Pages without a known access leave before all others, the least recently used one first.
    private static let unknown: UInt64 = 1 << 63

    /// - Parameters:
    ///   - pages: of the table.
    ///   - frames: in memory, at least 1.
    package init(pages: Int, frames: Int) {
        precondition(pages >= 0 && frames > 0, "a frame for the page in use")
        self.frames = Array(repeating: -1, count: pages)
        capacity = frames
        self.pages.reserveCapacity(frames)
        victims = VictimHeap(frames: frames)
        window = AccessWindow(pages: pages)
    }

    /// Memory that the cache itself takes: for each page of the table, and for each frame.
    static let bytesPerPage = 4 + AccessWindow.bytes
    static let bytesPerFrame = 4 + VictimHeap.bytes

    /// One more access that will come, after all that were announced before.
    ///
    /// - Parameter fetching: whether ``fetchAhead()`` is to see to it.
    package mutating func announce(_ page: Int, fetching: Bool) {
        let isFirst = window.next(page) == nil
        let position = window.append(page)
        if fetching {
            if fetched > ahead.count / 2 {
                ahead.removeFirst(fetched)
                fetched = 0
            }
            ahead.append((Int32(page), position))
        }
        if isFirst, frames[page] >= 0 { victims.set(Int(frames[page]), position) }
    }

    /// An access that was announced, the first one to this page that did not happen yet, will not happen.
    package mutating func forget(_ page: Int) {
        window.removeFirst(page)
        clock += 1
        if frames[page] >= 0 { victims.set(Int(frames[page]), key(of: page)) }
    }

    /// An access.
    ///
    /// - Parameter isAnnounced: whether it is the first one that was announced for this page and did not happen yet.
    package mutating func access(_ page: Int, isAnnounced: Bool) -> Place {
        if isAnnounced { window.removeFirst(page) }
        clock += 1
        let place = frames[page] >= 0 ? Place.resident(frame: Int(frames[page])) : admit(page)
        victims.set(Int(frames[page]), key(of: page))
        return place
    }

    /// The next announced page to be fetched before its access, and its frame; nil where there is none, or where a page would have to leave
    /// that is needed sooner.
    package mutating func fetchAhead() -> (page: Int, frame: Int, leaving: Int?)? {
        while fetched < ahead.count {
            let (number, position) = ahead[fetched]
            let page = Int(number)
            // What has happened by now is not the page's next access any more.
            if window.next(page) == position, frames[page] < 0 {
                if pages.count == capacity, let victim = victims.last, victim.key < position { return nil }
                guard case .fault(let frame, let leaving) = admit(page) else { return nil }
                victims.set(frame, position)
                fetched += 1
                return (page, frame, leaving)
            }
            fetched += 1
        }
        ahead.removeAll(keepingCapacity: true)
        fetched = 0
        return nil
    }

    /// The page in a frame.
    package func page(in frame: Int) -> Int { Int(pages[frame]) }

    /// Frames that hold a page.
    package var resident: Int { pages.count }

    private func key(of page: Int) -> UInt64 { window.next(page) ?? Self.unknown + (Self.unknown - 1 - clock) }

    private mutating func admit(_ page: Int) -> Place {
        if pages.count < capacity {
            pages.append(Int32(page))
            frames[page] = Int32(pages.count - 1)
            return .fault(frame: pages.count - 1, leaving: nil)
        }
        guard let victim = victims.last else { preconditionFailure("full, and without a page") }
        let leaving = Int(pages[victim.frame])
        frames[leaving] = -1
        frames[page] = Int32(victim.frame)
        pages[victim.frame] = Int32(page)
        return .fault(frame: victim.frame, leaving: leaving)
    }
}
