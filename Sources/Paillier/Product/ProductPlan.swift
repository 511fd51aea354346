/// How a product under encryption is computed, chosen from its sizes and from which multipliers are zero.
///
/// A product of an operand's column is, for each row of multipliers, a product of powers of that column's ciphertexts, the
/// *bases*. What a base costs depends on the column of multipliers that it belongs to (``Kind``); rows that are computed are
/// called *lines*, eight at a time.
///
/// Rows that share a ciphertext are joined in one of two places: *late*, line by line and then by Horner's rule; or *early*:
/// the bases are raised to the powers of two by which rows lie apart, and one line computes all rows of a group at once.
struct ProductPlan: Sendable {
    /// What the multipliers in a column are.
    enum Kind: Hashable, Sendable {
        /// 0 or one power of two, as 1 is in fixed point: one multiplication for each that is not 0. How many there are shows
        /// in time.
        case unit(bit: Int)
        /// Any, and few of them not 0: signed windows of 4 bits, with a table for the base alone. How many digits are not 0
        /// shows in time.
        case window
        /// Any: a multiplication for each bit and each group of columns, whatever the values, which are made positive by an
        /// offset. Which entries of tables are read depends on the values.
        case dense
    }

    static let windowBits = 4

    /// Of each column of multipliers.
    var kinds: [Kind]
    /// All multipliers are multiples of 2^shift: results are squared that often instead.
    var shift: Int
    /// Bits of the multipliers, the shift taken off.
    var bits: Int
    /// Rows are joined early.
    var joinsEarly: Bool
    /// The highest bit of columns of ones.
    var highestUnit: Int
    /// Rows of a group.
    var groupRows: Int
    var lines: Int
    /// Dense bases of a group.
    var groupSize: Int
    /// Groups of dense bases.
    var groups: Int
    /// Bases with windows.
    var windows: Int
    /// Parts that a line's bases are dealt to, so that few lines fill eight lanes and all cores.
    var parts: Int
    /// Rounds that tables are built in, so that they never take more than ``mostTableBytes``.
    var passes: Int
    /// Of the tables of one pass.
    var tableBytes: Int
    /// Time of one column of the operand, in general multiplications of a block.
    var cost = 0.0

    /// Planes of bits, the highest first.
    var planes: Int {
        // The offset of dense columns takes one more bit. Signed digits reach 7 (16^m - 1) / 15.
        let dense = groups > 0 ? bits + 1 : 1
        let digits = windows > 0 ? (bits + 5) / Self.windowBits : 1
        return max(dense, (digits - 1) * Self.windowBits + 1, highestUnit + 1)
    }

    /// Whether lines are the groups of rows, each computed in one go.
    var isDirect: Bool { parts == 1 && passes == 1 && shift == 0 && (joinsEarly || groupRows == 1) }

    static let mostTableBytes = 96 << 20
}

// MARK: - Choice

extension ProductPlan {
    /// What decides over a plan.
    struct Question: Sendable {
        var multipliers: MultiplierProfile
        var join: RowJoin
        /// How many products are expected to use the operand.
        var uses: Int
        /// Bytes of an element in a table.
        var entryBytes: Int
        var threads: Int
    }

    /// Times of a kernel's operations, in those of a general multiplication (CMontgomery: in k^2, 3.5 : 4 : 5, and 6 and the
    /// sums of lambdas for an entry).
    private static let (square, multiplyBase, multiply, entry) = (0.72, 0.83, 1.0, 1.4)
    /// An entry of a table, in multiplications by a normalised base.
    static let entryInMultiplications = entry / multiplyBase

    static let groupSizes = 1...12
    static let partCounts = [1, 2, 3, 4, 6, 8, 12, 16]

    /// The fastest plan.
    init(_ question: Question) {
        guard let best = Self.cheapest(question, by: { $0.cost(question).total }) else {
            preconditionFailure("groups of one column and one part are always possible")
        }
        self = best
    }

    /// The plan with the least cost, which it then has; plans without a cost are none.
    static func cheapest(_ question: Question, by cost: (ProductPlan) -> Double?) -> ProductPlan? {
        var best: ProductPlan?
        for joinsEarly in question.join.size > 1 ? [false, true] : [false] {
            for size in groupSizes {
                for parts in partCounts {
                    let plan = ProductPlan(question, joinsEarly: joinsEarly, groupSize: size, parts: parts)
                    guard var plan, let cost = cost(plan), cost < best?.cost ?? .infinity else { continue }
                    plan.cost = cost
                    best = plan
                }
            }
        }
        return best
    }

