/// A graph cut at the nodes that mix rows: between two of them lies a stage, whose rows can be computed in any parts.
///
/// MEMO's layers (arXiv 2407.12117, section 3.2), cut at attention rather than at the layer's input: a stage is what
/// follows one layer's attention and what precedes the next one's. The tensors that the paper keeps of every layer, its
/// input and what attention gives, are what enters stages.
struct Stages: Sendable {
    /// Nodes that work on each row by itself; perhaps none.
    struct Stage: Sendable {
        /// In the graph's order.
        var nodes: [Int] = []
        /// What its rows are.
        var space: StepGraph.Space = .events
        /// The node that mixes its results' rows; `nil` after the last stage.
        var mixer: Int?
    }

    let graph: StepGraph
    private(set) var all: [Stage] = []
    /// The stage of each tensor: in which it is computed, by the stage itself or by the mixer after it. Inputs: -1.
    private(set) var home: [Int]
    /// The node of each tensor; `nil` for inputs.
    private(set) var maker: [Int?]

    init(_ graph: StepGraph) {
        self.graph = graph
        home = Array(repeating: -1, count: graph.tensors.count)
        maker = Array(repeating: nil, count: graph.tensors.count)
        var stage = Stage()
        for (index, node) in graph.nodes.enumerated() {
            for tensor in node.results { (home[tensor], maker[tensor]) = (all.count, index) }
            if node.isRowwise {
                stage.nodes.append(index)
                stage.space = graph.tensors[node.result].space
            } else {
                stage.mixer = index
                all.append(stage)
                stage = Stage(nodes: [], space: graph.tensors[node.result].space)
            }
        }
        all.append(stage)
    }

    /// Whether the tensor enters from outside or is a mixer's: there as a whole before a stage begins.
    func isGiven(_ tensor: Int) -> Bool { maker[tensor].map { !graph.nodes[$0].isRowwise } ?? true }

    /// Tensors of stages that later stages read: each layer's input.
    var streams: Set<Int> {
        var found: Set<Int> = []
        for node in graph.nodes where node.isRowwise {
            for tensor in node.reads where !isGiven(tensor) && home[tensor] != home[node.result] {
                found.insert(tensor)
            }
        }
        return found
    }

    /// What the mixer after a stage reads.
    func mixed(_ stage: Int) -> Int? { all[stage].mixer.map { graph.nodes[$0].reads[0] } }

    /// Tensors that nobody computes again, since it would take all rows: inputs, what mixers give, and streams, from which
    /// everything else follows row by row.
    var kept: Set<Int> {
        Set(graph.tensors.indices.filter { isGiven($0) }).union(streams).union(graph.outputs)
    }

    /// Tensors of the way there that the way back of a stage's own nodes reads.
    func needs(_ stage: Int) -> Set<Int> {
        Set(all[stage].nodes.flatMap { graph.nodes[$0].isLoss || isUseful($0) ? graph.nodes[$0].needs : [] })
    }

    /// Whether gradients flow through a node.
    func isUseful(_ node: Int) -> Bool { graph.tensors[graph.nodes[node].result].isLearned }

    /// Nodes of a stage that have to run so that some tensors are there, in order.
    ///
    /// - Parameter available: Those that are there already.
    func nodes(making wanted: Set<Int>, of stage: Int, from available: Set<Int>) -> [Int] {
        var missing = wanted.subtracting(available)
        var chosen: [Int] = []
        for node in all[stage].nodes.reversed() {
            let node = (index: node, value: graph.nodes[node])
            guard node.value.results.contains(where: missing.contains) else { continue }
            chosen.append(node.index)
            missing.subtract(node.value.results)
            missing.formUnion(Set(node.value.reads).subtracting(available))
        }
        precondition(missing.isEmpty, "what a stage reads is there, or computed by it")
        return chosen.reversed()
    }
}
