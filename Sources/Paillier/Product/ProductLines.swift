internal import Arithmetic

/// Multipliers as some lines of a plan read them, one line behind the other. A line is named by its place among them.
struct ProductLines {
    /// A base and the window of 4 bits that it has in one place: the digit plus 8.
    struct Digit: Sendable {
        let window: Int32
        let entry: Int32
    }

    private let plan: ProductPlan
    /// For each line, for each plane, for each group, the dense bases that have the bit.
    private var subsets: [UInt16]
    /// Bases that are multiplied once, by their index among all, and pairs of them, by -1 less theirs; of each plane of each line.
    private var units: Buckets<Int32>
    /// Digits that are not 0, of each place of each line, the lowest place first.
    private var digits: Buckets<Digit>
    private let places: Int

    /// - Parameter lines: Which ones.
    init(
        _ multipliers: Multipliers, _ plan: ProductPlan, _ bases: ProductPlan.BaseIndices, pairs: UnitPairs?,
        lines: [Int]
    ) {
        self.plan = plan
        places = plan.windows > 0 ? (plan.planes - 1) / ProductPlan.windowBits + 1 : 0
        let places = places
        // All of the offset: a multiplier 0 is the highest plane alone.
        var empty = [UInt16](repeating: 0, count: plan.planes * plan.groups)
        for index in 0..<bases.dense.count where plan.groups > 0 {
            empty[plan.bits * plan.groups + index / plan.groupSize] |= 1 << UInt16(index % plan.groupSize)
        }
        subsets = lines.flatMap { _ in empty }
        units = Buckets(lines.count * plan.planes)
        digits = Buckets(lines.count * places)
        let copies = plan.copies
        let rows = lines.enumerated().flatMap { line, index in
            (index * copies..<min((index + 1) * copies, multipliers.rows)).map { (line, row: $0, copy: $0 % copies) }
        }
        for (line, row, copy) in rows {
            for place in multipliers.values.row(row) where place.value != 0 {
                switch plan.kinds[place.column] {
                case .unit, .dense: break
                case .window:
                    Self.digits(of: place.value >> Int128(plan.shift)) { place, _ in
                        digits.count(line * places + place)
                    }
                }
            }
            plan.eachUnit(in: multipliers.values.row(row), copy: copy, bases, pairs) { bit, _ in
                units.count(line * plan.planes + bit)
            }
        }
        units.makeRoom(filledWith: 0)
        digits.makeRoom(filledWith: Digit(window: 0, entry: 0))
        for (line, row, copy) in rows {
            add(multipliers.values.row(row), line: line, copy: copy, bases)
            plan.eachUnit(in: multipliers.values.row(row), copy: copy, bases, pairs) { bit, code in
                units.append(code, to: line * plan.planes + bit)
            }
        }
    }

    private mutating func add(
        _ row: ArraySlice<SparseMatrix<Int128>.Place>, line: Int, copy: Int, _ bases: ProductPlan.BaseIndices
    ) {
        subsets.withUnsafeMutableBufferPointer { subsets in
            for place in row where place.value != 0 {
                let value = place.value >> Int128(plan.shift)
                let index = bases.place[copy * plan.kinds.count + place.column]
                switch plan.kinds[place.column] {
                case .unit: break
                case .window:
                    Self.digits(of: value) { place, entry in
                        digits.append(Digit(window: Int32(index), entry: entry), to: line * places + place)
                    }
                case .dense:
                    let (group, bit) = (index / plan.groupSize, UInt16(1) << UInt16(index % plan.groupSize))
                    // With the offset 2^bits on top, the lower planes are those of the two's complement.
                    let words = (UInt64(truncatingIfNeeded: value), UInt64(truncatingIfNeeded: value >> 64))
                    var subset = line * plan.planes * plan.groups + group
                    for plane in 0..<min(plan.bits, 64) {
                        subsets[subset] |= bit &* UInt16(truncatingIfNeeded: words.0 >> UInt64(plane) & 1)
                        subset += plan.groups
                    }
                    for plane in 64..<max(plan.bits, 64) {
                        subsets[subset] |= bit &* UInt16(truncatingIfNeeded: words.1 >> UInt64(plane - 64) & 1)
                        subset += plan.groups
                    }
                    // The highest plane is set already.
                    if value < 0 { subsets[subset] &= ~bit }
                }
            }
        }
    }

    /// The entry of a group's table at one plane.
    func subset(_ line: Int, plane: Int, group: Int) -> Int {
        Int(subsets[(line * plan.planes + plane) * plan.groups + group])
    }

