public import Kernels
internal import Tiers

/// Parameters in memory, with the optimiser's state beside them or on the disk, updated by a thread of their own while compute goes on
/// (lock-free updating: Angel-PTM, VLDB 2023, arXiv 2303.02868).
///
/// For each layer and step, compute asks for its parameters, works, and gives its gradient:
///
///     let w = try updater.parameters(of: 3)      // valid until the same layer is asked for again or gets a gradient
///     ...                                        // forward and backward
///     try updater.give(gradient, to: 3)          // copied or added; the slice is free again
///
/// The paper has parameters of 16 bits in memory, and therefore those of 32 on the disk too. Here they have 32 bits in memory, which makes
/// the published ones the masters: a step reads and writes only the optimiser's slots.
///
/// Different layers may be used from different threads, each from one at a time. Errors of the disk come with the next call of
/// any kind, with the name of the layer that was being updated; after one, nothing more is applied.
public final class LayerUpdater: Sendable {
    /// What has a gradient, and a step of the optimiser, of its own.
    public struct Layer: Hashable, Sendable {
        /// For errors.
        public var name: String
        /// How many parameters it has; at least 1. Tensors that are small had better be one layer together: state is moved in whole pages.
        public var count: Int

        public init(name: String, count: Int) {
            (self.name, self.count) = (name, count)
        }
    }

    /// What an updater takes, known before there is one.
    public struct Plan: Hashable, Sendable {
        /// Memory for parameters, gradients, and the pages of state that are on their way.
        public let memoryBytes: Int
        /// The optimiser's state, wherever it lies; read and written by one step on every layer, each.
        public let stateBytes: Int

        let state: StateLayout
        let buffers: LayerBuffers.Layout

        public static func == (left: Plan, right: Plan) -> Bool {
            left.memoryBytes == right.memoryBytes && left.stateBytes == right.stateBytes
        }

        public func hash(into hasher: inout Hasher) {
            hasher.combine(memoryBytes)
            hasher.combine(stateBytes)
        }
    }

    /// What happened so far.
    public struct Counters: Hashable, Sendable {
        /// Gradients that were given, and those that published parameters hold.
        public var given = 0, applied = 0
        /// Steps of the optimiser, of all layers together; fewer than gradients where these were added up.
        public var steps = 0
        /// The most gradients that were missing in parameters that compute got.
        public var largestStaleness = 0
        /// How long compute waited for updates, without ``LayerUpdater/drain()``.
        public var stalled = Duration.zero
        /// What the disk moved.
        public var bytesRead = 0, bytesWritten = 0
    }

    private let core: UpdateCore
    private let thread: OwnThread
    private let layout: StateLayout
    private let store: any PageStore

    /// What an updater would take.
    ///
    /// Of memory: a buffer for the parameters and one for the gradient of each layer; for each length that layers have, one more
    /// gradient, and of parameters one (synchronous), two (free) or as many as there are layers of it (bounded) more; six pages.
    ///
    /// - Parameter pageBytes: a multiple of 4096.
    public static func plan(
        _ layers: [Layer], _ optimiser: LayerOptimiser, staleness: Staleness, pageBytes: Int = 1 << 20
    ) -> Plan {
        precondition(!layers.isEmpty && layers.allSatisfy { $0.count > 0 }, "layers with parameters")
        precondition(pageBytes > 0 && pageBytes % 4096 == 0, "pages of whole 4096-byte blocks")
        let counts = layers.map(\.count)
        let state = StateLayout(counts: counts, slots: optimiser.slots, pageBytes: pageBytes)
        let buffers = LayerBuffers.Layout(counts: counts, staleness: staleness)
        return Plan(
            memoryBytes: buffers.bytes + StatePages.resident * state.pageBytes,
            stateBytes: state.pages * state.pageBytes, state: state, buffers: buffers)
    }

