internal import Glibc
internal import StaticExecution
internal import Tiers

/// A step of a tower in memory of its own: the arena, the executor, what is put away.
///
/// Made once for a tower's sizes and a budget; used by one thread at a time.
final class TowerMachine: @unchecked Sendable {
    // unchecked: whoever has it is the only one who uses it
    let graph: TowerGraph
    /// The plan; nil of a step that learns nothing, which needs none.
    let plan: TrainingPlan?
    private let arena: Arena
    private let store: TensorStore?
    private let executor: StepExecutor

    /// A step that learns.
    ///
    /// - Throws: ``HistoryTowerError/storage(_:)``.
    init(_ graph: TowerGraph, _ plan: TrainingPlan, _ terms: TrainingPlan.Terms) throws(HistoryTowerError) {
        (self.graph, self.plan) = (graph, plan)
        let planned = plan.planned
        do throws(TierError) {
            arena = try Arena(bytes: planned.program.arenaBytes)
            store =
                planned.slots.isEmpty
                ? nil
                : try TensorStore(
                    slots: planned.slots,
                    hostBytes: max(
                        0, terms.budget - plan.stateBytes - plan.tables.bytes - planned.program.arenaBytes),
                    directory: terms.scratch, rate: terms.rate)
        } catch {
            throw .storage(error.description)
        }
        executor = StepExecutor(planned.program, arena: arena.start, transfers: store)
    }

    /// A step that reads without learning.
    ///
    /// - Parameter beside: bytes of the budget that are not the arena's.
    /// - Throws: ``HistoryTowerError/budget(_:least:)``.
    init(reading graph: TowerGraph, extent: StepExtent, budget: Int, beside: Int) throws(HistoryTowerError) {
        (self.graph, plan, store) = (graph, nil, nil)
        let program: StepProgram
        do { program = try StepProgram(inferring: graph.graph, extent: extent) } catch { throw .storage("\(error)") }
        let needed = program.arenaBytes + beside
        guard needed <= budget else { throw .budget(budget, least: needed) }
        do { arena = try Arena(bytes: program.arenaBytes) } catch { throw .storage(error.description) }
        executor = StepExecutor(program, arena: arena.start, transfers: nil)
    }

    /// Writes a pack's events where the step reads them.
    func enter(_ pack: Pack, of histories: EventHistories) {
        executor.begin(histories: pack.starts, readouts: pack.readouts.count)
        let gaps = executor.input(graph.gaps)
        for (window, start) in zip(pack.windows, pack.starts) {
            for place in 0..<window.count { gaps[start + place] = histories.gaps[window.first + place] }
            // Nothing is known of what was before the window.
            gaps[start] = 0
            for (field, index) in graph.codes.enumerated() {
                guard let index else { continue }
                let target = executor.index(index)
                for place in 0..<window.count { target[start + place] = histories.codes[field][window.first + place] }
            }
            guard let numbers = graph.numbers else { continue }
            let (target, width) = (executor.input(numbers), histories.numbers.count)
            for place in 0..<window.count {
                for (column, values) in histories.numbers.enumerated() {
                    target[(start + place) * width + column] = values[window.first + place]
                }
            }
        }
        if let index = graph.readouts {
            let target = executor.index(index)
            for (place, readout) in pack.readouts.enumerated() { target[place] = Int32(readout.event) }
        }
    }

    /// Writes the codes of each event's next one; code 0 is not worth predicting, and rare codes of many are not predicted. Each field's losses
    /// count by their mean.
    ///
    /// - Returns: how many codes there are.
    func enterLabels(_ pack: Pack, of histories: EventHistories) -> Int {
        var all = 0
        let predicted = histories.schema.fields.indices.filter { histories.schema.fields[$0].isPredicted }
        for (field, index) in zip(predicted, graph.labels) {
            let target = executor.index(index)
            var count = 0
            for (window, start) in zip(pack.windows, pack.starts) {
                for place in 0..<window.count {
                    let code = histories.codes[field][window.first + place + 1]
                    let isPredicted = histories.schema.fields[field].predicts(code)
                    target[start + place] = isPredicted ? code : -1
                    count += isPredicted ? 1 : 0
                }
            }
            executor.weigh(lossAgainst: index, by: 1 / Float(max(1, count)))
            all += count
        }
        return all
    }

    /// Where a large field's embedded codes go, row by row of the pack.
    func input(_ large: LargeField) -> UnsafeMutablePointer<Float> {
        guard let start = executor.input(large.input).baseAddress else { preconditionFailure("an input with rows") }
        return start
    }

    /// Their gradients, after a way back.
    func gradient(_ large: LargeField) -> UnsafePointer<Float> {
        guard let start = executor.inputGradient(large.input).baseAddress else {
            preconditionFailure("an input with rows")
        }
        return start
    }

    /// Copies parameters into the arena of a step that reads.
    func load(_ parameters: ArraySlice<Float>) {
        let target = executor.parameters
        precondition(target.count == parameters.count, "the graph's parameters")
        parameters.withUnsafeBufferPointer { _ = target.update(fromContentsOf: $0) }
    }

    /// What came out for each readout of the pack, row by row.
    func outputs(_ count: Int, columns: Int) -> UnsafeBufferPointer<Float> {
        guard let output = graph.output else { preconditionFailure("a tower that reads has an output") }
        return UnsafeBufferPointer(rebasing: executor.output(output)[..<(count * columns)])
    }

    /// Has the next step that learns use these.
    func enter(_ parameters: LearningParameters) { parameters.enter(executor) }

    func forward(seed: UInt64, step: UInt32) throws(HistoryTowerError) {
        do { try executor.forward(seed: seed, step: step) } catch { throw .storage("\(error)") }
    }

    /// The way back.
    ///
    /// - Parameter gradients: of the outputs of each readout; nil for a tower that predicts.
    /// - Returns: the sum of the losses.
    func backward(gradients: [Float]? = nil) throws(HistoryTowerError) -> Double {
        if let gradients, let output = graph.output {
            let target = executor.outputGradient(output)
            for (place, gradient) in gradients.enumerated() { target[place] = gradient }
        }
        do { return try executor.backward() } catch { throw .storage("\(error)") }
    }
}
