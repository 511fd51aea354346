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

/// Of a table whose pages are all in memory: none ever leaves.
struct NoPages: PageStore {
    let pageBytes: Int

    var counters: PageFile.Counters { PageFile.Counters() }

    func write(_: Int, from _: UnsafeRawPointer) -> Transfer { preconditionFailure("a page that stays in memory") }
    func read(_: Int, into _: UnsafeMutableRawPointer) -> Transfer { preconditionFailure("a page that never left") }
    func wait(_: Transfer) {}
}

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
