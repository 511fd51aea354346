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
        let entrance = EventEntrance(shape, schema, in: &graph)
        (codes, numbers, gaps) = (entrance.codes, entrance.numbers, entrance.gaps)
        var x = entrance.result
        for layer in 0..<shape.layers { x = graph.block(layer, x, shape) }
        if purpose == .reading {
            let index = graph.index("readouts", in: .readouts)
            readouts = index
            x = graph.selection("read events", x, index: index)
        }
        let code = graph.code(x, shape)
        switch purpose {
        case .reading:
            output = code
            graph.output(code)
        case .prediction:
            labels = PredictionHeads(schema, from: code, in: &graph).labels
        }
        self.graph = graph
    }

    /// Parameters of both graphs: a tower that reads has those of one that predicts but its last ones.
    static func shared(_ shape: HistoryShape, _ schema: EventSchema) -> Int {
        TowerGraph(shape, schema, .reading).graph.parameterCount
    }
}
