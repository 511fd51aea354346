package import Tiers

/// What is needed of a ``PageFile``: transfers end in the order in which they began, and from the first failure on all fail.
/// For tests that have a disk fail.
package protocol PageStore: Sendable {
    var pageBytes: Int { get }
    var counters: PageFile.Counters { get }
    func write(_ page: Int, from memory: UnsafeRawPointer) -> Transfer
    func read(_ page: Int, into memory: UnsafeMutableRawPointer) -> Transfer
    func wait(_ transfer: Transfer) throws(TierError)
}

extension PageFile: PageStore {}

/// Memory for numbers, aligned as a ``PageFile`` needs it; its pages become resident when they are first touched.
///
/// `@unchecked Sendable`: the pointer never changes; its users see to it that one thread at a time uses what is there.
final class AlignedMemory: @unchecked Sendable {
    let start: UnsafeMutableRawPointer

    init(bytes: Int) {
        start = .allocate(byteCount: max(bytes, 1), alignment: 4096)
    }

    deinit { start.deallocate() }
}
