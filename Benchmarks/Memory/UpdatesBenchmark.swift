import ArgumentParser
import Foundation
import Kernels
import OutOfCore
import Tiers

/// What a step of training waits for a disk, at full speed and slowed, for each staleness.
///
/// A deep linear network learns the identity: for each layer a product forward and two back, and Adam's state on the
/// disk. The runs take turns, so that other work on the machine falls on all of them.
struct UpdatesBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "updates",
        abstract: "Steps whose optimiser's state lies on a disk, at full speed and slowed, for each staleness.")

    @Option(help: "Layers.")
    var layers = 8

    @Option(help: "Inputs and outputs of each.")
    var width = 512

    @Option(help: "Rows of a batch.")
    var rows = 512

    @Option(help: "Steps of a round.")
    var steps = 12

    @Option(help: "Rounds, in which all take turns.")
    var rounds = 5

    @Option(help: "How many times slower the slowed disk is.")
    var slowdown = 10.0

    @Option(help: "A folder on the disk.")
    var scratch = "/var/tmp"

    private struct Mode {
        var name: String
        /// `nil` for an optimiser in memory.
        var staleness: Staleness?
        var rate: Double?
        var seconds: [Double] = []
        var last: LayerUpdater.Counters?
        var loss = 0.0
    }

    func run() throws {
        let disk = try diskRate()
        var modes = [Mode(name: "in memory", staleness: nil, rate: nil)]
        for (name, staleness) in [
            ("synchronous", Staleness.synchronous), ("bounded by 2", .bounded(2)), ("free", .free),
        ] {
            modes.append(Mode(name: name, staleness: staleness, rate: nil))
            modes.append(Mode(name: "\(name), slowed", staleness: staleness, rate: disk / slowdown))
        }
        let plan = LayerUpdater.plan(updated, rule, staleness: .free)
        print("\(layers) layers of \(width) x \(width), batches of \(rows), \(rounds) rounds of \(steps) steps")
        print(String(format: "the disk: %.0f MB/s, slowed %.0f MB/s", disk * 1e-6, disk / slowdown * 1e-6))
        print("a step reads and writes \(plan.stateBytes >> 20) MiB of state, each")
        for _ in 0..<rounds {
            for index in modes.indices { try measure(&modes[index]) }
        }
        report(modes)
    }

    private var updated: [LayerUpdater.Layer] {
        (0..<layers).map { LayerUpdater.Layer(name: "layer \($0)", count: width * width) }
    }

    private var adam: Adam { Adam(rate: 1e-4) }
    private var rule: LayerOptimiser { .adam(adam) }

    /// Bytes a second of reading and writing in turns, as updates do.
    private func diskRate() throws -> Double {
        let (page, count) = (1 << 20, 128)
        let file = try PageFile(in: scratch, pages: count, pageBytes: page)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: page, alignment: 4096)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 1, count: page)
        for index in 0..<count { try file.wait(file.write(index, from: memory)) }
        let start = ContinuousClock.now
        for index in 0..<count {
            _ = file.read(index, into: memory)
            try file.wait(file.write(index, from: memory))
        }
        return 2 * Double(page * count) / ((ContinuousClock.now - start) / .seconds(1))
    }

    private func measure(_ mode: inout Mode) throws {
        let network = LinearNetwork(layers: layers, width: width, rows: rows)
        if let staleness = mode.staleness {
            try measure(&mode, staleness, network)
        } else {
            measureMemory(&mode, network)
        }
        mode.loss = network.loss
    }

    private func measure(_ mode: inout Mode, _ staleness: Staleness, _ network: LinearNetwork) throws {
        let updater = try LayerUpdater(
            updated, rule, staleness: staleness, state: .disk(folder: scratch, rate: mode.rate)
        ) {
            network.fill($0, $1)
        }
        for index in 0...steps {
            let start = ContinuousClock.now
            var parameters: [InputSlice] = []
            try network.forward {
                parameters.append(try updater.parameters(of: $0))
                return parameters[$0]
            }
            try network.backward({ parameters[$0] }) { layer, gradient in try updater.give(gradient, to: layer) }
            // The first step's state is made and not read.
            if index > 0 { mode.seconds.append((ContinuousClock.now - start) / .seconds(1)) }
        }
        try updater.drain()
        mode.last = updater.counters
    }

    private func measureMemory(_ mode: inout Mode, _ network: LinearNetwork) {
        let count = width * width
        let numbers = OutputSlice.allocate(capacity: 3 * count * layers)
        defer { numbers.deallocate() }
        numbers.update(repeating: 0, count: 3 * count * layers)
        for layer in 0..<layers { network.fill(layer, numbers + layer * count) }
        for index in 0...steps {
            let start = ContinuousClock.now
            network.forward { InputSlice(numbers + $0 * count) }
            network.backward({ InputSlice(numbers + $0 * count) }) { layer, gradient in
                let state = numbers + (layers + 2 * layer) * count
                adam.update(
                    numbers + layer * count, gradient: gradient, means: state, squares: state + count, count: count,
                    step: index + 1)
            }
            if index > 0 { mode.seconds.append((ContinuousClock.now - start) / .seconds(1)) }
        }
    }

    private func report(_ modes: [Mode]) {
        func median(_ seconds: [Double]) -> Double { seconds.sorted()[seconds.count / 2] }
        print("mode                      step, ms   of memory's   stalled   staleness   applied a step   last loss")
        let base = median(modes[0].seconds)
        for mode in modes {
            let step = median(mode.seconds)
            let stalled = (mode.last?.stalled ?? .zero) / .seconds(1) / (step * Double(steps + 1))
            print(
                mode.name.padding(toLength: 24, withPad: " ", startingAt: 0)
                    + String(
                        format: "%10.1f %13.2f %8.0f %% %11d %16.2f %11.4f", step * 1e3, step / base, stalled * 100,
                        mode.last?.largestStaleness ?? 0,
                        Double(mode.last?.steps ?? layers * (steps + 1)) / Double(layers * (steps + 1)), mode.loss))
        }
        for index in stride(from: 1, to: modes.count, by: 2) {
            let ratio = median(modes[index + 1].seconds) / median(modes[index].seconds)
            print(String(format: "%@: a step takes %.2f times as long with the slowed disk", modes[index].name, ratio))
        }
    }
}

