public import Arithmetic

/// A party's own layers that no longer learn: what they give is standardised over the rows they were made on, and
/// enters a source layer as prepared columns do.
public struct FrozenTower: Hashable, Codable, Sendable {
    /// The largest magnitude of an output: below 8 at 20 fraction bits, as every feature.
    public static let bound = 8 - 0x1p-20

    /// Its sizes.
    public let tower: Architecture.Tower
    private let parameters: ModelParameters
    /// Of each output before it is standardised.
    private let means: [Double]
    /// One over each output's standard deviation; 0 where it does not vary.
    private let scales: [Double]

    /// Fits means and deviations of the outputs over some rows.
    ///
    /// - Parameters:
    ///   - parameters: those of the tower, as they fit it.
    ///   - rows: rows x inputs, at least one.
    init(_ tower: Architecture.Tower, _ parameters: ModelParameters, standardisedOver rows: Matrix<Double>) {
        precondition(rows.rows > 0, "rows to standardise over")
        (self.tower, self.parameters) = (tower, parameters)
        let outputs = Self.outputs(tower, parameters, rows)
        let count = Double(rows.rows)
        func mean(_ column: Int, _ transform: (Double) -> Double) -> Double {
            (0..<rows.rows).reduce(0) { $0 + transform(outputs[$1, column]) } / count
        }
        let means = (0..<tower.outputs).map { mean($0) { $0 } }
        self.means = means
        scales = means.indices.map { column in
            let deviation = mean(column) { ($0 - means[column]) * ($0 - means[column]) }.squareRoot()
            // What is left of an output that does not vary is Float32's rounding.
            return deviation > 1e-6 * (1 + abs(means[column])) ? 1 / deviation : 0
        }
    }

    /// - Throws: `DecodingError` where the parts do not fit.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        tower = try container.decode(Architecture.Tower.self, forKey: .tower)
        parameters = try container.decode(ModelParameters.self, forKey: .parameters)
        means = try container.decode([Double].self, forKey: .means)
        scales = try container.decode([Double].self, forKey: .scales)
        func refuse(_ problem: String) -> DecodingError {
            DecodingError.dataCorruptedError(forKey: .parameters, in: container, debugDescription: problem)
        }
        guard tower.problems.isEmpty, means.count == tower.outputs, scales.count == tower.outputs else {
            throw refuse("\(means.count) means and \(scales.count) scales for \(tower.outputs) outputs")
        }
        do {
            try parameters.check(against: tower.evaluating(rows: 1).graph.parameters, nil)
        } catch { throw refuse(error.description) }
    }

    /// Rows x inputs to rows x outputs, of magnitude ``bound`` at most.
    public func callAsFunction(_ rows: Matrix<Double>) -> Matrix<Double> {
        var outputs = Self.outputs(tower, parameters, rows)
        for row in 0..<outputs.rows {
            for column in 0..<outputs.columns {
                let value = (outputs[row, column] - means[column]) * scales[column]
                outputs[row, column] = min(max(value, -Self.bound), Self.bound)
            }
        }
        return outputs
    }

    private static func outputs(
        _ tower: Architecture.Tower, _ parameters: ModelParameters, _ rows: Matrix<Double>
    ) -> Matrix<Double> {
        precondition(rows.columns == tower.inputs, "as many columns as the tower has inputs")
        return Programs().evaluate(parameters, [rows], columns: tower.outputs, make: tower.evaluating)
    }
}
