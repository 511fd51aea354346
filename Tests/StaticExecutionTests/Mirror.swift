import Foundation
import StaticExecution

/// The same model in double precision, by its definition: one event after the other, attention as a sum over all that is
/// seen. It looks at the graph for nothing but where parameters lie.
struct Mirror {
    let model: Model
    let heads: Int
    let layers: Int
    var parameters: [Double]

    private func parameter(_ name: String) -> [Double] {
        let parameter = model.graph.parameters.first { $0.name == name }!
        return Array(parameters[parameter.offset..<parameter.offset + parameter.count])
    }

    private func linear(_ name: String, _ x: [Double]) -> [Double] {
        let (weights, bias) = (parameter(name + " weights"), parameter(name + " bias"))
        return bias.indices.map { column in
            x.indices.reduce(bias[column]) { $0 + x[$1] * weights[$1 * bias.count + column] }
        }
    }

    private func norm(_ name: String, _ x: [Double]) -> [Double] {
        let (gain, bias) = (parameter(name + " gain"), parameter(name + " bias"))
        let mean = x.reduce(0, +) / Double(x.count)
        let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
        return x.indices.map { (x[$0] - mean) / (variance + Double(Float(1e-5))).squareRoot() * gain[$0] + bias[$0] }
    }

    private func gelu(_ x: Double) -> Double {
        x / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    }

    private func attention(_ rows: [[Double]]) -> [[Double]] {
        let width = rows[0].count / 3
        let size = width / heads
        return rows.indices.map { event in
            var output = Array(repeating: 0.0, count: width)
            for head in 0..<heads {
                let columns = head * size..<(head + 1) * size
                let scores = (0...event).map { other in
                    columns.reduce(0) { $0 + rows[event][$1] * rows[other][width + $1] } / Double(size).squareRoot()
                }
                let largest = scores.max()!
                let weights = scores.map { exp($0 - largest) }
                let sum = weights.reduce(0, +)
                for other in 0...event {
                    for column in columns { output[column] += weights[other] / sum * rows[other][2 * width + column] }
                }
            }
            return output
        }
    }

    private func add(_ left: [Double], _ right: [Double]) -> [Double] { zip(left, right).map { $0 + $1 } }

    /// What follows the last block, of one history's events.
    func blocks(_ events: Events, _ history: Int) -> [[Double]] {
        var x = (events.starts[history]..<events.starts[history + 1]).map { event in
            var row = linear("numeric", events.numbers[2 * event..<2 * event + 2].map { Double($0) })
            for (field, codes) in events.codes.enumerated() {
                let table = parameter("field \(field)")
                for column in row.indices { row[column] += table[Int(codes[event]) * row.count + column] }
            }
            let feature = log1p(Double(events.gaps[event]) / 60)
            let (weights, bias) = (parameter("gap weights"), parameter("gap bias"))
            return row.indices.map { row[$0] + feature * weights[$0] + bias[$0] }
        }
        for layer in 0..<layers {
            let name = "block \(layer)"
            let attended = attention(x.map { linear(name + ".qkv", norm(name + ".norm1", $0)) })
            x = zip(x, attended).map { x, attended in
                let middle = add(x, linear(name + ".projection", attended))
                let inner = linear(name + ".expand", norm(name + ".norm2", middle)).map(gelu)
                return add(middle, linear(name + ".contract", inner))
            }
        }
        return x
    }

    func code(_ x: [Double]) -> [Double] { linear("code", norm("final", x)) }

    /// The sum of the losses of all events of all histories.
    func loss(_ events: Events) -> Double {
        (0..<events.starts.count - 1).reduce(0) { sum, history in
            let x = blocks(events, history)
            return x.indices.reduce(sum) { sum, event in
                let code = code(x[event])
                return events.labels.indices.reduce(sum) { sum, field in
                    let label = Int(events.labels[field][events.starts[history] + event])
                    guard label >= 0 else { return sum }
                    let logits = linear("head \(field)", code)
                    let largest = logits.max()!
                    return sum + largest + log(logits.reduce(0) { $0 + exp($1 - largest) }) - logits[label]
                }
            }
        }
    }
}