    init?(_ question: Question, joinsEarly: Bool, groupSize: Int, parts: Int) {
        let multipliers = question.multipliers
        let copies = joinsEarly ? question.join.size : 1
        kinds = multipliers.kinds
        shift = multipliers.shift
        highestUnit = multipliers.highestUnit
        bits = max(1, multipliers.bits - shift)
        self.joinsEarly = joinsEarly
        groupRows = question.join.size
        lines = joinsEarly ? (multipliers.rows + copies - 1) / copies : multipliers.rows
        self.groupSize = groupSize
        groups = (copies * multipliers.dense + groupSize - 1) / groupSize
        windows = copies * multipliers.windows
        self.parts = parts
        let bytes = (groups << groupSize + windows << Self.windowBits) * question.entryBytes
        passes = max(1, (bytes + Self.mostTableBytes - 1) / Self.mostTableBytes)
        tableBytes = bytes / passes
        // A table that alone is too large; parts without bases; tables that nothing needs.
        guard question.entryBytes << groupSize <= Self.mostTableBytes else { return nil }
        guard parts == 1 || parts <= max(groups, multipliers.columns * copies / 4) else { return nil }
        guard groupSize == 1 || groups > 0 else { return nil }
    }

    /// What one column of the operand takes, on all cores, in general multiplications of a block.
    struct Cost {
        /// Entries of tables, as a product's share of what they serve.
        var tables: Double
        /// What has to be known of bases before; as a product's share.
        var bases: Double
        /// Lines, and what is done to them.
        var lines: Double

        var total: Double { tables + bases + lines }
    }

    func cost(_ question: Question) -> Cost {
        let multipliers = question.multipliers
        func blocks(_ count: Int) -> Double { Double((count + 7) / 8) }
        func onAllCores(_ count: Int) -> Double {
            let blocks = (count + 7) / 8
            return Double((blocks + question.threads - 1) / question.threads)
        }
        // Tables of several passes are built anew for every product (`EncryptedOperand.prepared`).
        let reuse = passes == 1 ? Double(question.uses) : 1
        let threads = Double(question.threads)
        // Tables.
        let copies = joinsEarly ? groupRows : 1
        let bases = Double(copies) * blocks(multipliers.columns)
        let entries = blocks(groups) * Double(1 << groupSize) + blocks(windows) * Double(1 << Self.windowBits)
        var once = 3 * bases * Self.multiply / threads
        if joinsEarly {
            once += Double((groupRows - 1) * question.join.rowBits) * Self.square * onAllCores(multipliers.columns)
        }
        // Lines.
        let stored = Double(multipliers.stored) / Double(max(1, multipliers.rows))
        let sparse = max(0, stored - Double(multipliers.dense)) * Double(copies)
        let windowDigits = windows > 0 ? Double(bits + 1) / Double(Self.windowBits) : 1
        let steps =
            Double(planes) * Double((groups + passes * parts - 1) / (passes * parts)) * Double(passes)
            + sparse * windowDigits / Double(parts)
        let line = Double(passes * planes) * Self.square + steps * Self.multiplyBase
        var often = onAllCores(lines * parts) * line
        often += Double(passes * parts - 1) * Self.multiply * onAllCores(lines)
        // Joining late, and the shift.
        let joined = (multipliers.rows + groupRows - 1) / groupRows
        if !joinsEarly, groupRows > 1 {
            often += Double((groupRows - 1) * question.join.rowBits) * Self.square * onAllCores(joined)
        }
        often += Double(shift) * Self.square * onAllCores(joined)
        return Cost(tables: entries * Self.entry / threads / reuse, bases: once / reuse, lines: often)
    }
}

extension Multipliers {
    /// Whether a plan that was made for other multipliers serves these.
    func fit(_ plan: ProductPlan) -> Bool {
        guard bits - plan.shift <= plan.bits, columns == plan.kinds.count else { return false }
        return (0..<rows).allSatisfy { row in
            values.row(row).allSatisfy { place in
                guard place.value != 0 else { return true }
                if case .unit(let bit) = plan.kinds[place.column] {
                    return place.value == 1 << Int128(bit + plan.shift)
                }
                return place.value.trailingZeroBitCount >= plan.shift
            }
        }
    }
}

extension ProductPlan: CustomStringConvertible {
    var description: String {
        func count(_ kind: Kind) -> Int { kinds.count { $0 == kind } }
        let ones = kinds.count - count(.dense) - count(.window)
        let columns = [(count(.dense), "dense"), (count(.window), "sparse"), (ones, "of ones")]
            .filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        var parts = ["columns: \(columns.isEmpty ? "none" : columns)"]
        if groupRows > 1 { parts.append("\(groupRows) rows joined \(joinsEarly ? "early" : "late")") }
        if groups > 0 { parts.append("\(groups) groups of \(groupSize)") }
        parts.append("\(planes) planes of bits")
        parts.append("\(lines) lines in \(self.parts) parts")
        if shift > 0 { parts.append("\(shift) squarings behind") }
        parts.append("tables of \((tableBytes + (1 << 19)) >> 20) MiB in \(passes) passes")
        return parts.joined(separator: "; ")
    }
}
