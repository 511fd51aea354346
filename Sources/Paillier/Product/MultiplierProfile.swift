internal import Arithmetic

/// What a plan has to know of multipliers: found in one pass over them, and about right for a part of them, too.
struct MultiplierProfile: Sendable {
    private(set) var rows: Int
    /// Every multiplier lies in `[-2^bits, 2^bits)`.
    let bits: Int
    /// Trailing zeros that all have in common; 0 if all are zero.
    let shift: Int
    /// Of each column.
    private(set) var kinds: [ProductPlan.Kind]
    /// How many of each column's are not zero.
    private var counts: [Int]
    /// How many are not zero.
    private(set) var stored: Int
    /// Columns of each kind.
    private(set) var (dense, windows) = (0, 0)
    /// The highest bit of columns of ones.
    private(set) var highestUnit = 0

    var columns: Int { kinds.count }

    init(_ multipliers: Multipliers) {
        var columns = [Column](repeating: Column(), count: multipliers.columns)
        var all: UInt128 = 0
        for row in 0..<multipliers.rows {
            for place in multipliers.values.row(row) where place.value != 0 {
                all |= place.value.magnitude
                columns[place.column].take(place.value)
            }
        }
        (rows, bits) = (multipliers.rows, multipliers.bits)
        shift = all == 0 ? 0 : all.trailingZeroBitCount
        counts = columns.map(\.count)
        stored = counts.reduce(0, +)
        kinds = Self.kinds(columns, rows: rows, bits: bits, shift: shift)
        count()
    }

    /// Of multipliers that were looked at elsewhere: how many of them are not zero is not known here.
    init(kinds: [ProductPlan.Kind], rows: Int, bits: Int, shift: Int) {
        (self.kinds, self.rows, self.bits, self.shift) = (kinds, rows, bits, shift)
        counts = .init(repeating: 0, count: kinds.count)
        stored = 0
        count()
    }

    /// About those of so many of the rows, and of some columns: as if all rows were alike.
    func part(rows: Int, columns: Range<Int>) -> MultiplierProfile {
        var part = self
        part.rows = rows
        part.kinds = Array(kinds[columns])
        part.counts = counts[columns].map { ($0 * rows + self.rows / 2) / max(1, self.rows) }
        part.stored = part.counts.reduce(0, +)
        part.count()
        return part
    }

    private mutating func count() {
        (dense, windows, highestUnit) = (0, 0, 0)
        for kind in kinds {
            switch kind {
            case .dense: dense += 1
            case .window: windows += 1
            case .unit(let bit): highestUnit = max(highestUnit, bit)
            }
        }
    }
}

extension MultiplierProfile {
    /// What is seen of one column.
    private struct Column {
        var count = 0
        var isUnit = true
        var bits: Int128 = 0

        mutating func take(_ value: Int128) {
            count += 1
            bits |= value
            if value != bits || value.nonzeroBitCount != 1 || value < 0 { isUnit = false }
        }
    }

    private static func kinds(_ columns: [Column], rows: Int, bits: Int, shift: Int) -> [ProductPlan.Kind] {
        let (planes, lines) = (Double(bits - shift + 1), Double(max(1, rows)))
        // Per line, of one column: its part of a group at all planes and of the group's table, or as many digits as there are
        // and a table of its own.
        let entry = ProductPlan.entryInMultiplications
        let dense = (1...12).reduce(planes) { (least: Double, size: Int) -> Double in
            min(least, (planes + Double(1 << size) * entry / lines) / Double(size))
        }
        // A column without anything is taken for one of ones that had none this time.
        let usual =
            columns.lazy.filter { $0.isUnit && $0.bits != 0 }.map { $0.bits.trailingZeroBitCount - shift }.max() ?? 0
        return columns.map { column in
            if column.isUnit {
                return .unit(bit: column.bits == 0 ? usual : column.bits.trailingZeroBitCount - shift)
            }
            let density = Double(column.count) / lines
            let window = density * planes / Double(ProductPlan.windowBits) + 16 * entry / lines
            return window < dense ? .window : .dense
        }
    }
}
