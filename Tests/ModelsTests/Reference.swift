import Arithmetic
import Foundation
import Models
import Testing

/// A top model in double precision, written down once more row by row: what graphs are compared with.
struct Reference {
    var architecture: Architecture
    /// Each tensor as a matrix; a bias is one row.
    var tensors: [String: Matrix<Double>]

    init(_ model: TopModel) {
        architecture = model.architecture
        tensors = [:]
        for entry in model.parameters.entries {
            let columns = entry.shape[entry.shape.count - 1]
            tensors[entry.name] = Matrix(
                rows: entry.values.count / columns, columns: columns, elements: entry.values.map { Double($0) })
        }
    }

    private func layers(_ name: String, _ input: [Double]) -> [Double] {
        var (values, layer) = (input, 1)
        while let weights = tensors["\(name).\(layer).weights"], let bias = tensors["\(name).\(layer).bias"] {
            if layer > 1 { values = values.map { max($0, 0) } }
            values = (0..<weights.columns).map { column in
                bias[0, column] + values.indices.reduce(0) { $0 + values[$1] * weights[$1, column] }
            }
            layer += 1
        }
        return values
    }

    /// Logits, numbers or logarithms of counts of one row.
    func outputs(_ z: [Double], _ own: [Double]) -> [Double] {
        let (outputs, tower) = (architecture.outputs, architecture.tower == nil ? own : layers("tower", own))
        switch architecture.kind {
        case .logistic, .multinomial, .linear, .poisson:
            return z.indices.map { z[$0] + (tensors["bias"]?[0, $0] ?? .nan) }
        case .mlp:
            return layers("top", z + tower)
        case .wideDeep:
            let deep = layers("top", z.dropFirst(outputs).map { max($0, 0) } + tower)
            return (0..<outputs).map { z[$0] + deep[$0] }
        case .dlrm:
            let size = architecture.vector
            var vectors = stride(from: 0, to: z.count, by: size).map { Array(z[$0..<$0 + size]) }
            if tower.count == size { vectors.append(tower) }
            var dots: [Double] = []
            for left in vectors.indices {
                for right in 0..<left { dots.append(zip(vectors[left], vectors[right]).map(*).reduce(0, +)) }
            }
            return layers("top", dots + z + tower)
        }
    }

    /// The loss of one row.
    private func loss(_ outputs: [Double], _ target: Double) -> Double {
        let x = outputs[0]
        switch architecture.target {
        case .binary: return log(1 + exp(x)) - target * x
        case .classes: return log(outputs.map { exp($0) }.reduce(0, +)) - outputs[Int(target)]
        case .number: return (x - target) * (x - target) / 2
        case .count: return exp(x) - target * x
        }
    }

    /// What is predicted of one row.
    func prediction(_ z: [Double], _ own: [Double]) -> [Double] {
        let outputs = outputs(z, own)
        switch architecture.target {
        case .binary: return [1 / (1 + exp(-outputs[0]))]
        case .classes:
            let exponentials = outputs.map { exp($0) }
            return exponentials.map { $0 / exponentials.reduce(0, +) }
        case .number: return outputs
        case .count: return [exp(outputs[0])]
        }
    }

    /// The sum of the rows' losses.
    func loss(_ z: Matrix<Double>, _ own: Matrix<Double>?, _ targets: [Double]) -> Double {
        targets.indices.reduce(0) { sum, row in
            sum + loss(outputs(Array(z.row(row)), own.map { Array($0.row(row)) } ?? []), targets[row])
        }
    }

    /// What is predicted of every row.
    func predictions(_ z: Matrix<Double>, _ own: Matrix<Double>?) -> Matrix<Double> {
        Matrix(
            rows: z.rows, columns: architecture.outputs,
            elements: (0..<z.rows).flatMap { row in
                prediction(Array(z.row(row)), own.map { Array($0.row(row)) } ?? [])
            })
    }
}