    /// Where a line's bases stand that are multiplied once at one plane: see ``unit(_:)``.
    func units(_ line: Int, plane: Int) -> Range<Int> { units[line * plan.planes + plane] }

    /// A base that is multiplied once, by its index among all; or a pair of them, by -1 less its index.
    func unit(_ place: Int) -> Int { Int(units.elements[place]) }

    /// Where a line's digits stand at the lowest bit of a window, of some bases with windows: see ``digit(_:)``.
    func digits(_ line: Int, plane: Int, windows: Range<Int>) -> Range<Int> {
        var range = digits[line * places + plane / ProductPlan.windowBits]
        // They stand in the order of their bases.
        while let first = range.first, Int(digits.elements[first].window) < windows.lowerBound {
            range = first + 1..<range.upperBound
        }
        while let last = range.last, Int(digits.elements[last].window) >= windows.upperBound {
            range = range.lowerBound..<last
        }
        return range
    }

    /// A digit that is not 0.
    func digit(_ place: Int) -> Digit { digits.elements[place] }

    /// Signed digits in [-8, 8) that are not 0, from the lowest, each plus 8.
    private static func digits(of value: Int128, _ body: (_ place: Int, _ entry: Int32) -> Void) {
        let half = Int32(1) << Int32(ProductPlan.windowBits - 1)
        var (rest, place) = (value, 0)
        while rest != 0 {
            let low = Int32(truncatingIfNeeded: rest) & (2 * half - 1)
            // From 8 on the digit is negative, and the next place has one more. `rest` itself may be the largest there is.
            rest = (rest >> Int128(ProductPlan.windowBits)) + (low >= half ? 1 : 0)
            let entry = (low + half) & (2 * half - 1)
            if entry != half { body(place, entry) }
            place += 1
        }
    }
}

/// Lists one behind the other, filled in two turns: count, then append.
private struct Buckets<Element: Sendable>: Sendable {
    private var ends: [Int]
    private(set) var elements: [Element] = []

    init(_ count: Int) { ends = .init(repeating: 0, count: count + 1) }

    mutating func count(_ bucket: Int) { ends[bucket + 1] += 1 }

    /// Ends stand at the starts of their buckets until these are filled.
    mutating func makeRoom(filledWith element: Element) {
        var start = 0
        for bucket in 1..<ends.count {
            (ends[bucket], start) = (start, start + ends[bucket])
        }
        elements = .init(repeating: element, count: start)
    }

    mutating func append(_ element: Element, to bucket: Int) {
        elements[ends[bucket + 1]] = element
        ends[bucket + 1] += 1
    }

    /// Where the elements of a bucket stand.
    subscript(bucket: Int) -> Range<Int> { ends[bucket]..<ends[bucket + 1] }
}

// MARK: - Bases

extension ProductPlan {
    /// Where a line's bases stand: copy i of column j is base `i * paddedColumns + j` of all, for blocks of eight are raised
    /// together; and it has a place among those of its kind.
    struct BaseIndices {
        let paddedColumns: Int
        /// By `copy * columns + column`.
        var place: [Int] = []
        var dense: [Int] = []
        var windows: [Int] = []

        func all(_ copy: Int, _ column: Int) -> Int { copy * paddedColumns + column }
    }

    /// The lines, those with the most to multiply first: eight of them take as long as the one of them that has the most. Dense bases
    /// are the same number for all.
    func order(of multipliers: Multipliers) -> [Int] {
        guard kinds.contains(where: { $0 != .dense }) else { return Array(0..<lines) }
        let digits = (bits + Self.windowBits) / Self.windowBits
        var work = [Int](repeating: 0, count: lines)
        for row in 0..<multipliers.rows {
            for place in multipliers.values.row(row) where place.value != 0 {
                switch kinds[place.column] {
                case .unit: work[row / copies] += 1
                case .window: work[row / copies] += digits
                case .dense: break
                }
            }
        }
        return (0..<lines).sorted { (work[$1], $0) < (work[$0], $1) }
    }

    /// How often each base occurs among a line's: once for each row that it computes.
    var copies: Int { joinsEarly ? groupRows : 1 }

    /// The bases of the plan.
    var baseIndices: BaseIndices {
        var indices = BaseIndices(paddedColumns: (kinds.count + 7) / 8 * 8)
        for copy in 0..<copies {
            for (column, kind) in kinds.enumerated() {
                switch kind {
                case .unit: indices.place.append(0)
                case .window:
                    indices.place.append(indices.windows.count)
                    indices.windows.append(indices.all(copy, column))
                case .dense:
                    indices.place.append(indices.dense.count)
                    indices.dense.append(indices.all(copy, column))
                }
            }
        }
        return indices
    }
}
