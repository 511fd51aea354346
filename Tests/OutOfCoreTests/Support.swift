import Glibc
import Kernels
import OutOfCore
import Synchronization
import Tiers

/// SplitMix64: numbers that are the same in every run.
struct Numbers: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    mutating func floats(_ count: Int) -> [Float] {
        (0..<count).map { _ in Float.random(in: -1...1, using: &self) }
    }

    /// Rows of which row r is drawn in proportion to 1 / (r + 1), nearly (Zipf), scattered over the table.
    mutating func zipf(_ count: Int, rows: Int) -> [Int32] {
        (0..<count).map { _ in
            let rank = Int(exp(Double.random(in: 0..<log(Double(rows) + 1), using: &self))) - 1
            // Odd, and therefore a permutation of a power of two.
            return Int32(truncatingIfNeeded: rank &* 40_503 & (rows - 1))
        }
    }
}

/// A folder on the disk, not on a file system that is memory.
let scratch = "/var/tmp"

/// A disk that fails from some transfer on.
final class FailingStore: PageStore {
    static let error = TierError.file(folder: "/disk", action: "read", offset: 8192, code: 5)
    private let file: PageFile
    private let failing: Int
    private let begun = Counter()

    init(_ file: PageFile, from failing: Int) { (self.file, self.failing) = (file, failing) }

    var pageBytes: Int { file.pageBytes }
    var counters: PageFile.Counters { file.counters }

    func write(_ page: Int, from memory: UnsafeRawPointer) -> Transfer {
        begun.next()
        return file.write(page, from: memory)
    }

    func read(_ page: Int, into memory: UnsafeMutableRawPointer) -> Transfer {
        begun.next()
        return file.read(page, into: memory)
    }

    func wait(_ transfer: Transfer) throws(TierError) {
        try file.wait(transfer)
        if begun.value >= failing { throw Self.error }
    }
}

final class Counter: Sendable {
    private let count = Atomic(0)
    var value: Int { count.load(ordering: .relaxed) }
    func next() { count.add(1, ordering: .relaxed) }
}

/// Sleeps.
func pause(microseconds: UInt32) { usleep(microseconds) }
