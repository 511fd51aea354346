package import Cryptography
internal import Glibc

/// Memory for a long secret vector of 64-bit words, zero at first; wiped when the last reference goes.
///
/// Whole pages of their own, in huge pages where the system has them: the code reads them at random. Used like a buffer: whoever
/// holds a reference may write, and it is the users' part that nobody else does at the time.
package final class SecretWords: @unchecked Sendable {  // users write disjoint parts, and read when writing is over
    /// The number of words.
    package private(set) var count: Int
    private let memory: UnsafeMutableRawPointer
    private var byteCount: Int

    /// `count` words of zero.
    package init(count: Int) {
        self.count = count
        byteCount = Self.pages(count)
        let memory = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let memory, memory != MAP_FAILED else { preconditionFailure("out of memory") }
        self.memory = memory
        if byteCount >= 4 << 20 { madvise(memory, byteCount, Int32(MADV_HUGEPAGE)) }  // advice may be refused
    }

    /// `count` random words: the stream's next bytes, little-endian.
    package convenience init(count: Int, random: RandomStream) {
        self.init(count: count)
        let bytes = random.secret(8 * count)
        withUnsafeWords { words in bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(words).copyMemory(from: $0) } }
    }

    deinit {
        explicit_bzero(memory, byteCount)
        munmap(memory, byteCount)
    }

    /// Lends the words to `body`, which must not let the pointer escape.
    package func withUnsafeWords<Result, Failure: Error>(
        _ body: (UnsafeMutableBufferPointer<UInt64>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let words = UnsafeMutableBufferPointer(start: memory.assumingMemoryBound(to: UInt64.self), count: count)
        return try withExtendedLifetime(self) { () throws(Failure) in try body(words) }
    }

    package subscript(index: Int) -> UInt64 {
        get { withUnsafeWords { $0[index] } }
        set { withUnsafeWords { $0[index] = newValue } }
    }

    /// The words as an array, which is not wiped.
    package func copy() -> [UInt64] { withUnsafeWords { Array($0) } }

    /// Keeps the first `count` words, wipes the others and gives their pages back.
    func truncate(to count: Int) {
        precondition(count <= self.count, "more words than there are")
        let kept = Self.pages(count)
        explicit_bzero(memory + 8 * count, byteCount - 8 * count)
        if kept < byteCount { munmap(memory + kept, byteCount - kept) }
        (self.count, byteCount) = (count, kept)
    }

    /// Bytes of the pages that hold `count` words, at least one.
    private static func pages(_ count: Int) -> Int {
        let page = sysconf(Int32(_SC_PAGESIZE))
        return max(1, (8 * count + page - 1) / page) * page
    }
}
