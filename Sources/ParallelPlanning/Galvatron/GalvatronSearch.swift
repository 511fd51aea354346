/// The whole search of Galvatron's engine for one batch size and number of micro-batches: all numbers of stages, kinds
/// of parallelism and largest degrees, each with the fastest strategies of its layers for every way to treat the
/// embedding.
public struct GalvatronSearch: Sendable {
    /// What is trained, and where.
    public struct Settings: Hashable, Sendable {
        /// A power of two.
        public var devices: Int
        /// All of one kind.
        public var layers: Int
        /// Of each device, in 2^30 bytes. Above 20 a fifth is left to the devices' allocator.
        public var memory: Int
        /// 16-bit activations and gradients.
        public var mixedPrecision = true
        /// Gradients are reduced after each micro-batch, not once a step.
        public var reducesEachMicroBatch = false
        /// A strategy for each layer; else one for all.
        public var fineGrained = true

        /// Settings with 16-bit activations, gradients that are reduced once a step and strategies by layer.
        public init(devices: Int, layers: Int, memory: Int) {
            self.devices = devices
            self.layers = layers
            self.memory = memory
        }
    }

    /// Which model parallelism a task looks at.
    public enum Mode: String, CaseIterable, Sendable {
        /// Tensor parallelism only.
        case tensor = "tp_only"
        /// Sequence parallelism only.
        case sequence = "sp_only"
        /// Both, layer by layer.
        case both = "tp_with_sp"
    }

    /// One part of the search.
    public struct Task: Hashable, Sendable {
        /// Stages.
        public var pipeline: Int
        /// Kinds of model parallelism.
        public var mode: Mode
        /// The largest degree of model parallelism, for which buffers are held.
        public var largestDegree: Int
    }

    /// The sub-problem of one stage, with the embedding treated in one way.
    public struct StageProblem: Sendable {
        /// How the embedding and the head are treated.
        public var embedding: GalvatronStrategy
        /// Strategies of the layers; the stage's options are in this order.
        public var strategies: [GalvatronStrategy]
        /// The stage's layers.
        public var options: [LayerOptions]
        /// Megabytes of a device, and what the embedding, the head and buffers take of it.
        public var memory: Int, otherMemory: Int
        /// Seconds of the embedding and the head.
        public var otherSeconds: Double
    }

    /// A plan for all layers.
    public struct Plan: Hashable, Sendable {
        /// Seconds of a step.
        public var seconds: Double
        /// By layer.
        public var strategies: [GalvatronStrategy]
        /// Of the embedding and the head.
        public var embedding: GalvatronStrategy
        /// Layers by stage.
        public var division: [Int]
    }

    private let costs: GalvatronCostModel
    private let settings: Settings

    /// A search over what was measured.
    ///
    /// - Parameters:
    ///   - batch: Sequences of a step.
    ///   - microBatches: Into how many parts the batch is divided.
    public init(_ profile: GalvatronProfile, _ settings: Settings, batch: Int, microBatches: Int) {
        costs = GalvatronCostModel(profile: profile, settings: settings, batch: batch, microBatches: microBatches)
        self.settings = settings
    }

    /// The plan with the most sequences a second, the first one among equally good ones; nil if none fits.
    public func best() -> Plan? {
        var best: Plan?
        for task in tasks {
            if let plan = self.best(of: task), plan.seconds < best?.seconds ?? .infinity { best = plan }
        }
        return best
    }

    /// The parts of the search, in order.
    public var tasks: [Task] {
        let degrees = (0..<Int.bitWidth - 2).map { 1 << $0 }.prefix { $0 <= settings.devices }
        return degrees.filter { $0 <= costs.microBatches && $0 <= settings.layers }.flatMap { pipeline in
            let devices = settings.devices / pipeline
            let least = devices / largestData(pipeline)
            return Mode.allCases.flatMap { mode in
                degrees.filter { $0 <= devices && (mode == .sequence ? $0 == devices : $0 >= least) }
                    .map { Task(pipeline: pipeline, mode: mode, largestDegree: $0) }
            }
        }
    }

    private func largestData(_ pipeline: Int) -> Int {
        max(1, min(costs.batch / costs.microBatches, settings.devices / pipeline))
    }

    /// The strategies of layers that a task looks at, in order.
    public func strategies(of task: Task) -> [GalvatronStrategy] {
        GalvatronStrategy.all(devices: settings.devices, layers: settings.layers).filter { strategy in
            strategy.pipeline == task.pipeline && strategy.model <= task.largestDegree
                && strategy.data <= largestData(task.pipeline)
                && (task.mode == .tensor ? strategy.sequence == 1 : true)
                && (task.mode == .sequence ? strategy.tensor == 1 : true)
        }
    }

    /// The embeddings of a task, in order.
    private func embeddings(_ strategies: [GalvatronStrategy]) -> [GalvatronStrategy] {
        Set(strategies.map(\.ofEmbedding)).sorted()
    }

    /// Layers by stage: the same number, and what is left over at the last one.
    private func division(_ stages: Int) -> [Int] {
        let each = settings.layers / stages
        return Array(repeating: each, count: stages - 1) + [settings.layers - each * (stages - 1)]
    }

    /// Megabytes of a device for plans.
    private var memory: Int {
        let all = settings.memory * 1024
        return settings.memory > 20 ? all - Int(Double(all) * 0.2) : all
    }

