package import StaticExecution

/// A tower's graph: what events enter as, a causal transformer over them, the code of each, and either the next event
/// predicted from it, or the code read out.
package struct TowerGraph {
    /// What a graph is for.
    package enum Purpose {
        /// The next event is predicted from the code of each.
        case prediction
        /// The codes of some events come out.
        case reading
    }

    package private(set) var graph: StepGraph
    /// By field; `nil` of a large one.
    package private(set) var codes: [Int?] = []
    /// Fields whose embedded codes are given.
    package private(set) var large: [LargeField] = []
    /// Standardised numbers, all fields' beside each other; `nil` where no field has them.
    package private(set) var numbers: StepGraph.TensorID?
    package private(set) var gaps: StepGraph.TensorID
    /// By predicted field, the next event's codes.
    package private(set) var labels: [Int] = []
    /// Which events' codes come out.
    package private(set) var readouts: Int?
    package private(set) var output: StepGraph.TensorID?

    /// - Parameter largest: The most codes of a field whose table is in the graph; another than a tower's for tests.
    package init(
        _ shape: HistoryShape, _ schema: EventSchema, _ purpose: Purpose, largest: Int = EventField.largest
    ) {
        var graph = StepGraph()
        let entrance = EventEntrance(
            shape, schema, in: &graph, largest: largest, learnsOutside: purpose == .prediction)
        (codes, large) = (entrance.codes, entrance.large)
        (numbers, gaps) = (entrance.numbers, entrance.gaps)
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
