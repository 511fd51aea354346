internal import Arithmetic

/// Which rows are computed with full attention, too.
public struct DriftSample: Hashable, Sendable {
    /// How many rows at most, of those that know an event.
    public var rows: Int
    /// Of the choice, which is no secret.
    public var seed: UInt64
    /// Bytes for an arena in which the longest of their histories fits; as that of ``HistoryTower/encode(_:_:budget:tables:progress:)``.
    public var budget: Int

    /// Describes a sample.
    public init(rows: Int, seed: UInt64, budget: Int) {
        (self.rows, self.seed, self.budget) = (rows, seed, budget)
    }
}

/// How far what came out of a store is from full attention over the whole history.
///
/// Of a row, the length of the difference over the length of full attention's outputs.
public struct Drift: Hashable, Codable, Sendable {
    /// Rows that were compared.
    public var rows: Int
    /// Their mean; 0 of no rows.
    public var mean: Double
    /// The largest; 0 of no rows.
    public var largest: Double
    /// Over all rows together: the length of all differences over the length of all outputs; 0 of no rows.
    public var overall: Double

    /// Holds what was found together.
    public init(rows: Int, mean: Double, largest: Double, overall: Double) {
        (self.rows, self.mean, self.largest, self.overall) = (rows, mean, largest, overall)
    }
}

extension HistoryTower {
    /// Compares outputs of some rows with those of full attention.
    ///
    /// - Throws: as ``encode(_:_:budget:tables:progress:)``.
    func drift(
        of outputs: Matrix<Double>, _ histories: EventHistories, _ readouts: [Readout], _ sample: DriftSample,
        tables: OpenTables?
    ) throws -> Drift {
        let known = readouts.indices.filter { readouts[$0].entity >= 0 && readouts[$0].events > 0 }
        var random = Pseudorandom(seed: sample.seed)
        let chosen = random.order(of: known.count).prefix(max(0, sample.rows)).map { known[$0] }
        guard let longest = chosen.map({ readouts[$0].events }).max() else {
            return Drift(rows: 0, mean: 0, largest: 0, overall: 0)
        }
        let full = try encode(
            histories, chosen.map { readouts[$0] }, window: longest, budget: sample.budget, tables: tables)
        var (ratios, differences, lengths) = ([Double](), 0.0, 0.0)
        for (place, row) in chosen.enumerated() {
            var (difference, length) = (0.0, 0.0)
            for (value, expected) in zip(outputs.row(row), full.row(place)) {
                difference += (value - expected) * (value - expected)
                length += expected * expected
            }
            ratios.append(Self.ratio(difference, length))
            differences += difference
            lengths += length
        }
        return Drift(
            rows: chosen.count, mean: ratios.reduce(0, +) / Double(ratios.count), largest: ratios.max() ?? 0,
            overall: Self.ratio(differences, lengths))
    }

    /// Of two squares; 0 where there is no difference.
    private static func ratio(_ difference: Double, _ length: Double) -> Double {
        difference == 0 ? 0 : (difference / length).squareRoot()
    }
}
