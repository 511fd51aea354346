/// What one layer with one strategy takes at a stage of a pipeline.
package struct StepCost: Hashable, Sendable {
    /// Seconds of a micro-batch, with the collectives in it.
    package var forward: Double
    package var backward: Double
    /// Seconds once a step: the sum of gradients, and the update.
    package var once: Double
    /// Seconds for sending the output on, if the stage ends here, and the input's gradient back, if it begins here.
    package var sendsOutput: Double
    package var sendsGradient: Double
    /// Bytes of a rank during the whole step.
    package var bytes: Int
    /// Bytes that it needs besides, but only while it works on this layer.
    package var peak: Int

    package init(
        forward: Double, backward: Double, once: Double = 0, sendsOutput: Double = 0, sendsGradient: Double = 0,
        bytes: Int, peak: Int = 0
    ) {
        self.forward = forward
        self.backward = backward
        self.once = once
        self.sendsOutput = sendsOutput
        self.sendsGradient = sendsGradient
        self.bytes = bytes
        self.peak = peak
    }
}

/// Predicts time and memory of layers on processors' cores: computing and sending take turns, unless the profile says
/// which part of them overlaps.
struct ParallelCostModel: Sendable {
    /// Sequences of a step and into how many parts they are divided.
    struct Batch: Hashable, Sendable {
        var sequences: Int
        var microBatches: Int
    }

    /// Value, gradient and Adam's two moments.
    static let stateBytes = 16
    private static let float = MemoryLayout<Float>.size

    let profile: ClusterProfile
    let layers: [LayerCost]
    private let rates: [ComputeRate]

    init(_ profile: ClusterProfile, _ layers: [LayerCost]) throws(ParallelPlanningError) {
        try profile.check()
        guard !layers.isEmpty else { throw .noLayers }
        self.profile = profile
        self.layers = layers
        var rates: [ComputeRate] = []
        for host in profile.hosts where host.ranks > 0 { rates.append(try ComputeRate(host.forward, host: host.name)) }
        // Hosts without ranks compute nothing, but keep their place.
        var next = rates.makeIterator()
        self.rates = profile.hosts.map { host in
            host.ranks > 0 ? next.next() ?? rates[0] : rates[0]
        }
    }

    /// What a layer takes.
    ///
    /// - Parameters:
    ///   - ranks: Of the stage, as many as the strategy spreads over.
    ///   - inFlight: Micro-batches whose activations are kept at once.
    /// - Returns: Nil if the strategy cannot be carried out: the layer or the batch cannot be divided so.
    func cost(
        _ layer: LayerCost, _ strategy: LayerStrategy, ranks: Range<Int>, batch: Batch, inFlight: Int
    ) throws(ParallelPlanningError) -> StepCost? {
        guard layer.tensorLimit % strategy.tensor == 0,
            batch.sequences % (batch.microBatches * strategy.data) == 0
        else { return nil }
        let sequences = batch.sequences / batch.microBatches / strategy.data
        let compute = computeSeconds(layer, ranks, sequences: sequences, tensor: strategy.tensor)
        var cost = StepCost(
            forward: compute, backward: compute * profile.backwardFactor + (strategy.recomputes ? compute : 0), bytes: 0
        )
        try addTensorCollectives(&cost, layer, strategy, ranks, sequences)
        try addDataCollectives(&cost, layer, strategy, ranks)
        try addSends(&cost, layer, ranks, sequences)
        addMemory(&cost, layer, strategy, sequences, inFlight)
        return cost
    }

    /// One forward pass at the slowest of the ranks.
    ///
    /// - Parameter calls: Into how many passes it is divided, one after the other.
    func computeSeconds(
        _ layer: LayerCost, _ ranks: Range<Int>, sequences: Int, tensor: Int = 1, calls: Int = 1
    ) -> Double {
        ranks.map { rank in
            let rate = rates[profile.host(of: rank)]
            return rate.seconds(layer, sequences: sequences, tensor: tensor) + rate.constant * Double(calls - 1)
        }.max() ?? 0
    }

    private func addTensorCollectives(
        _ cost: inout StepCost, _ layer: LayerCost, _ strategy: LayerStrategy, _ ranks: Range<Int>, _ sequences: Int
    ) throws(ParallelPlanningError) {
        guard strategy.tensor > 1 else { return }
        let sum = try slowest(.allReduce, strategy.tensorGroups, ranks, bytes: layer.boundaryBytes * sequences)
        let sums = sum * Double(layer.tensorCollectives)
        cost.forward += sums
        // What is recomputed begins anew at attention's result: half of the sums come again.
        cost.backward += strategy.recomputes ? 1.5 * sums : sums
    }

