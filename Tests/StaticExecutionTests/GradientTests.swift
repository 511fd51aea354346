import StaticExecution
import Testing

@Suite struct GradientTests {
    /// Against central differences of the mirror, at some numbers of every parameter.
    private func compare(
        _ gradients: [Float], _ model: Model, at parameters: [Double], _ loss: (Mirror) -> Double, layers: Int
    ) {
        var random = Pseudorandom(7)
        var mirror = Mirror(model: model, heads: 2, layers: layers, parameters: parameters)
        for parameter in model.graph.parameters {
            for _ in 0..<3 {
                let place = parameter.offset + Int.random(in: 0..<parameter.count, using: &random)
                let step = 1e-4
                mirror.parameters[place] = parameters[place] + step
                let above = loss(mirror)
                mirror.parameters[place] = parameters[place] - step
                let below = loss(mirror)
                mirror.parameters[place] = parameters[place]
                let expected = (above - below) / (2 * step)
                #expect(
                    abs(Double(gradients[place]) - expected) <= 2e-4 * max(1, abs(expected)),
                    "\(parameter.name) at \(place - parameter.offset): \(gradients[place]), \(expected)")
            }
        }
    }

    @Test func nextEventsAreLearned() throws {
        let model = Model(width: 8, heads: 2, layers: 2)
        let events = Events(lengths: [7, 1, 12], seed: 3)
        let program = try StepProgram(
            training: model.graph, extent: .init(events: 40, histories: 4), policy: .plain(chunk: 128))
        let bench = Bench(model, program)
        bench.enter(events)
        try bench.executor.forward()
        let loss = try bench.executor.backward()
        let mirror = Mirror(model: model, heads: 2, layers: 2, parameters: bench.parameters)
        let expected = mirror.loss(events)
        #expect(abs(loss - expected) < 1e-5 * expected)
        compare(bench.gradients, model, at: bench.parameters, { $0.loss(events) }, layers: 2)
    }

    @Test func readoutsAreLearnedFromTheirGradients() throws {
        let model = Model(width: 8, heads: 2, layers: 2, reading: true)
        let output = try #require(model.output)
        let events = Events(lengths: [7, 5, 12], seed: 4)
        // Two readouts at one event.
        let readouts = [6, 9, 9, 23]
        let program = try StepProgram(
            training: model.graph, extent: .init(events: 30, histories: 3, readouts: 6), policy: .plain(chunk: 128))
        let bench = Bench(model, program)
        bench.enter(events, readouts: readouts)
        try bench.executor.forward()
        var random = Pseudorandom(5)
        let weights = (0..<4 * readouts.count).map { _ in Double.random(in: -1...1, using: &random) }
        func outputs(_ mirror: Mirror) -> [Double] {
            let x = (0..<3).flatMap { mirror.blocks(events, $0) }
            return readouts.flatMap { mirror.code(x[$0]) }
        }
        let expected = outputs(Mirror(model: model, heads: 2, layers: 2, parameters: bench.parameters))
        for (place, value) in expected.enumerated() {
            #expect(abs(Double(bench.executor.output(output)[place]) - value) < 1e-5)
        }
        for (place, weight) in weights.enumerated() { bench.executor.outputGradient(output)[place] = Float(weight) }
        try bench.executor.backward()
        compare(
            bench.gradients, model, at: bench.parameters,
            { zip(outputs($0), weights).reduce(0) { $0 + $1.0 * $1.1 } }, layers: 2)
    }

    @Test func inferenceGivesTheOutputsOfTraining() throws {
        let model = Model(width: 16, heads: 2, layers: 3, reading: true)
        let output = try #require(model.output)
        let events = Events(lengths: [200, 90, 13], seed: 4)
        let readouts = [3, 199, 250, 302]
        let extent = StepExtent(events: 400, histories: 5, readouts: 8)
        let training = Bench(model, try StepProgram(training: model.graph, extent: extent, policy: .plain()))
        let inference = Bench(model, try StepProgram(inferring: model.graph, extent: extent, chunk: 128))
        for bench in [training, inference] {
            bench.enter(events, readouts: readouts)
            try bench.executor.forward()
        }
        #expect(inference.executor.program.arenaBytes < training.executor.program.arenaBytes)
        #expect(
            Array(training.executor.output(output).prefix(16)) == Array(inference.executor.output(output).prefix(16)))
    }
}
