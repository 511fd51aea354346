internal import HistoryTower

/// A step's windows, dealt into micro-batches and those to data ranks: the same at every rank, by what attention over them costs.
struct DealtStep: Sendable {
    /// Windows of histories.
    let windows: [Range<Int>]
    /// The number of each window's first event in the step.
    let numbers: [Int]
    /// By predicted field, the codes to predict in the whole step.
    let labels: [Int]
    /// By degree of data parallelism, micro-batch and part: windows, ascending.
    private let parts: [Int: [[[Int]]]]

    init(
        _ windows: [Range<Int>], of histories: EventHistories, microBatches: Int, degrees: Set<Int>, width: Int
    ) {
        self.windows = windows
        numbers = windows.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }.dropLast()
        labels = PredictionHeads.counts(windows, of: histories)
        // Of a layer: products of rows with matrices of 12 width² numbers, and rows with the rows before them.
        let costs = windows.map { Double($0.count) * Double(12 * width + $0.count) }
        let batches = Self.deal(Array(windows.indices), into: microBatches, costs)
        parts = Dictionary(
            uniqueKeysWithValues: degrees.map { degree in
                (degree, batches.map { Self.deal($0, into: degree, costs) })
            })
    }

    /// The windows of each data rank.
    func parts(_ microBatch: Int, degree: Int) -> [[Int]] {
        guard let batches = parts[degree] else { preconditionFailure("a degree of the plan") }
        return batches[microBatch]
    }

    /// The dearest first, each to who has the least so far. A degree's parts are those of its first prime factor, cut: where degree
    /// 2 becomes 4 on neighbouring ranks, histories need not move.
    private static func deal(_ windows: [Int], into count: Int, _ costs: [Double]) -> [[Int]] {
        guard count > 1 else { return [windows] }
        let factor = (2...count).first { count % $0 == 0 } ?? count
        var parts = Array(repeating: [Int](), count: factor)
        var loads = Array(repeating: 0.0, count: factor)
        for window in windows.sorted(by: { (costs[$0], $1) > (costs[$1], $0) }) {
            guard let least = loads.indices.min(by: { (loads[$0], $0) < (loads[$1], $1) }) else { continue }
            parts[least].append(window)
            loads[least] += costs[window]
        }
        return parts.flatMap { deal($0.sorted(), into: count / factor, costs) }
    }
}

/// Windows as they lie in a rank's step, one after the other.
struct Placement {
    /// Places among the windows of the step.
    let windows: [Int]
    /// Where each begins, and the end of the last.
    let starts: [Int]
    private let firstRow: [Int: Int]

    init(_ windows: [Int], of step: DealtStep) {
        self.windows = windows
        starts = windows.reduce(into: [0]) { $0.append($0[$0.count - 1] + step.windows[$1].count) }
        firstRow = Dictionary(uniqueKeysWithValues: zip(windows, starts))
    }

    /// Where a window begins.
    subscript(_ window: Int) -> Int {
        guard let row = firstRow[window] else { preconditionFailure("a window of this rank") }
        return row
    }

    var events: Int { starts[starts.count - 1] }
}
