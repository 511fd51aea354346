/// A preallocated file of pages, opened with O_DIRECT and without a name, with a thread of its own: the tier below memory.
///
/// Transfers are carried out one after the other in the order in which they are begun, so that a read that is begun after a write of the
/// same page reads what was written. Beginning and waiting allocate nothing. Safe to use from several threads.
/// **Not encrypted**: who can read the raw disk can read the pages.
public final class PageFile: Sendable {
    /// What was moved, and how long it took.
    public struct Counters: Hashable, Sendable {
        /// Bytes that came from the disk.
        public var bytesRead = 0
        /// Bytes that went to the disk.
        public var bytesWritten = 0
        /// How many transfers that was.
        public var transfers = 0
        /// How long callers waited: for the end of transfers, and for room in the queue.
        public var stalled = Duration.zero
        /// How long the file's thread was at work, with what a rate held up.
        public var busy = Duration.zero

        /// Nothing yet.
        public init() {}
    }

    /// Bytes of a page.
    public let pageBytes: Int
    /// How many pages there are.
    public let pages: Int
    private let file: UnnamedFile
    private let queue: TransferQueue
    private let thread: OwnThread

    /// Takes the space on the disk.
    ///
    /// - Parameters:
    ///   - directory: Where the file lies; made for its owner only if it is not there, but not the folders above it.
    ///   - pages: How many; at least 1.
    ///   - pageBytes: A multiple of 4096; below about 1 MiB disks are slower.
    ///   - rate: Bytes a second at most, for tests and plans; nil for as fast as the disk is.
    ///   - depth: How many transfers can wait; beginning one more waits itself.
    /// - Throws: ``TierError``, where there is no such folder, too little room on the disk, or no thread to be had.
    public init(
        in directory: String, pages: Int, pageBytes: Int = 1 << 20, rate: Double? = nil, depth: Int = 64
    ) throws(TierError) {
        precondition(pageBytes > 0 && pageBytes % UnnamedFile.block == 0, "pages of whole 4096-byte blocks")
        let (bytes, isTooLarge) = pages.multipliedReportingOverflow(by: pageBytes)
        precondition(pages > 0 && !isTooLarge, "a number of pages that can be addressed")
        precondition(depth > 0 && rate.map { $0 > 0 } ?? true, "a queue, and a rate above 0")
        let file = try UnnamedFile(in: directory, bytes: bytes)
        let queue = TransferQueue(capacity: depth, rate: rate)
        // The thread holds what it works on, but not this object, whose end ends it.
        thread = try OwnThread { queue.run(on: file) }
        (self.pageBytes, self.pages, self.file, self.queue) = (pageBytes, pages, file, queue)
    }

    /// Waits until all transfers that were begun have ended.
    deinit {
        queue.stop()
        thread.join()
    }

    /// Whether the system's page cache is left out. Not on file systems that refuse it, nor on those that are memory themselves (tmpfs):
    /// there, pages take memory that nobody budgeted.
    public var isDirect: Bool { file.isDirect }

    /// Bytes a second at most, or nil. Holds at once, for the transfer under way too.
    public var rate: Double? {
        get { queue.currentRate }
        set {
            precondition(newValue.map { $0 > 0 } ?? true, "a rate above 0")
            queue.currentRate = newValue
        }
    }

    /// What was moved so far.
    public var counters: Counters { queue.currentCounters }

    /// Begins to write one page.
    ///
    /// - Parameter memory: A page, at a multiple of 4096; must stay as it is until ``wait(_:)`` is back.
    public func write(_ page: Int, from memory: UnsafeRawPointer) -> Transfer {
        write(page..<page + 1, from: memory)
    }

    /// Begins to read one page.
    ///
    /// - Parameter memory: Room for a page, at a multiple of 4096; must be left alone until ``wait(_:)`` is back.
    public func read(_ page: Int, into memory: UnsafeMutableRawPointer) -> Transfer {
        read(page..<page + 1, into: memory)
    }

    /// Begins to write pages that lie side by side, in one go.
    ///
    /// - Parameter memory: As many pages, at a multiple of 4096; must stay as they are until ``wait(_:)`` is back.
    public func write(_ pages: Range<Int>, from memory: UnsafeRawPointer) -> Transfer {
        begin(pages, UnsafeMutableRawPointer(mutating: memory), isWrite: true)
    }

    /// Begins to read pages that lie side by side, in one go. Pages never written are zero.
    ///
    /// - Parameter memory: Room for as many pages, at a multiple of 4096; must be left alone until ``wait(_:)`` is back.
    public func read(_ pages: Range<Int>, into memory: UnsafeMutableRawPointer) -> Transfer {
        begin(pages, memory, isWrite: false)
    }

    /// Waits until a transfer has ended.
    ///
    /// - Throws: ``TierError``, if it or one before it failed: from the first failure on, none is carried out.
    public func wait(_ transfer: Transfer) throws(TierError) {
        try queue.wait(for: transfer.number)
    }

    /// Whether a transfer has ended, well or not; does not wait.
    public func hasEnded(_ transfer: Transfer) -> Bool { queue.hasEnded(transfer.number) }

    private func begin(_ range: Range<Int>, _ memory: UnsafeMutableRawPointer, isWrite: Bool) -> Transfer {
        precondition(range.lowerBound >= 0 && range.upperBound <= pages, "pages of this file")
        precondition(Int(bitPattern: memory) % UnnamedFile.block == 0, "memory at a multiple of 4096")
        let request = TransferQueue.Request(
            isWrite: isWrite, memory: memory, place: range.lowerBound * pageBytes, count: range.count * pageBytes)
        return Transfer(number: queue.add(request))
    }
}

/// A transfer that was begun in a ``PageFile``.
public struct Transfer: Hashable, Sendable {
    let number: UInt64

    package init(number: UInt64) { self.number = number }
}
