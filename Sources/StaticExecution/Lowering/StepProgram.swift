public import AddressPlanning
internal import Kernels

/// Where a step's parameters and their gradients lie.
public enum ParameterPlace: Hashable, Sendable {
    /// All in the arena, at the graph's offsets; each way back begins with gradients of zero.
    case arena
    /// Where ``StepExecutor/place(_:values:gradients:)`` says, each as long as its user wants: ways back add to what is there.
    case outside
}

/// Where a step's buffers lie that nobody needs any more when the way there has ended, or the way back.
public enum WorkPlace: Hashable, Sendable {
    /// In the arena, where other buffers are at other times.
    case arena
    /// In a memory of ``StepProgram/workBytes`` beside it, which steps may share of which none is on its way while another is.
    case shared
}

/// A step with addresses: every call with the bytes of the arena that it reads and writes, in order.
///
/// Made once for a graph, an extent and a policy; running it allocates nothing.
public struct StepProgram: Sendable {
    /// One computation with its addresses, in bytes from the arena's start, the memory for work following its end; -1 for none.
    struct Call: Sendable {
        var node: Int
        var isForward: Bool
        /// The rows of the step that are computed, as far as there are so many.
        var rows: Range<Int>
        var reads: [Int]
        var results: [Int]
        var resultGradient: Int
        var targets: [Target]
        var scratch: Int

        struct Target: Sendable {
            var address: Int
            var adds: Bool
            var temporary: Int
        }
    }

    enum Instruction: Sendable {
        case compute(Call)
        case clear(address: Int, bytes: Int)
        /// Transfers that a chunk belongs to are left out where the step has no such rows.
        case store(slot: Int, address: Int, firstRow: Int)
        case load(slot: Int, address: Int, firstRow: Int)
        case wait(slot: Int, firstRow: Int)
    }

    /// What is put away, in slots of so many bytes.
    public struct Slot: Hashable, Sendable {
        /// What it is called in messages.
        public let name: String
        /// A multiple of 4096.
        public let bytes: Int
    }

    /// What the step computes.
    public let graph: StepGraph
    /// The most that it takes in.
    public let extent: StepExtent
    /// What becomes of its tensors.
    public let policy: StepPolicy
    /// The arena that it needs: its peak, what any plan needs, and whether they are proven to be the same.
    public let certificate: AllocationPlan.Certificate
    /// The problem that was solved and the addresses, for who checks them.
    public let problem: StepProblem
    /// See `problem`.
    public let plan: StepPlan
    /// The same for the memory that is shared for work; `nil` where none is.
    public let work: (problem: StepProblem, plan: StepPlan)?
    /// What is put away.
    public let slots: [Slot]
    /// The way there, to the outputs.
    let forth: [Instruction]
    /// The way back.
    let back: [Instruction]
    /// Whether it learns.
    let isTraining: Bool

    /// `nil` where they are not in the arena, or nothing is learned.
    let parameters: Int?
    let parameterGradients: Int?
    let histories: Int
    let inputs: [Int: Int]
    let inputGradients: [Int: Int]
    let indices: [Int]
    let outputs: [Int: Output]

    struct Output: Sendable {
        let value: Int
        /// -1 where nothing is learned.
        let gradient: Int
    }

    /// Bytes of the arena.
    public var arenaBytes: Int { certificate.peak }
    /// Bytes beside it, to be shared with other steps.
    public var workBytes: Int { work?.plan.plan.certificate.peak ?? 0 }
    /// Bytes that are put away in a step of full extent.
    public var putAwayBytes: Int { slots.reduce(0) { $0 + $1.bytes } }

    /// Lays out a step that learns.
    ///
    /// - Throws: ``PlanningError``, never but for sizes that no machine has.
    public init(
        training graph: StepGraph, extent: StepExtent, policy: StepPolicy, parameters place: ParameterPlace = .arena,
        work: WorkPlace = .arena, planner: AddressPlanner = AddressPlanner(limits: .init(steps: 200_000))
    ) throws(PlanningError) {
        try self.init(Lowering(graph, extent, policy, .training, parameters: place), planner, work: work)
    }

    /// Lays out a step that computes outputs only.
    ///
    /// - Throws: as above.
    public init(
        inferring graph: StepGraph, extent: StepExtent, chunk: Int = 1024,
        planner: AddressPlanner = AddressPlanner(limits: .init(steps: 200_000))
    ) throws(PlanningError) {
        try self.init(Lowering(graph, extent, .recomputing(chunk: chunk), .inference), planner, work: .arena)
    }

    private init(_ lowering: Lowering, _ planner: AddressPlanner, work place: WorkPlace) throws(PlanningError) {
        let addresses = try Addresses(lowering, planner, work: place)
        (graph, extent, policy) = (lowering.stages.graph, lowering.extent, lowering.policy)
        (problem, plan, work) = (addresses.problem, addresses.plan, addresses.work)
        certificate = plan.plan.certificate
        slots = lowering.slots.map { Slot(name: $0.name, bytes: $0.bytes) }
        isTraining = lowering.purpose == .training
        parameters = lowering.parameters.map { addresses[$0] }
        parameterGradients = lowering.parameterGradients.map { addresses[$0] }
        histories = addresses[lowering.histories]
        inputs = lowering.inputs.mapValues { addresses[$0] }
        inputGradients = lowering.inputGradients.mapValues { addresses[$0] }
        indices = lowering.indices.map { addresses[$0] }
        outputs = lowering.outputs.mapValues { output in
            Output(value: addresses[output.value], gradient: output.gradient.map { addresses[$0] } ?? -1)
        }
        forth = (0..<lowering.turn).flatMap { addresses.instructions(of: $0) }
        back = (lowering.turn..<lowering.moments.count).flatMap { addresses.instructions(of: $0) }
    }
}
