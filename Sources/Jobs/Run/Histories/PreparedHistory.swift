internal import Arithmetic
internal import Glibc
internal import Histories
internal import HistoryTower
internal import Models

/// How one history of a party becomes numbers of its rows: fitted on what was known before the latest training row, saved with the
/// party's half of the model.
struct PreparedHistory: Codable, Hashable, Sendable {
    /// What the party file calls it.
    let name: String
    /// How events become codes.
    let encoding: HistoryEncoding
    /// Frozen, or as it is after all that it has learned so far.
    var tower: HistoryTower
    /// How a frozen tower's outputs are made columns; `nil` of one that goes on learning, whose outputs stay as they are.
    let outputs: Whitening?
    /// How the time since the last event is.
    let gap: Standard
    /// Whether there are rows without any event among those trained on, and rows with some: then a column tells them apart.
    let tellsAbsence: Bool

    /// A mean, and one over a deviation.
    struct Standard: Codable, Hashable, Sendable {
        let mean: Double
        /// 0 of what does not vary.
        let scale: Double

        /// Of some numbers; of none, everything is 0.
        init(of numbers: [Double]) {
            let count = Double(max(1, numbers.count))
            let mean = numbers.reduce(0, +) / count
            let deviation = (numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
            self.mean = mean
            // What is left of an output that does not vary is Float32's rounding.
            scale = deviation > 1e-6 * (1 + abs(mean)) ? 1 / deviation : 0
        }

        /// Of magnitude ``FrozenTower/bound`` at most.
        func callAsFunction(_ number: Double) -> Double {
            min(max((number - mean) * scale, -FrozenTower.bound), FrozenTower.bound)
        }
    }
}

extension PreparedHistory {
    /// What each column stands for: outputs, the time since the last event and, where it varies, whether there is none.
    var columnNames: [String] {
        (1...tower.shape.outputs).map { "\(name) \($0)" } + ["\(name): time since"]
            + (tellsAbsence ? ["\(name): no event"] : [])
    }

    /// Columns that vary over the training rows.
    var varyingColumns: Int {
        (outputs?.varying ?? tower.shape.outputs) + (gap.scale != 0 ? 1 : 0)
            + (tellsAbsence ? 1 : 0)
    }

    /// log(1 + time since the last event / unit of time).
    static func gap(of readout: Readout, in schema: EventSchema) -> Double {
        log1p(Double(readout.gap) / Double(schema.timeUnit))
    }

    /// All columns of some rows, from what the tower gives of them.
    ///
    /// - Parameters:
    ///   - isAbsent: Whether the party does not have a row, by its place among them: it is zeros throughout. A row of which no event is
    ///     known is zeros but for the column that says so.
    func columns(
        _ given: Matrix<Double>, _ readouts: [Readout], absent isAbsent: (Int) -> Bool
    ) -> Matrix<Double> {
        let count = tower.shape.outputs
        var columns = Matrix<Double>(rows: readouts.count, columns: columnNames.count, repeating: 0)
        for (row, readout) in readouts.enumerated() where !isAbsent(row) {
            guard readout.entity >= 0, readout.events > 0 else {
                if tellsAbsence { columns[row, count + 1] = 1 }
                continue
            }
            let values = outputs?(given.row(row)) ?? Array(given.row(row))
            for column in 0..<count { columns[row, column] = values[column] }
            columns[row, count] = gap(Self.gap(of: readout, in: encoding.schema))
        }
        return columns
    }
}