/// y = x W_0 ... W_n for one batch, and the squared error against x.
final class LinearNetwork {
    private let (layers, width, rows): (Int, Int, Int)
    private let linear: Linear
    /// The input and each layer's output, two gradients of rows, a weight gradient, and scratch.
    private let activations: OutputSlice
    private let gradients: OutputSlice
    private let weightGradient: OutputSlice
    private let scratch: OutputSlice
    private(set) var loss = 0.0

    init(layers: Int, width: Int, rows: Int) {
        (self.layers, self.width, self.rows) = (layers, width, rows)
        linear = Linear(inputs: width, outputs: width)
        activations = .allocate(capacity: (layers + 1) * rows * width)
        gradients = .allocate(capacity: 2 * rows * width)
        weightGradient = .allocate(capacity: width * width)
        scratch = .allocate(capacity: Linear.scratchCount(inputs: width, outputs: width))
        FirstValues.uniform(bound: 1, seed: 1).fill(activations, first: 0, count: rows * width)
    }

    deinit { for memory in [activations, gradients, weightGradient, scratch] { memory.deallocate() } }

    /// The identity and something added to it.
    func fill(_ layer: Int, _ weights: OutputSlice) {
        FirstValues.uniform(bound: 0.02, seed: 2).fill(weights, first: layer * width * width, count: width * width)
        for index in 0..<width { weights[index * width + index] += 1 }
    }

    func forward(_ weights: (Int) throws -> InputSlice) rethrows {
        for layer in 0..<layers {
            linear.forward(
                InputSlice(activation(layer)), weights: try weights(layer), bias: nil, into: activation(layer + 1),
                rows: 0..<rows, scratch: scratch)
        }
    }

    func backward(_ weights: (Int) -> InputSlice, _ give: (Int, InputSlice) throws -> Void) rethrows {
        var (gradient, next) = (gradients, gradients + rows * width)
        loss = 0
        for index in 0..<rows * width {
            let error = activation(layers)[index] - activations[index]
            loss += Double(error * error) / Double(rows * width)
            gradient[index] = error / Float(rows)
        }
        for layer in (0..<layers).reversed() {
            weightGradient.update(repeating: 0, count: width * width)
            linear.addParameterGradients(
                InputSlice(activation(layer)), InputSlice(gradient), weightGradient: weightGradient, biasGradient: nil,
                rows: 0..<rows, scratch: scratch)
            linear.inputGradient(
                InputSlice(gradient), weights: weights(layer), into: next, rows: 0..<rows, scratch: scratch)
            try give(layer, InputSlice(weightGradient))
            swap(&gradient, &next)
        }
    }

    private func activation(_ layer: Int) -> OutputSlice { activations + layer * rows * width }
}
