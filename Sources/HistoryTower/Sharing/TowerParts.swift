package import StaticExecution

/// A field whose table is learned outside a graph: its embedded codes are given.
package struct LargeField: Sendable {
    /// Its place in the schema.
    package let field: Int
    /// Of its table.
    package let rows: Int
    /// The tower's width.
    package let columns: Int
    /// Its embedded codes.
    package let input: StepGraph.TensorID
}

/// Where a tower's events enter: what they are given as, and the sum of what is made of it.
package struct EventEntrance: Sendable {
    /// By field; `nil` of a large one.
    package let codes: [Int?]
    /// Large fields, in the schema's order.
    package let large: [LargeField]
    /// Standardised numbers, all fields' beside each other; `nil` where no field has them.
    package let numbers: StepGraph.TensorID?
    /// Times since the events before.
    package let gaps: StepGraph.TensorID
    /// What enters the first block.
    package let result: StepGraph.TensorID

    /// Of the tables' first values.
    static let deviation: Float = 0.1

    /// - Parameters:
    ///   - largest: the most codes of a field whose table is in the graph.
    ///   - learnsOutside: whether the tables of others are learned.
    init(
        _ shape: HistoryShape, _ schema: EventSchema, in graph: inout StepGraph, largest: Int = EventField.largest,
        learnsOutside: Bool = true
    ) {
        var codes: [Int?] = []
        for field in schema.fields {
            codes.append(field.codes > largest ? nil : graph.index("field \(field.name)"))
        }
        self.codes = codes
        var large: [LargeField] = []
        gaps = graph.input("gaps", columns: 1)
        var x: StepGraph.TensorID?
        for (place, field) in schema.fields.enumerated() {
            let embedded: StepGraph.TensorID
            if let index = codes[place] {
                embedded = graph.embedding(
                    "events.\(field.name)", index: index, rows: field.codes, columns: shape.width,
                    deviation: Self.deviation)
            } else {
                embedded = graph.input(
                    "embedded \(field.name)", columns: shape.width, isLearned: learnsOutside)
                large.append(
                    LargeField(field: place, rows: field.codes, columns: shape.width, input: embedded))
            }
            x = x.map { graph.sum("events with \(field.name)", $0, embedded) } ?? embedded
        }
        self.large = large
        if schema.numbers > 0 {
            let input = graph.input("numbers", columns: schema.numbers)
            numbers = input
            let entering = graph.linear("events.numbers", input, columns: shape.width)
            x = x.map { graph.sum("events with numbers", $0, entering) } ?? entering
        } else {
            numbers = nil
        }
        guard let x else { preconditionFailure("events have fields") }
        result = graph.timeGap("events.gap", x, gaps: gaps, unit: schema.timeUnit)
    }

    /// Writes windows of histories where a step reads them, one after the other; embedded codes of large fields are not among it.
    package func enter(_ windows: [Range<Int>], of histories: EventHistories, into executor: StepExecutor) {
        let gaps = executor.input(gaps)
        let indices = codes.map { $0.map(executor.index) }
        let numbers = numbers.map { executor.input($0) }
        let width = histories.numbers.count
        var row = 0
        for window in windows {
            for (place, event) in window.enumerated() {
                // Nothing is known of what was before the window.
                gaps[row] = place == 0 ? 0 : histories.gaps[event]
                for (field, index) in indices.enumerated() { index?[row] = histories.codes[field][event] }
                for (column, values) in histories.numbers.enumerated() {
                    numbers?[row * width + column] = values[event]
                }
                row += 1
            }
        }
    }
}

/// Where a tower predicts the next event's codes.
package struct PredictionHeads: Sendable {
    /// By predicted field, the next event's codes.
    package let labels: [Int]
    private let fields: [Int]

    init(_ schema: EventSchema, from code: StepGraph.TensorID, in graph: inout StepGraph) {
        fields = schema.fields.indices.filter { schema.fields[$0].isPredicted }
        var labels: [Int] = []
        for field in schema.fields where field.isPredicted {
            let label = graph.index("next \(field.name)")
            labels.append(label)
            let logits = graph.linear("next.\(field.name)", code, columns: field.predictedCodes)
            graph.crossEntropy("loss of \(field.name)", logits, labels: label)
        }
        self.labels = labels
    }

    /// How many codes of each predicted field some windows' events have after them; code 0 is not worth predicting, and rare codes of many
    /// are not predicted.
    package static func counts(_ windows: [Range<Int>], of histories: EventHistories) -> [Int] {
        histories.schema.fields.indices.filter { histories.schema.fields[$0].isPredicted }.map { field in
            windows.reduce(0) { sum, window in
                sum + window.count { histories.schema.fields[field].predicts(histories.codes[field][$0 + 1]) }
            }
        }
    }

    /// Writes the codes of each event's next one.
    ///
    /// - Parameter counts: by predicted field, how many there are in the whole step: losses count by their mean.
    package func enter(
        _ windows: [Range<Int>], of histories: EventHistories, counts: [Int], into executor: StepExecutor
    ) {
        for (place, field) in fields.enumerated() {
            let target = executor.index(labels[place])
            for (row, event) in windows.joined().enumerated() {
                let code = histories.codes[field][event + 1]
                target[row] = histories.schema.fields[field].predicts(code) ? code : -1
            }
            executor.weigh(lossAgainst: labels[place], by: 1 / Float(max(1, counts[place])))
        }
    }
}

/// Some neighbouring blocks of a tower that predicts, as one of the ranks has them that share each block; the first part with the
/// events, the last one with the heads.
package struct TowerPart: Sendable {
    /// Its parameters are called as the whole tower's, in the same order.
    package let graph: StepGraph
    /// Of the first part.
    package let entrance: EventEntrance?
    /// What the part before gives; `nil` of the first.
    package let input: StepGraph.TensorID?
    /// What the part after gets; `nil` of the last.
    package let output: StepGraph.TensorID?
    /// Of the last part.
    package let heads: PredictionHeads?

    /// - Parameters:
    ///   - layers: its blocks.
    ///   - ranks: how many share each of them; they divide the heads.
    package init(_ shape: HistoryShape, _ schema: EventSchema, layers: Range<Int>, ranks: Int) {
        var graph = StepGraph()
        var x: StepGraph.TensorID
        if layers.lowerBound == 0 {
            let entrance = EventEntrance(shape, schema, in: &graph)
            (self.entrance, input, x) = (entrance, nil, entrance.result)
        } else {
            x = graph.input("entering \(layers.lowerBound)", columns: shape.width, isLearned: true)
            (entrance, input) = (nil, x)
        }
        for layer in layers { x = graph.block(layer, x, shape, ranks: ranks) }
        if layers.upperBound == shape.layers {
            heads = PredictionHeads(schema, from: graph.code(x, shape), in: &graph)
            output = nil
        } else {
            graph.output(x)
            (heads, output) = (nil, x)
        }
        self.graph = graph
    }
}

extension StepGraph {
    /// A tower's block. Its dropouts' masks follow from its place in the tower, whatever graph it is in.
    mutating func block(_ layer: Int, _ x: TensorID, _ shape: HistoryShape, ranks: Int = 1) -> TensorID {
        transformerBlock(
            "blocks.\(layer)", x, heads: shape.heads, layers: shape.layers, dropout: Float(shape.dropout),
            place: UInt32(2 * layer), ranks: ranks)
    }

    /// What is known after an event, of what comes out of the last block.
    mutating func code(_ x: TensorID, _ shape: HistoryShape) -> TensorID {
        linear("code", layerNorm("final", x), columns: shape.outputs)
    }
}
