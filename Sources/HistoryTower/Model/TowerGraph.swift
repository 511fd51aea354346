internal import StaticExecution

/// A tower's graph: what events enter as, a causal transformer over them, the code of each, and either the next event
/// predicted from it, or the code read out.
struct TowerGraph {
    /// What a graph is for.
    enum Purpose {
        /// The next event is predicted from the code of each.
        case prediction
        /// The codes of some events come out.
        case reading
    }

    private(set) var graph: StepGraph
    /// By field.
    private(set) var codes: [Int] = []
    /// Standardised numbers, all fields' beside each other; `nil` where no field has them.
    private(set) var numbers: StepGraph.TensorID?
    private(set) var gaps: StepGraph.TensorID
    /// By predicted field, the next event's codes.
    private(set) var labels: [Int] = []
    /// Which events' codes come out.
    private(set) var readouts: Int?
    private(set) var output: StepGraph.TensorID?

    init(_ shape: HistoryShape, _ schema: EventSchema, _ purpose: Purpose) {
        var graph = StepGraph()
        var codes: [Int] = []
        for field in schema.fields { codes.append(graph.index("field \(field.name)")) }
        self.codes = codes
        gaps = graph.input("gaps", columns: 1)
        var x: StepGraph.TensorID?
        for (field, index) in zip(schema.fields, codes) {
            let embedded = graph.embedding(
                "events.\(field.name)", index: index, rows: field.codes, columns: shape.width, deviation: 0.1)
            x = x.map { graph.sum("events with \(field.name)", $0, embedded) } ?? embedded
        }
        if schema.numbers > 0 {
            let input = graph.input("numbers", columns: schema.numbers)
            numbers = input
            let entering = graph.linear("events.numbers", input, columns: shape.width)
            x = x.map { graph.sum("events with numbers", $0, entering) } ?? entering
        }
        guard var x else { preconditionFailure("events have fields") }
        x = graph.timeGap("events.gap", x, gaps: gaps, unit: schema.timeUnit)
        for layer in 0..<shape.layers {
            x = graph.transformerBlock(
                "blocks.\(layer)", x, heads: shape.heads, layers: shape.layers, dropout: Float(shape.dropout))
        }
        if purpose == .reading {
            let index = graph.index("readouts", in: .readouts)
            readouts = index
            x = graph.selection("read events", x, index: index)
        }
        let code = graph.linear("code", graph.layerNorm("final", x), columns: shape.outputs)
        switch purpose {
        case .reading:
            output = code
            graph.output(code)
        case .prediction:
            for field in schema.fields where field.isPredicted {
                let label = graph.index("next \(field.name)")
                labels.append(label)
                let logits = graph.linear("next.\(field.name)", code, columns: field.codes)
                graph.crossEntropy("loss of \(field.name)", logits, labels: label)
            }
        }
        self.graph = graph
    }

    /// Parameters of both graphs: a tower that reads has those of one that predicts but its last ones.
    static func shared(_ shape: HistoryShape, _ schema: EventSchema) -> Int {
        TowerGraph(shape, schema, .reading).graph.parameterCount
    }
}