    /// Megabytes that collectives of the largest degree gather into.
    private func bufferMemory(_ task: Task) -> Double {
        guard task.mode != .sequence else { return 0 }
        let data = settings.devices / task.pipeline / task.largestDegree
        let sequences = Double(costs.batch) / Double(costs.microBatches) / Double(data)
        let bytes = sequences * Double(costs.profile.width * costs.profile.length * 4)
        return bytes / 1024 / 1024 / (settings.mixedPrecision ? 2 : 1)
    }

    /// The sub-problems of a task: by embedding, and of each by stage.
    public func problems(of task: Task) -> [[StageProblem]] {
        let strategies = strategies(of: task)
        let switching = strategies.flatMap { former in
            strategies.map { costs.switchingSeconds(from: former, to: $0) }
        }
        let seconds = strategies.map { costs.layerSeconds($0, synchronises: true) }
        let stages = division(task.pipeline).enumerated().map { stage, layers in
            let memory = strategies.map { Int(costs.layerMemory($0, stage: stage).rounded(.up)) }
            let later = LayerOptions(memory: memory, seconds: seconds, switching: switching)
            let first = LayerOptions(memory: memory, seconds: seconds)
            return [first] + Array(repeating: later, count: layers - 1)
        }
        return embeddings(strategies).map { embedding in
            let other = zip(
                costs.embeddingMemory(embedding), costs.embeddingSeconds(embedding, synchronises: true))
            return zip(stages, other).map { options, other in
                StageProblem(
                    embedding: embedding, strategies: strategies, options: options, memory: memory,
                    otherMemory: Int(other.0.rounded(.up)) + Int(bufferMemory(task)), otherSeconds: other.1)
            }
        }
    }

    /// The fastest plan of one part of the search; nil if none fits.
    public func best(of task: Task) -> Plan? {
        settings.fineGrained ? bestByLayer(task) : bestUniform(task)
    }

    private func bestByLayer(_ task: Task) -> Plan? {
        let problems = problems(of: task)
        guard let first = problems.first else { return nil }
        // Embeddings differ in what they leave to the layers: one search of each stage answers them all.
        let searches = first.indices.map { stage in
            AssignmentSearch(
                first[stage].options, upTo: problems.map { $0[stage].memory - $0[stage].otherMemory }.max() ?? 0)
        }
        var best: Plan?
        for stages in problems {
            var strategies: [GalvatronStrategy] = []
            for (problem, search) in zip(stages, searches) {
                guard let found = search.best(within: problem.memory - problem.otherMemory) else { break }
                strategies += found.strategies.map { problem.strategies[$0] }
            }
            guard strategies.count == settings.layers, let embedding = stages.first?.embedding else { continue }
            let plan = plan(strategies, embedding)
            if plan.seconds < best?.seconds ?? .infinity { best = plan }
        }
        return best
    }

    private func bestUniform(_ task: Task) -> Plan? {
        var best: Plan?
        for strategy in strategies(of: task) {
            let embedding = costs.embeddingMemory(strategy.ofEmbedding)
            let fits = division(task.pipeline).enumerated().allSatisfy { stage, layers in
                let layer = Int(costs.layerMemory(strategy, stage: stage).rounded(.up))
                return Int(bufferMemory(task).rounded(.up)) + Int(embedding[stage].rounded(.up)) + layer * layers
                    <= memory
            }
            guard fits else { continue }
            let plan = plan(Array(repeating: strategy, count: settings.layers), strategy.ofEmbedding)
            if plan.seconds < best?.seconds ?? .infinity { best = plan }
        }
        return best
    }

    private func plan(_ strategies: [GalvatronStrategy], _ embedding: GalvatronStrategy) -> Plan {
        let division = division(embedding.pipeline)
        return Plan(
            seconds: pipelineSeconds(strategies, embedding, division), strategies: strategies, embedding: embedding,
            division: division)
    }

    /// A step: all micro-batches through all stages, and what is left of the gradients' synchronisation after that.
    private func pipelineSeconds(
        _ strategies: [GalvatronStrategy], _ embedding: GalvatronStrategy, _ division: [Int]
    ) -> Double {
        var compute = costs.embeddingSeconds(embedding, synchronises: false)
        var synchronised = Array(repeating: 0.0, count: division.count)
        var next = 0
        for (stage, layers) in division.enumerated() {
            for strategy in strategies[next..<next + layers] {
                compute[stage] += costs.layerSeconds(strategy, synchronises: false)
                synchronised[stage] += costs.layerSeconds(strategy, synchronises: true)
            }
            next += layers
        }
        let micro = costs.microBatches
        let all = compute.reduce(0, +)
        let later = compute.dropFirst().reduce(0, +)
        let filling = Double(min(division.count - 1, micro - 1)) * compute[0]
        let fromFirst =
            max(filling / 3, later / 3) + max(filling * 2 / 3, later * 2 / 3)
            + compute[0] * Double(max(0, micro + 1 - division.count))
        let pipeline = max(all + compute[compute.count - 1] * Double(micro - 1), fromFirst)
        var past = 0.0
        let left = zip(compute, synchronised).map { compute, synchronised in
            past += compute
            return synchronised - past
        }
        return pipeline + max(0, left.max() ?? 0)
    }
}