/// A model of each kind, and of each target under the kinds that take any, with data to fit.
struct ModelCase: Sendable, CustomTestStringConvertible {
    let architecture: Architecture
    var testDescription: String {
        "\(architecture.kind.rawValue), \(architecture.target.rawValue)\(architecture.tower == nil ? "" : ", tower")"
            + "\(architecture.beside.map { ", \($0) beside" } ?? "")"
    }

    static let rows = 7

    static let all: [ModelCase] = {
        let targets: [(target: Target, classes: Int)] = [(.binary, 1), (.classes, 3), (.number, 1), (.count, 1)]
        let regressions: [Architecture] = [
            Architecture(kind: .logistic, target: .binary, width: 1),
            Architecture(kind: .multinomial, target: .classes, classes: 3, width: 3),
            Architecture(kind: .linear, target: .number, width: 1),
            Architecture(kind: .poisson, target: .count, width: 1),
        ]
        let others = targets.flatMap { target, classes in
            // Towers without hidden layers, with one, and with outputs of a vector's length and of another.
            [
                Architecture(kind: .mlp, target: target, classes: classes, width: 3, hidden: [5, 4]),
                Architecture(
                    kind: .mlp, target: target, classes: classes, width: 2, hidden: [4],
                    tower: .init(inputs: 3, hidden: [4], outputs: 2)),
                Architecture(kind: .wideDeep, target: target, classes: classes, width: 5, hidden: [4]),
                Architecture(
                    kind: .wideDeep, target: target, classes: classes, width: 4, hidden: [4, 3],
                    tower: .init(inputs: 2, hidden: [], outputs: 2)),
                Architecture(kind: .dlrm, target: target, classes: classes, width: 6, vector: 2, hidden: [5]),
                Architecture(
                    kind: .dlrm, target: target, classes: classes, width: 6, vector: 3, hidden: [4],
                    tower: .init(inputs: 2, hidden: [3], outputs: 3)),
                Architecture(
                    kind: .dlrm, target: target, classes: classes, width: 4, vector: 2, hidden: [4],
                    tower: .init(inputs: 2, hidden: [3], outputs: 3)),
                // What another computed stands beside Z, once of a vector's length.
                Architecture(kind: .mlp, target: target, classes: classes, width: 2, hidden: [4], beside: 3),
                Architecture(kind: .wideDeep, target: target, classes: classes, width: 4, hidden: [3], beside: 1),
                Architecture(
                    kind: .dlrm, target: target, classes: classes, width: 6, vector: 3, hidden: [4], beside: 3),
                Architecture(
                    kind: .dlrm, target: target, classes: classes, width: 4, vector: 2, hidden: [4], beside: 3),
            ]
        }
        return (regressions + others).map(ModelCase.init)
    }()

    /// With biases other than 0: a row of zeros would stand on the corner of a ReLU, where differences are no
    /// derivative.
    func model(_ optimiser: LocalOptimiser) throws -> TopModel {
        let first = try TopModel(architecture, optimiser: optimiser, from: initializer(1)).parameters
        let entries = try first.entries.enumerated().map { index, entry in
            let biases = try uniform(1, entry.values.count, bound: 0.3, seed: UInt64(index)).elements
            return ModelParameters.Entry(
                name: entry.name, shape: entry.shape,
                values: zip(entry.values, biases).map { entry.shape.count == 1 ? Float($1) : $0 })
        }
        return try TopModel(architecture, parameters: ModelParameters(entries: entries), optimiser: optimiser)
    }

    func z() throws -> Matrix<Double> { try uniform(Self.rows, architecture.width, bound: 1, seed: 2) }

    func own() throws -> Matrix<Double>? {
        try architecture.ownColumns.map { try uniform(Self.rows, $0, bound: 1, seed: 3) }
    }

    var targets: [Double] {
        switch architecture.target {
        case .binary: [1, 0, 0, 1, 1, 0, 1]
        case .classes: [0, 2, 1, 1, 0, 2, 2]
        case .number: [0.5, -1, 0.2, 1.4, -0.3, 0, -0.8]
        case .count: [0, 2, 1, 0, 3, 1, 1]
        }
    }
}
