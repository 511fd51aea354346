/// A plan as text: a line for each run of layers with one strategy.
public struct PlanTable: Sendable {
    private let plan: ParallelPlan
    private let names: [String]
    private let budgetPerRank: Int?
    private let measuredSeconds: Double?

    /// - Parameters:
    ///   - names: By layer; numbers only if there are none.
    ///   - budgetPerRank: In bytes.
    ///   - measuredSeconds: Of a step, after a run.
    public init(
        _ plan: ParallelPlan, names: [String] = [], budgetPerRank: Int? = nil, measuredSeconds: Double? = nil
    ) {
        self.plan = plan
        self.names = names
        self.budgetPerRank = budgetPerRank
        self.measuredSeconds = measuredSeconds
    }

    /// With a line end after each line.
    public var text: String {
        var rows = [["stage", "ranks", "layers", "strategy", "memory a rank"]]
        for (index, stage) in plan.stages.enumerated() {
            for (offset, run) in plan.runs(of: stage).enumerated() {
                var layers = Self.span(run.layers)
                if names.count == plan.layers.count {
                    let kinds = names[run.layers].reduce(into: [String]()) { if $0.last != $1 { $0.append($1) } }
                    layers += " " + kinds.joined(separator: ", ")
                }
                let isFirst = offset == 0
                rows.append([
                    isFirst ? "\(index)" : "", isFirst ? Self.span(stage.ranks) : "", layers, run.strategy.label,
                    isFirst ? memory(stage) : "",
                ])
            }
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            var line = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(
                separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
        return (plan.summary(measuredSeconds: measuredSeconds) + lines).map { $0 + "\n" }.joined()
    }

    private func memory(_ stage: ParallelPlan.Stage) -> String {
        let bytes = "\(Bytes(plan.bytes[stage.ranks].max() ?? 0))"
        return budgetPerRank.map { "\(bytes) of \(Bytes($0))" } ?? bytes
    }

    private static func span(_ range: Range<Int>) -> String {
        range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound - 1)"
    }
}

extension ParallelPlan {
    /// The layers of a stage by strategy.
    func runs(of stage: Stage) -> [(layers: Range<Int>, strategy: LayerStrategy)] {
        var runs: [(layers: Range<Int>, strategy: LayerStrategy)] = []
        for layer in stage.layers {
            if let last = runs.last, last.strategy == layers[layer] {
                runs[runs.count - 1].layers = last.layers.lowerBound..<layer + 1
            } else {
                runs.append((layer..<layer + 1, layers[layer]))
            }
        }
        return runs
    }

    /// What a step is and takes, as lines.
    func summary(measuredSeconds: Double?) -> [String] {
        let parts = microBatches == 1 ? "" : " in \(microBatches) micro-batches"
        var lines = [
            "step: \(batch) \(batch == 1 ? "sequence" : "sequences")\(parts)",
            "predicted: \(Self.seconds(secondsAStep)), \(Self.digits(sequencesASecond)) sequences a second",
        ]
        if let measured = measuredSeconds {
            let difference = Int(((secondsAStep / measured - 1) * 100).rounded())
            lines.append(
                "measured: \(Self.seconds(measured)), \(Self.digits(Double(batch) / measured)) sequences a second; "
                    + "the prediction is \(abs(difference)) % too \(difference < 0 ? "short" : "long")")
        }
        return lines
    }

    private static func seconds(_ value: Double) -> String {
        value < 1 ? "\(digits(value * 1000)) ms" : "\(digits(value)) s"
    }

    /// Three digits at least.
    private static func digits(_ value: Double) -> String {
        let decimals = value < 10 ? 100.0 : value < 100 ? 10 : 1
        let number = (value * decimals).rounded() / decimals
        return decimals == 1 ? "\(Int(number))" : "\(number)"
    }
}
