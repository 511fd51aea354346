internal import Kernels
internal import OutOfCore
internal import StaticExecution

/// A tower's parameters while they learn, and what moves them: layer by layer on a thread of its own, while compute goes on, or the
/// federation is waited for (Angel-PTM's lock-free updating; `Sources/OutOfCore` says how).
///
/// A step's executor asks for each layer's parameters when it first needs them, and waits only for those that are still being moved.
final class LearningParameters {
    /// The longest that a gradient may be.
    private static let longest = 1.0
    private static let adam = LayerOptimiser.adam(Adam(rate: 1))

    private let layers: TowerLayers
    private let updater: LayerUpdater
    /// Of all parameters, in the graph's order.
    private let gradients: UnsafeMutableBufferPointer<Float>
    /// Gradients that moved something, with those before.
    private(set) var steps: Int

    /// - Parameters:
    ///   - values: of all parameters of the graph.
    ///   - optimiser: of a training that goes on.
    /// - Throws: ``HistoryTowerError/storage(_:)``.
    init(
        _ layers: TowerLayers, _ values: ArraySlice<Float>, after optimiser: TowerOptimiser?, staleness: Staleness,
        state: StatePlace
    ) throws(HistoryTowerError) {
        precondition(values.count == layers.count, "the graph's parameters")
        self.layers = layers
        do throws(OutOfCoreError) {
            updater = try LayerUpdater(
                layers.parts, Self.adam, staleness: staleness, state: state,
                restoring: optimiser.map { optimiser in layers.numbers.map { optimiser.state(of: $0) } }
            ) { layer, target in
                for (place, value) in values.dropFirst(layers.numbers[layer].lowerBound).prefix(
                    layers.parts[layer].count
                )
                .enumerated() { target[place] = value }
            }
        } catch {
            throw .storage("\(error)")
        }
        steps = optimiser?.steps ?? 0
        gradients = .allocate(capacity: layers.count)
        gradients.initialize(repeating: 0)
    }

    deinit { gradients.deallocate() }

    /// What a training takes beside its arena.
    static func plan(_ layers: TowerLayers, staleness: Staleness) -> (memory: Int, state: Int) {
        let plan = LayerUpdater.plan(layers.parts, adam, staleness: staleness)
        // Gradients, and the parameters as they were, for as long as they are moved.
        return (plan.memoryBytes + 8 * layers.count, plan.stateBytes)
    }

    /// Begins a step: gradients are zero, and the executor asks for what it needs.
    func enter(_ executor: StepExecutor) {
        gradients.update(repeating: 0)
        executor.forgetPlaces()
        executor.provide = { [unowned self, unowned executor] parameter in
            let layer = layers.layer(of: parameter)
            let values = try updater.parameters(of: layer)
            executor.place(
                layers.parameters[layer], values: UnsafeMutablePointer(mutating: values),
                gradients: gradients.baseAddress.map { $0 + layers.numbers[layer].lowerBound })
        }
    }

    /// Has parameters moved along the gradients of a step; returns before they are, as far as the staleness lets it. A gradient that is
    /// longer than 1 is cut to that (Pascanu et al., ICML 2013), so that one odd history does not throw everything over.
    ///
    /// - Parameter others: the sum of squares of gradients of what is learned beside these, which counts in the length.
    /// - Returns: what those others are to be multiplied by.
    /// - Throws: ``HistoryTowerError/diverged``, and nothing moves; ``HistoryTowerError/storage(_:)``.
    @discardableResult
    func move(rate: Double, beside others: Double = 0) throws(HistoryTowerError) -> Float {
        guard let first = gradients.baseAddress, gradients.allSatisfy(\.isFinite), others.isFinite else {
            throw .diverged
        }
        let length = gradients.reduce(others) { $0 + Double($1) * Double($1) }.squareRoot()
        let factor = length > Self.longest ? Float(Self.longest / length) : 1
        if factor < 1 { for place in gradients.indices { gradients[place] *= factor } }
        do throws(OutOfCoreError) {
            // In the order in which the next step needs them.
            for layer in layers.numbers.indices {
                try updater.give(first + layers.numbers[layer].lowerBound, to: layer, rate: rate)
            }
        } catch {
            throw .storage("\(error)")
        }
        steps += 1
        return factor
    }

    /// Everything as it is when all gradients have moved it.
    ///
    /// - Throws: ``HistoryTowerError/storage(_:)``.
    func values() throws(HistoryTowerError) -> [Float] {
        do throws(OutOfCoreError) {
            try updater.drain()
            var values: [Float] = []
            values.reserveCapacity(layers.count)
            for (layer, part) in layers.parts.enumerated() {
                values += UnsafeBufferPointer(start: try updater.parameters(of: layer), count: part.count)
            }
            return values
        } catch {
            throw .storage("\(error)")
        }
    }

    /// What a training that goes on needs beside the values. Of one whose updates are synchronous.
    ///
    /// - Throws: ``HistoryTowerError/storage(_:)``.
    func optimiser() throws(HistoryTowerError) -> TowerOptimiser {
        do throws(OutOfCoreError) {
            return TowerOptimiser(try updater.states(), of: layers.parts.map(\.count), steps: steps)
        } catch {
            throw .storage("\(error)")
        }
    }
}

/// A graph's parameters cut where its layers begin: what enters, each block, and what comes out of the last.
struct TowerLayers {
    /// By layer, which of the graph's parameters are its own, and which of the numbers of all parameters.
    private(set) var parameters: [Range<Int>] = []
    private(set) var numbers: [Range<Int>] = []
    private(set) var parts: [LayerUpdater.Layer] = []
    /// Numbers of all parameters.
    let count: Int

    init(_ graph: StepGraph) {
        count = graph.parameterCount
        var start = 0
        for (parameter, next) in zip(graph.parameters.indices, graph.parameters.indices.dropFirst() + [-1]) {
            let name = Self.layer(of: graph.parameters[parameter].name)
            if next >= 0, Self.layer(of: graph.parameters[next].name) == name { continue }
            let first = graph.parameters[start].offset
            let end = next < 0 ? count : graph.parameters[next].offset
            parameters.append(start..<parameter + 1)
            numbers.append(first..<end)
            parts.append(.init(name: name, count: end - first))
            start = parameter + 1
        }
    }

    private static func layer(of name: String) -> String {
        let words = name.split(separator: ".")
        return switch words.first {
        case "events"?: "events"
        case "blocks"?: words.prefix(2).joined(separator: " ")
        default: "outputs"
        }
    }

    func layer(of parameter: Int) -> Int {
        guard let layer = parameters.firstIndex(where: { $0.contains(parameter) }) else {
            preconditionFailure("a parameter of the graph")
        }
        return layer
    }
}
