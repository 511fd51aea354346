internal import Glibc
internal import Synchronization

/// A file of pages of one length, read through memory that it is mapped to: the system keeps in memory what is used, and an address stays
/// what it is while the file grows.
///
/// Pages are written with `pwrite`, which says when the disk is full; or, after their room was reserved, through the memory.
/// **Not encrypted.** A page that the disk cannot read ends the process (SIGBUS), as with every mapped file.
final class MappedPages: Sendable {
    let pageBytes: Int
    private let file: OwnFile
    private let pagesPerSegment: Int
    private let state: Mutex<State>

    private struct State: ~Copyable {
        var pages: Int
        /// Addresses of the mapped parts.
        var segments: [UInt] = []
    }

    /// How much address space is taken at once; little is used by small stores.
    private static let segmentBytes = 1 << 28

    /// - Parameter pageBytes: Made a multiple of 64, so that no page lies askew in lines of the cache.
    init(_ path: String, pageBytes: Int, isNew: Bool) throws(HistoryCacheError) {
        self.pageBytes = (max(pageBytes, 1) + 63) / 64 * 64
        file = try OwnFile(path, isNew: isNew)
        // Segments begin at a multiple of the system's page: so many pages of ours are one.
        let round = 4096 / 64
        pagesPerSegment = max(1, Self.segmentBytes / (self.pageBytes * round)) * round
        state = Mutex(State(pages: try file.length / self.pageBytes))
    }

    deinit {
        let bytes = pagesPerSegment * pageBytes
        state.withLock { for segment in $0.segments { munmap(UnsafeMutableRawPointer(bitPattern: segment), bytes) } }
    }

    var path: String { file.path }

    /// Pages that the file is long enough for.
    var pages: Int { state.withLock { $0.pages } }

    /// The address of a page; the file is made longer where it ends before.
    func address(of page: UInt32) throws(HistoryCacheError) -> UnsafeMutableRawPointer {
        let (segment, rest) = Int(page).quotientAndRemainder(dividingBy: pagesPerSegment)
        let start = try change { state throws(HistoryCacheError) in
            try grow(&state, to: Int(page) + 1)
            while state.segments.count <= segment { state.segments.append(try map(state.segments.count)) }
            return state.segments[segment]
        }
        guard let address = UnsafeMutableRawPointer(bitPattern: start + UInt(rest * pageBytes)) else {
            throw file.failure("mapped", EINVAL)
        }
        return address
    }

    /// Alone with the state; errors come through the lock as values.
    private func change<Value>(
        _ body: (inout State) throws(HistoryCacheError) -> Value
    ) throws(HistoryCacheError) -> Value {
        let result = state.withLock { state -> Result<Value, HistoryCacheError> in
            do throws(HistoryCacheError) { return .success(try body(&state)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    private func grow(_ state: inout State, to pages: Int) throws(HistoryCacheError) {
        guard pages > state.pages else { return }
        // An eighth more, so that a long file is not resized for every page.
        let new = pages + max(16, pages / 8)
        try file.resize(new * pageBytes)
        state.pages = new
    }

    private func map(_ segment: Int) throws(HistoryCacheError) -> UInt {
        let bytes = pagesPerSegment * pageBytes
        let address = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.descriptor, segment * bytes)
        guard let address, address != MAP_FAILED else { throw file.failure("mapped") }
        return UInt(bitPattern: address)
    }

    /// Writes a part of a page.
    func write(_ bytes: UnsafeRawBufferPointer, page: UInt32, at place: Int) throws(HistoryCacheError) {
        try change { state throws(HistoryCacheError) in try grow(&state, to: Int(page) + 1) }
        try file.write(bytes, at: Int(page) * pageBytes + place)
    }

    /// Takes a page's room on the disk, so that it can be written through memory.
    func reserve(_ page: UInt32) throws(HistoryCacheError) {
        try change { state throws(HistoryCacheError) in try grow(&state, to: Int(page) + 1) }
        try file.reserve(pageBytes, at: Int(page) * pageBytes)
    }

    /// Waits until the disk has everything.
    func synchronise() throws(HistoryCacheError) { try file.synchronise() }
}
