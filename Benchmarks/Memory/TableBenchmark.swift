import ArgumentParser
import Foundation
import Kernels
import OutOfCore

/// Trains a table that is larger than the memory of the whole process: every row learns numbers of its own.
///
/// An eighth of each batch is drawn with the popularity of words (Zipf, the popular ones scattered over the table), the rest goes through the
/// whole table once, so that in the end every row was updated. Between gathering and updating there is a wait, as for another party of a federation.
struct TableBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "table",
        abstract: "Trains a table of embeddings that is larger than the memory of the whole process.",
        discussion: "Sizes are of values and AdaGrad's sums together: 4 GiB as it stands.")

    @Option(help: "Rows, a power of two.")
    var rows = 1 << 23

    @Option(help: "Numbers of a row.")
    var columns = 64

    @Option(help: "MiB of the table's pages in memory, and of all that is known of them.")
    var budget = 448

    @Option(help: "Bytes of a page.")
    var pageBytes = 1 << 14

    @Option(help: "Rows of a batch.")
    var batch = 8192

    @Option(help: "Batches announced ahead; 0 for none.")
    var ahead = 1

    @Option(help: "Microseconds of waiting between gathering and updating.")
    var wait: UInt32 = 20_000

    @Option(help: "Batches at most; all without it.")
    var most: Int?

    @Option(help: "A folder on the disk.")
    var scratch = "/var/tmp"

    func validate() throws {
        guard rows > 0, rows & (rows - 1) == 0, min(columns, budget, pageBytes, batch) > 0, ahead >= 0 else {
            throw ValidationError("--rows is a power of two, and sizes are 1 or more")
        }
    }

    func run() throws {
        let table = try PagedTable(
            rows: rows, columns: columns, first: .uniform(bound: 0.1, seed: 1), optimiser: AdaGrad(rate: 0.1),
            budget: budget << 20, in: scratch, pageBytes: pageBytes)
        let disk = PagedTable.diskBytes(rows: rows, columns: columns, pageBytes: pageBytes)
        print(
            "\(rows) rows x \(columns) columns: values \((rows * columns * 4) >> 20) MiB, with AdaGrad's sums "
                + "\(disk >> 20) MiB on the disk, in pages of \(pageBytes) bytes")
        print(
            "budget of the table \(budget) MiB; batches of \(batch), \(ahead) ahead, a wait of \(wait) us in each"
        )
        let batches = min(most ?? .max, (rows + swept - 1) / swept)
        let start = ContinuousClock.now
        var losses: [Double] = []
        for index in 0..<min(ahead, batches) { table.prefetch(made(index)) }
        for index in 0..<batches {
            losses.append(try step(table, index, of: batches))
            if index % 256 == 255 || index == batches - 1 { report(table, index + 1, start, losses) }
        }
    }

    /// - Returns: the mean squared error of the batch before its update.
    private func step(_ table: PagedTable, _ index: Int, of batches: Int) throws -> Double {
        let rows = made(index)
        let numbers = OutputSlice.allocate(capacity: 2 * batch * columns)
        defer { numbers.deallocate() }
        let target = numbers + batch * columns
        try table.gather(rows, into: numbers)
        if ahead > 0, index + ahead < batches { table.prefetch(made(index + ahead)) }
        var loss = 0.0
        for (place, row) in rows.enumerated() {
            FirstValues.uniform(bound: 1, seed: 2).fill(
                target + place * columns, first: Int(row) * columns, count: columns)
        }
        for element in 0..<batch * columns {
            numbers[element] -= target[element]
            loss += Double(numbers[element] * numbers[element])
        }
        usleep(wait)
        try table.update(rows, gradients: numbers)
        return loss / Double(batch * columns)
    }

    /// Rows of a batch that go through the table.
    private var swept: Int { batch / 8 * 7 }

    private func made(_ index: Int) -> [Int32] {
        var generator = Generator(state: UInt64(index))
        return (0..<batch).map { place in
            if place < swept { return Int32((index * swept + place) % rows) }
            let unit = Double(generator.next() >> 11) * 0x1p-53
            let rank = Int(exp(unit * log(Double(rows)))) - 1
            // Odd, and therefore a permutation of a power of two: what is popular lies everywhere.
            return Int32(truncatingIfNeeded: rank &* 2_654_435_761 & (rows - 1))
        }
    }

    private func report(_ table: PagedTable, _ done: Int, _ start: ContinuousClock.Instant, _ losses: [Double]) {
        let counters = table.counters
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let mean = losses.suffix(16).reduce(0, +) / Double(min(16, losses.count))
        print(
            String(
                format: "%5d batches, %.0f s, %.1f ms each, of which %.1f waited for the disk; "
                    + "peak resident %d MiB; %d hits, %d faults, %d fetched ahead, %d made; "
                    + "read %d MiB, written %d MiB; error %.4f",
                done, seconds, seconds * 1e3 / Double(done), counters.stalled / .seconds(1) * 1e3 / Double(done),
                Self.peakResident() >> 20, counters.hits, counters.faults, counters.prefetched, counters.made,
                counters.bytesRead >> 20, counters.bytesWritten >> 20, mean))
        fflush(nil)
    }

    /// VmHWM of this process, in bytes.
    static func peakResident() -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM") }
        return (line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) } ?? 0) << 10
    }

    private struct Generator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var word = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            return word ^ (word >> 31)
        }
    }
}
