extension Preparation.Step {
    /// What a column of numbers becomes; `nil` where it does not vary over the rows.
    init?(_ name: String, _ numbers: [Double], _ rows: [Int]) {
        if rows.allSatisfy({ numbers[$0] == 0 || numbers[$0] == 1 }) {
            guard let first = rows.first, rows.contains(where: { numbers[$0] != numbers[first] }) else { return nil }
            self = .flag(column: name)
            return
        }
        let present = rows.lazy.map { numbers[$0] }.filter { !$0.isNaN }
        let count = Double(present.reduce(0) { count, _ in count + 1 })
        guard count > 0 else { return nil }
        let scale = present.reduce(0) { max($0, abs($1)) }
        guard scale > 0 else { return nil }
        // Scaled to one before squaring: the largest doubles have no square.
        let mean = present.reduce(0) { $0 + $1 / scale } / count
        let variance = present.reduce(0) { $0 + ($1 / scale - mean) * ($1 / scale - mean) } / count
        let deviation = variance.squareRoot() * scale
        // Equal values leave a few units of rounding in their mean.
        guard variance.squareRoot() > 0x1p-40 && deviation.isNormal else { return nil }
        self = .standardize(column: name, mean: mean * scale, deviation: deviation)
    }
}

/// How often each text of a column occurs in some rows.
struct CategoryCounts {
    private var counts: [ArraySlice<UInt8>: Int] = [:]
    /// Whether there are two different cells, a missing one included.
    let varies: Bool

    init(_ texts: TextColumn, _ rows: [Int]) {
        for row in rows { counts[texts[row], default: 0] += 1 }
        varies = counts.count > 1
        counts[[]] = nil
    }

    /// How many different texts there are.
    var texts: Int { counts.count }

    /// Texts that occur so often, in the order of their bytes.
    func sorted(atLeast count: Int) -> [String] {
        counts.lazy.filter { $0.value >= count }.map(\.key).sorted { $0.lexicographicallyPrecedes($1) }
            .map { String(decoding: $0, as: UTF8.self) }
    }
}

/// A step with the table's cells that it works on.
enum Source {
    case numbers([Double], mean: Double, deviation: Double)
    case texts(TextColumn, places: [ArraySlice<UInt8>: Int])
    case ones

    init(_ step: Preparation.Step, _ table: Table) throws(TablesError) {
        func numbers(_ name: String) throws(TablesError) -> [Double] {
            guard case .numbers(let numbers) = try table.column(name).cells else {
                throw .typeChanged(file: table.file, column: name, expected: .number)
            }
            return numbers
        }
        switch step {
        case .standardize(let name, let mean, let deviation):
            self = .numbers(try numbers(name), mean: mean, deviation: deviation)
        case .flag(let name):
            self = .numbers(try numbers(name), mean: 0, deviation: 1)
        case .oneHot(let name, let categories):
            guard case .texts(let texts) = try table.column(name).cells else {
                throw .typeChanged(file: table.file, column: name, expected: .category)
            }
            let places = categories.enumerated().map { (Array($1.utf8)[...], $0) }
            self = .texts(texts, places: Dictionary(uniqueKeysWithValues: places))
        case .ones:
            self = .ones
        }
    }

    /// How many prepared columns it gives.
    var width: Int {
        switch self {
        case .numbers, .ones: 1
        case .texts(_, let places): places.count
        }
    }

    /// The one value of a row that may differ from 0, with its place among the step's columns.
    func nonzero(_ row: Int) -> (offset: Int, value: Double)? {
        switch self {
        case .numbers(let numbers, let mean, let deviation):
            guard !numbers[row].isNaN else { return nil }
            let value = (numbers[row] - mean) / deviation
            return (0, min(max(value, -Preparation.bound), Preparation.bound))
        case .texts(let texts, let places):
            return places[texts[row]].map { ($0, 1) }
        case .ones:
            return (0, 1)
        }
    }
}
