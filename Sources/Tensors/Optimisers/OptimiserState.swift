/// An optimiser at work on one tensor: its numbers, the state of each value, and the count of steps.
public struct OptimiserState<Rule: Optimiser>: Hashable, Sendable {
    /// The rule.
    public let rule: Rule
    /// How many steps were taken.
    public private(set) var steps = 0
    /// The first number of state of each value; empty if the rule has none.
    public private(set) var first: [Float]
    /// The second number of state of each value; empty if the rule has fewer.
    public private(set) var second: [Float]

    /// At rest, for a tensor of `count` values.
    public init(_ rule: Rule, count: Int) {
        self.rule = rule
        first = Array(repeating: 0, count: Rule.slotCount > 0 ? count : 0)
        second = Array(repeating: 0, count: Rule.slotCount > 1 ? count : 0)
    }

    /// As it was: goes on bit for bit from what another state had.
    public init(_ rule: Rule, steps: Int, first: [Float], second: [Float]) {
        precondition(
            steps >= 0 && (Rule.slotCount > 0 || first.isEmpty)
                && second.count == (Rule.slotCount > 1 ? first.count : 0),
            "as many numbers of state as the rule has")
        (self.rule, self.steps, self.first, self.second) = (rule, steps, first, second)
    }

    /// One step of all values.
    public mutating func update(_ values: MutableFloats, gradient: Floats) {
        steps += 1
        let (rule, steps) = (rule, steps)
        withSlots { rule.update(values, gradient: gradient, slots: $0, step: steps) }
    }

    private mutating func withSlots(_ body: (Slots) -> Void) {
        first.withUnsafeMutableBufferPointer { first in
            second.withUnsafeMutableBufferPointer { second in body(Slots(first, second)) }
        }
    }
}

extension OptimiserState where Rule: RowSparseOptimiser {
    /// One step of the rows of a table that a batch touched; as a step of all rows with the gradients scattered there.
    ///
    /// Gradients of a row that occurs more than once are added first, in the order of the batch.
    ///
    /// - Parameters:
    ///   - values: the table, row by row.
    ///   - rows: the row of each gradient; traps on one outside the table.
    ///   - gradient: (rows, columns).
    public mutating func update(_ values: MutableFloats, rows: Indices, gradient: Floats, columns: Int) {
        precondition(
            columns > 0 && values.count % columns == 0 && gradient.count == rows.count * columns,
            "one row of the table's columns for each index")
        steps += 1
        let (rule, steps) = (rule, steps)
        // Equal rows become neighbours and stay in the batch's order.
        let order = rows.indices.sorted { (rows[$0], $0) < (rows[$1], $1) }
        withSlots { slots in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: columns) { total in
                total.initialize(repeating: 0)
                var place = 0
                while place < order.count {
                    let index = rows[order[place]]
                    precondition(index >= 0 && Int(index) < values.count / columns, "an index is a row of the table")
                    total.update(repeating: 0)
                    while place < order.count && rows[order[place]] == index {
                        add(row(gradient, order[place], columns), times: 1, to: total)
                        place += 1
                    }
                    let range = Int(index) * columns..<(Int(index) + 1) * columns
                    rule.update(
                        MutableFloats(rebasing: values[range]), gradient: Floats(total),
                        slots: slots.part(range), step: steps)
                }
            }
        }
    }
}

extension Slots {
    /// The state of some of the values.
    func part(_ range: Range<Int>) -> Slots {
        func part(_ buffer: MutableFloats) -> MutableFloats {
            buffer.isEmpty ? buffer : MutableFloats(rebasing: buffer[range])
        }
        return Slots(part(first), part(second))
    }
}
