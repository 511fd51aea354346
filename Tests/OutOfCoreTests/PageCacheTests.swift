import OutOfCore
import Testing

@Suite struct PageCacheTests {
    /// The least faults there can be, over all choices of the page that leaves.
    private static func leastFaults(_ trace: [Int], frames: Int) -> Int {
        // From each set of pages in memory, the least faults so far.
        var states: [Set<Int>: Int] = [[]: 0]
        for page in trace {
            var next: [Set<Int>: Int] = [:]
            func reach(_ set: Set<Int>, _ faults: Int) { next[set] = min(next[set] ?? .max, faults) }
            for (set, faults) in states {
                if set.contains(page) {
                    reach(set, faults)
                } else if set.count < frames {
                    reach(set.union([page]), faults + 1)
                } else {
                    for leaving in set { reach(set.subtracting([leaving]).union([page]), faults + 1) }
                }
            }
            states = next
        }
        return states.values.min() ?? 0
    }

    /// Belady's faults, looking through the rest of the trace at each.
    private static func beladyFaults(_ trace: [Int], frames: Int) -> Int {
        var (resident, faults) = (Set<Int>(), 0)
        for (index, page) in trace.enumerated() where !resident.contains(page) {
            faults += 1
            if resident.count == frames {
                let rest = trace[(index + 1)...]
                let farthest = resident.max { (rest.firstIndex(of: $0) ?? .max) < (rest.firstIndex(of: $1) ?? .max) }
                if let farthest { resident.remove(farthest) }
            }
            resident.insert(page)
        }
        return faults
    }

    /// Faults of the cache; every page it says is in a frame must be there.
    private static func faults(_ trace: [Int], frames: Int, pages: Int, announced: Bool = true) -> Int {
        var cache = PageCache(pages: pages, frames: frames)
        if announced { for page in trace { cache.announce(page, fetching: false) } }
        var (content, faults) = ([Int?](repeating: nil, count: frames), 0)
        for page in trace {
            switch cache.access(page, isAnnounced: announced) {
            case .resident(let frame): #expect(content[frame] == page)
            case .fault(let frame, let leaving):
                #expect(content[frame] == leaving)
                #expect(!content.contains(page))
                content[frame] = page
                faults += 1
            }
        }
        return faults
    }

    @Test func faultsAreTheLeastPossible() {
        var numbers = Numbers(seed: 1)
        for _ in 0..<60 {
            let (pages, frames) = (Int.random(in: 2...6, using: &numbers), Int.random(in: 1...4, using: &numbers))
            let trace = (0..<24).map { _ in Int.random(in: 0..<pages, using: &numbers) }
            let least = Self.leastFaults(trace, frames: frames)
            #expect(Self.faults(trace, frames: frames, pages: pages) == least)
            #expect(Self.beladyFaults(trace, frames: frames) == least)
        }
    }

    @Test(arguments: [(50, 1), (50, 7), (200, 40), (64, 64), (64, 80)])
    func faultsAreBeladysOnLongTraces(pages: Int, frames: Int) {
        var numbers = Numbers(seed: 2)
        let uniform = (0..<1500).map { _ in Int.random(in: 0..<pages, using: &numbers) }
        let skewed = numbers.zipf(1500, rows: 256).map { Int($0) % pages }
        for trace in [uniform, skewed, Array(0..<pages) + Array(0..<pages)] {
            let faults = Self.faults(trace, frames: frames, pages: pages)
            #expect(faults == Self.beladyFaults(trace, frames: frames))
        }
    }

    /// For expectations, which change nothing that is not an object.
    private final class Cache {
        var cache: PageCache
        init(_ cache: PageCache) { self.cache = cache }
        func announced(_ page: Int) -> PageCache.Place { cache.access(page, isAnnounced: true) }
        func other(_ page: Int) -> PageCache.Place { cache.access(page, isAnnounced: false) }
        /// Page, frame, and the page that leaves.
        func ahead() -> [Int?]? { cache.fetchAhead().map { [$0.page, $0.frame, $0.leaving] } }
    }

    @Test func withoutAnnouncementsTheLeastRecentlyUsedLeaves() {
        let cache = Cache(PageCache(pages: 9, frames: 3))
        for page in [1, 2, 3, 1] { _ = cache.other(page) }
        #expect(cache.other(4) == .fault(frame: 1, leaving: 2))
        #expect(cache.other(5) == .fault(frame: 2, leaving: 3))
        #expect(cache.other(6) == .fault(frame: 0, leaving: 1))
    }

    /// Pages that are known to come stay; of those not known, the least recently used leaves.
    @Test func whatIsNotKnownCountsAsFarthest() {
        let cache = Cache(PageCache(pages: 9, frames: 3))
        for page in [1, 2, 3] { _ = cache.other(page) }
        cache.cache.announce(1, fetching: false)
        cache.cache.announce(7, fetching: false)
        #expect(cache.other(4) == .fault(frame: 1, leaving: 2))
        #expect(cache.other(5) == .fault(frame: 2, leaving: 3))
        #expect(cache.announced(1) == .resident(frame: 0))
        // Now nothing is known of 1 any more, but it is the most recently used.
        #expect(cache.announced(7) == .fault(frame: 1, leaving: 4))
        cache.cache.announce(5, fetching: false)
        cache.cache.forget(5)
        #expect(cache.other(8) == .fault(frame: 0, leaving: 1))
    }

    @Test func fetchingAheadEvictsNothingThatIsNeededSooner() {
        let cache = Cache(PageCache(pages: 9, frames: 2))
        for page in [1, 2, 3, 4] { cache.cache.announce(page, fetching: true) }
        #expect(cache.ahead() == [1, 0, nil])
        #expect(cache.ahead() == [2, 1, nil])
        #expect(cache.ahead() == nil)
        #expect(cache.announced(1) == .resident(frame: 0))
        #expect(cache.ahead() == [3, 0, 1])
        #expect(cache.ahead() == nil)
        // An access that nobody announced takes the frame that is needed last.
        #expect(cache.other(8) == .fault(frame: 0, leaving: 3))
        #expect(cache.ahead() == [4, 0, 8])
        #expect(cache.announced(2) == .resident(frame: 1))
        #expect(cache.announced(3) == .fault(frame: 1, leaving: 2))
        #expect(cache.announced(4) == .resident(frame: 0))
        #expect(cache.ahead() == nil)
    }

    /// A window that moves on for long keeps its size.
    @Test func aPageFetchedAheadIsAHit() {
        var cache = PageCache(pages: 1000, frames: 50)
        var numbers = Numbers(seed: 5)
        var batches: [[Int]] = []
        func batch() -> [Int] { Set((0..<20).map { _ in Int.random(in: 0..<1000, using: &numbers) }).sorted() }
        for _ in 0..<300 {
            let next = batch()
            batches.append(next)
            for page in next { cache.announce(page, fetching: true) }
            while cache.fetchAhead() != nil {}
            guard batches.count == 2 else { continue }
            for page in batches.removeFirst() {
                guard case .resident = cache.access(page, isAnnounced: true) else {
                    Issue.record("two batches of 20 fit into 50 frames")
                    return
                }
            }
        }
        #expect(cache.resident == 50)
    }
}
