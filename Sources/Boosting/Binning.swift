/// Which bin each value of a column falls into: at most 255 for values, and one for missing ones.
struct Binning: Sendable {
    static let missing: UInt8 = 255
    static let limit = 255

    /// How many bins there are for values.
    let count: Int
    let isCategorical: Bool
    /// Of numbers: the largest value of each bin but the last, or somewhat more.
    private var cuts: [Double] = []
    private var categories: [Double: UInt8] = [:]

    init(_ column: BoostedTrees.Column) {
        isCategorical = column.isCategorical
        let present = column.values.filter { !$0.isNaN }
        if isCategorical {
            categories = Self.categories(present)
            count = categories.count
        } else {
            cuts = Self.cuts(present.sorted())
            count = present.isEmpty ? 0 : cuts.count + 1
        }
    }

    func bin(of value: Double) -> UInt8 {
        if value.isNaN { return Self.missing }
        if isCategorical { return categories[value] ?? Self.missing }
        var (low, high) = (0, cuts.count)
        while low < high {
            let middle = (low + high) / 2
            if cuts[middle] < value { low = middle + 1 } else { high = middle }
        }
        return UInt8(low)
    }

    /// A bin for each of the most frequent values; the smaller value goes first where frequencies are equal.
    private static func categories(_ values: [Double]) -> [Double: UInt8] {
        let frequencies = Dictionary(values.map { ($0, 1) }, uniquingKeysWith: +)
        let order = frequencies.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(limit)
        return Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1.key, UInt8($0)) })
    }

    /// Cuts between bins of about equal numbers of rows, none within equal values.
    ///
    /// Each bin takes its share of the rows that are left, so that a value that many rows have costs the others no
    /// bins.
    private static func cuts(_ sorted: [Double]) -> [Double] {
        var cuts: [Double] = []
        let distinct = zip(sorted, sorted.dropFirst()).lazy.count { $0 != $1 } + 1
        var start = 0
        for end in sorted.indices.dropFirst() where sorted[end] != sorted[end - 1] {
            let left = limit - cuts.count
            guard distinct <= limit || (end - start) * left >= sorted.count - start else { continue }
            guard left > 1 else { break }
            cuts.append(between(sorted[end - 1], sorted[end]))
            start = end
        }
        return cuts
    }

    /// Halfway, or `low` where there is nothing between.
    private static func between(_ low: Double, _ high: Double) -> Double {
        let middle = low / 2 + high / 2
        return low <= middle && middle < high ? middle : low
    }
}

/// Columns by bins.
struct BinnedTable: Sendable {
    let binnings: [Binning]
    let rows: Int
    /// Columns x rows.
    let bins: [UInt8]
    /// Whether a column has a missing value.
    let hasMissing: [Bool]

    init(_ binnings: [Binning], _ columns: [[Double]]) {
        self.binnings = binnings
        let rows = columns[0].count
        self.rows = rows
        bins = [UInt8](unsafeUninitializedCapacity: rows * columns.count) { buffer, count in
            for (index, column) in columns.enumerated() {
                for (row, value) in column.enumerated() {
                    buffer.initializeElement(at: index * rows + row, to: binnings[index].bin(of: value))
                }
            }
            count = buffer.count
        }
        hasMissing = bins.withUnsafeBufferPointer { bins in
            columns.indices.map { bins[$0 * rows..<($0 + 1) * rows].contains(Binning.missing) }
        }
    }
}

/// Some of the 256 bins of a column.
struct BinSet: Hashable, Sendable {
    private var words = SIMD4<UInt64>()

    mutating func insert(_ bin: Int) { words[bin / 64] |= 1 << UInt64(bin % 64) }

    func contains(_ bin: UInt8) -> Bool { (words[Int(bin / 64)] >> UInt64(bin % 64)) & 1 == 1 }
}