    /// Sharded parameters are gathered for each micro-batch on both ways, and its gradients summed and scattered;
    /// gradients of replicated ones are summed once.
    private func addDataCollectives(
        _ cost: inout StepCost, _ layer: LayerCost, _ strategy: LayerStrategy, _ ranks: Range<Int>
    ) throws(ParallelPlanningError) {
        let parameters = layer.parameters(tensor: strategy.tensor)
        let bytes = parameters * Self.float
        var updated = parameters
        if strategy.data > 1 {
            let groups = strategy.dataGroups
            if strategy.sharded {
                let gather = try slowest(.allGather, groups, ranks, bytes: bytes)
                cost.forward += gather
                cost.backward += gather + (try slowest(.reduceScatter, groups, ranks, bytes: bytes))
                updated = divided(parameters, strategy.data)
            } else {
                let sum = try slowest(.allReduce, groups, ranks, bytes: bytes)
                cost.once += sum - min(sum * profile.overlap, cost.backward)
            }
        }
        cost.once += Double(updated) * profile.updateSecondsAParameter
    }

    private func addSends(
        _ cost: inout StepCost, _ layer: LayerCost, _ ranks: Range<Int>, _ sequences: Int
    ) throws(ParallelPlanningError) {
        // Ranks have partners at the same place of the next stage.
        func seconds(_ other: Int) throws(ParallelPlanningError) -> Double {
            let across = ranks.contains { rank in
                (0..<profile.ranks).contains(rank + other) && profile.host(of: rank) != profile.host(of: rank + other)
            }
            let message = try profile.collective(.pointToPoint, ranks: 2, acrossHosts: across)
            return message.seconds(bytes: Double(layer.boundaryBytes * sequences))
        }
        if ranks.upperBound < profile.ranks { cost.sendsOutput = try seconds(ranks.count) }
        if ranks.lowerBound > 0 { cost.sendsGradient = try seconds(-ranks.count) }
    }

    private func addMemory(
        _ cost: inout StepCost, _ layer: LayerCost, _ strategy: LayerStrategy, _ sequences: Int, _ inFlight: Int
    ) {
        let parameters = layer.parameters(tensor: strategy.tensor)
        let kept = layer.activations(tensor: strategy.tensor)
        cost.bytes =
            divided(parameters, strategy.sharded ? strategy.data : 1) * Self.stateBytes
            + (strategy.recomputes ? layer.checkpoints(tensor: strategy.tensor) : kept) * sequences * inFlight
        cost.peak = divided(layer.transientBytes, strategy.tensor) * sequences
        if strategy.recomputes { cost.peak += kept * sequences }
        // All parameters, gathered, and the gradient before it is scattered.
        if strategy.sharded { cost.peak += 2 * parameters * Self.float }
    }

    /// The slowest of some groups of a stage's ranks, which work at the same time.
    func slowest(
        _ kind: ClusterProfile.Collective.Kind, _ groups: [[Int]], _ ranks: Range<Int>, bytes: Int
    ) throws(ParallelPlanningError) -> Double {
        var slowest = 0.0
        for acrossHosts in Set(groups.map { group in spansHosts(group.map { $0 + ranks.lowerBound }) }) {
            let collective = try profile.collective(kind, ranks: groups[0].count, acrossHosts: acrossHosts)
            slowest = max(slowest, collective.seconds(bytes: Double(bytes)))
        }
        return slowest
    }

    private func spansHosts(_ ranks: some Sequence<Int>) -> Bool { Set(ranks.map { profile.host(of: $0) }).count > 1 }

    /// Seconds a micro-batch, both ways, until activations lie where the next layer's strategy wants them.
    ///
    /// Ranks that are to have more sequences gather them, on one way or the other; where only the order of ranks
    /// changes, each sends its own to another one, both ways.
    func switching(
        _ boundaryBytes: Int, from former: LayerStrategy, to latter: LayerStrategy, ranks: Range<Int>, batch: Batch
    ) throws(ParallelPlanningError) -> Double {
        let across = spansHosts(ranks)
        let (few, many) = (min(former.data, latter.data), max(former.data, latter.data))
        let bytes = Double(boundaryBytes * divided(batch.sequences / batch.microBatches, few))
        guard few == many else {
            return try profile.collective(.allGather, ranks: divided(many, few), acrossHosts: across).seconds(
                bytes: bytes)
        }
        guard former.consecutive != latter.consecutive, few > 1 else { return 0 }
        return try 2 * profile.collective(.pointToPoint, ranks: 2, acrossHosts: across).seconds(bytes: bytes)
    }
}