    /// Takes memory and the disk's space, and starts the updating thread.
    ///
    /// - Parameters:
    ///   - layers: at least one.
    ///   - state: where the optimiser's state lies.
    ///   - pageBytes: a multiple of 4096.
    ///   - restoring: the state of each layer at some time, to go on from there; `nil`: before the first step.
    ///   - first: fills in the first parameters of a layer.
    /// - Throws: ``OutOfCoreError/storage(cause:)``.
    public convenience init(
        _ layers: [Layer], _ optimiser: LayerOptimiser, staleness: Staleness, state: StatePlace,
        pageBytes: Int = 1 << 20, restoring: [LayerState]? = nil,
        first: (_ layer: Int, _ parameters: OutputSlice) -> Void
    ) throws(OutOfCoreError) {
        let plan = Self.plan(layers, optimiser, staleness: staleness, pageBytes: pageBytes)
        let store: any PageStore
        do throws(TierError) { store = try state.store(plan.state) } catch { throw .storage(cause: error) }
        try self.init(
            layers, optimiser, staleness: staleness, plan: plan, store: store, restoring: restoring, first: first)
    }

    /// The same with a file that is there already, of the plan's size.
    package init(
        _ layers: [Layer], _ optimiser: LayerOptimiser, staleness: Staleness, plan: Plan, store: any PageStore,
        restoring: [LayerState]? = nil, first: (_ layer: Int, _ parameters: OutputSlice) -> Void
    ) throws(OutOfCoreError) {
        if case .bounded(let most) = staleness { precondition(most > 0, "a bound of at least 1") }
        precondition(restoring.map { $0.count == layers.count } ?? true, "a state a layer")
        let core = UpdateCore(layers, staleness, plan.buffers, store, after: restoring?.map(\.steps))
        core.fill(first)
        do throws(TierError) {
            for (layer, state) in (restoring ?? []).enumerated() where state.steps > 0 {
                try plan.state.write(state.slots, of: layer, to: store)
            }
            thread = try OwnThread { core.run(StatePages(plan.state, optimiser, in: store)) }
        } catch {
            throw .storage(cause: error)
        }
        (self.core, self.store, layout) = (core, store, plan.state)
    }

    /// Ends the thread after the update under way; gradients that wait are dropped.
    deinit {
        core.stop()
        thread.join()
    }

    /// The parameters of a layer, as new as there are. Waits where more gradients would be missing than the staleness allows; never if it is
    /// ``Staleness/free``.
    ///
    /// - Returns: as many numbers as the layer has parameters; they stay as they are until this is called for the layer again, it
    ///   is given a gradient, or ``drain()`` is called.
    /// - Throws: ``OutOfCoreError/layer(name:cause:)``.
    public func parameters(of layer: Int) throws(OutOfCoreError) -> InputSlice {
        try core.parameters(of: layer)
    }

    /// Gives a gradient of a layer's parameters. Ends the use of what ``parameters(of:)`` gave for this layer.
    ///
    /// Where a gradient of the layer waits already, the two are added, and applied by one step; not if the staleness is
    /// ``Staleness/synchronous``: then this waits until the earlier one is applied.
    ///
    /// - Parameters:
    ///   - gradient: as many numbers as the layer has parameters; not needed any more afterwards.
    ///   - rate: of this step, instead of the optimiser's own; of gradients that are added up, the last one's counts.
    /// - Throws: ``OutOfCoreError/layer(name:cause:)``.
    public func give(_ gradient: InputSlice, to layer: Int, rate: Double? = nil) throws(OutOfCoreError) {
        try core.give(gradient, to: layer, rate: rate)
    }

    /// Waits until every gradient that was given is applied and written. Ends the use of all parameters.
    ///
    /// - Throws: ``OutOfCoreError/layer(name:cause:)``.
    public func drain() throws(OutOfCoreError) { try core.drain() }

    /// The optimiser's state of every layer, when every gradient that was given is applied. Ends the use of all parameters.
    ///
    /// - Throws: ``OutOfCoreError/layer(name:cause:)``, ``OutOfCoreError/storage(cause:)``.
    public func states() throws(OutOfCoreError) -> [LayerState] {
        try core.drain()
        var states: [LayerState] = []
        for layer in layout.counts.indices {
            let steps = core.steps(of: layer)
            do throws(TierError) {
                states.append(LayerState(steps: steps, slots: steps > 0 ? try layout.read(layer, from: store) : []))
            } catch {
                throw .storage(cause: error)
            }
        }
        return states
    }

    /// What happened so far.
    public var counters: Counters { core.counters }
}
