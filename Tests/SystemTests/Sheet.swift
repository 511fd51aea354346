/// A party's data file in the making.
struct Sheet {
    private(set) var columns: [String]
    var rows: [[String]]

    /// The cell of a row, counted from 0: line `row + 2` of the file.
    subscript(column: String, row: Int) -> String {
        get { rows[row][place(column)] }
        set { rows[row][place(column)] = newValue }
    }

    mutating func rename(_ column: String, to name: String) { columns[place(column)] = name }

    /// Adds a column, with a cell for each row.
    mutating func add(_ column: String, _ cells: [String]) {
        columns.append(column)
        for (row, cell) in cells.enumerated() { rows[row].append(cell) }
    }

    var csv: String {
        ([columns] + rows).map { $0.joined(separator: ",") + "\n" }.joined()
    }

    private func place(_ column: String) -> Int {
        guard let place = columns.firstIndex(of: column) else { preconditionFailure("no column \(column)") }
        return place
    }
}

/// Made-up customers of a bank, a shop and a telephone company, the same every time. Each knows most of them, none all; who does not
/// pay the bank back depends on what all three know.
enum Customers {
    static let count = 120

    /// The customers that one organisation knows, as numbers below ``count``.
    static func known(to party: String) -> [Int] {
        (0..<count).filter { unit("known to \(party)", $0) < 0.9 }
    }

    static func sheet(of party: String) -> Sheet {
        let (columns, row) = contents(of: party)
        return Sheet(columns: ["id"] + columns, rows: known(to: party).map { ["customer-\($0)"] + row($0) })
    }

    private static func contents(of party: String) -> (columns: [String], row: (Int) -> [String]) {
        func number(_ column: String, _ mean: Double, _ spread: Double) -> (Int) -> String {
            { customer in decimal(mean + spread * centred(column, customer)) }
        }
        func choice(_ column: String, _ choices: [String]) -> (Int) -> String {
            { customer in choices[Int(unit(column, customer) * Double(choices.count))] }
        }
        let cells: [(String, (Int) -> String)] =
            switch party {
            case "bank":
                [
                    ("age", number("age", 45, 20)), ("income", number("income", 3000, 1500)),
                    ("region", choice("region", ["north", "south", "east"])),
                    ("default", { isDefault($0) ? "1" : "0" }),
                ]
            case "shop":
                [
                    ("visits", number("visits", 12, 8)), ("spend", number("spend", 400, 300)),
                    ("returns", number("returns", 3, 2)), ("channel", choice("channel", ["web", "branch"])),
                ]
            default:
                [
                    ("calls", number("calls", 80, 60)), ("minutes", number("minutes", 300, 200)),
                    ("tenure", number("tenure", 6, 5)), ("late", number("late", 1, 1)),
                ]
            }
        return (cells.map(\.0), { customer in cells.map { $0.1(customer) } })
    }

    private static func isDefault(_ customer: Int) -> Bool {
        centred("income", customer) - centred("spend", customer) - centred("late", customer) + 0.3
            * centred("noise", customer) < 0
    }

    /// Two decimals.
    private static func decimal(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }

    /// Between -1 and 1.
    private static func centred(_ purpose: String, _ customer: Int) -> Double { 2 * unit(purpose, customer) - 1 }

    /// Between 0 and 1, a function of its arguments alone.
    private static func unit(_ purpose: String, _ customer: Int) -> Double {
        var random = SeededGenerator(seed: purpose.utf8.reduce(UInt64(customer)) { $0 &* 0x100_0000_01B3 ^ UInt64($1) })
        return Double.random(in: 0..<1, using: &random)
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers for the same seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
