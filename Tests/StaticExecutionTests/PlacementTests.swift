import StaticExecution
import Testing

/// What lies outside the arena: parameters, and what is learned elsewhere.
@Suite struct PlacementTests {
    private static let events = Events(lengths: [200, 1, 90], seed: 11)
    private static let extent = StepExtent(events: 320, histories: 4)

    @Test(arguments: [0.0, 0.5, 1]) func parametersOutsideGiveTheSameBits(alpha: Double) throws {
        let model = Model(width: 16, heads: 2, layers: 2, dropout: 0.1)
        let policy = StepPolicy(chunk: 128, alpha: alpha, swapped: 0)
        let inside = Bench(model, try StepProgram(training: model.graph, extent: Self.extent, policy: policy))
        inside.enter(Self.events)
        try inside.executor.forward(seed: 3, step: 1)
        let loss = try inside.executor.backward(factor: 0.5)
        let program = try StepProgram(
            training: model.graph, extent: Self.extent, policy: policy, parameters: .outside)
        let parameterBytes = 4 * model.graph.parameterCount
        #expect(program.arenaBytes <= inside.executor.program.arenaBytes - 2 * parameterBytes)

        // In two parts, and gradients that begin at 1.
        let count = model.graph.parameterCount
        var values = Array(inside.executor.parameters)
        var gradients = Array(repeating: Float(1), count: count)
        let outside = Bench(model, program, seed: nil)
        let cut = model.graph.parameters.count / 2
        let offset = model.graph.parameters[cut].offset
        try values.withUnsafeMutableBufferPointer { values in
            try gradients.withUnsafeMutableBufferPointer { gradients in
                let (value, gradient) = try (#require(values.baseAddress), #require(gradients.baseAddress))
                outside.executor.place(0..<cut, values: value, gradients: gradient)
                outside.executor.place(
                    cut..<model.graph.parameters.count, values: value + offset, gradients: gradient + offset)
                outside.enter(Self.events)
                try outside.executor.forward(seed: 3, step: 1)
                for place in gradients.indices { gradients[place] = 0 }
                #expect(try outside.executor.backward(factor: 0.5) == loss)
                #expect(Array(gradients) == inside.gradients)
                // Ways back add up.
                try outside.executor.forward(seed: 3, step: 1)
                try outside.executor.backward(factor: 0.5)
            }
        }
        for (place, gradient) in inside.gradients.enumerated() {
            #expect(abs(gradients[place] - 2 * gradient) <= 1e-5 * max(1, abs(gradient)))
        }
    }

    /// A table that a graph looks up, and the same looked up outside.
    private func graph(looksUp: Bool) -> (graph: StepGraph, table: Int, numbers: Int, labels: Int) {
        var graph = StepGraph()
        let (index, numbers) = (graph.index("code"), graph.input("numbers", columns: 8, isLearned: !looksUp))
        let labels = graph.index("label")
        let table = looksUp ? graph.embedding("table", index: index, rows: 5, columns: 8) : numbers
        let x = graph.transformerBlock("block", table, heads: 2, layers: 1, dropout: 0)
        graph.crossEntropy("loss", graph.linear("logits", x, columns: 5), labels: labels)
        return (graph, index, numbers, labels)
    }

    @Test(arguments: [0.0, 0.5, 1]) func whatIsLearnedOutsideGetsItsGradient(alpha: Double) throws {
        let policy = StepPolicy(chunk: 128, alpha: alpha, swapped: 0)
        let (inside, outside) = (graph(looksUp: true), graph(looksUp: false))
        let (first, second) = try (
            StepProgram(training: inside.graph, extent: Self.extent, policy: policy),
            StepProgram(training: outside.graph, extent: Self.extent, policy: policy)
        )
        let codes = Self.events.codes[0]
        var random = Pseudorandom(9)
        let values = (0..<inside.graph.parameterCount).map { _ in Float.random(in: -0.3...0.3, using: &random) }
        let tableCount = inside.graph.parameters[0].count
        #expect(tableCount == 40)
        let shift = inside.graph.parameters[1].offset
        func run(_ program: StepProgram, _ graph: StepGraph, _ body: (StepExecutor) throws -> Void) throws {
            let memory = UnsafeMutableRawPointer.allocate(byteCount: program.arenaBytes, alignment: 4096)
            defer { memory.deallocate() }
            let executor = StepExecutor(program, arena: memory, transfers: nil)
            executor.begin(histories: Self.events.starts)
            for (place, code) in codes.enumerated() { executor.index(graph.indices.count - 1)[place] = code }
            try body(executor)
        }
        var (loss, gradients) = (0.0, [Float]())
        try run(first, inside.graph) { executor in
            for (place, value) in values.enumerated() { executor.parameters[place] = value }
            for (place, code) in codes.enumerated() { executor.index(inside.table)[place] = code }
            try executor.forward()
            loss = try executor.backward()
            gradients = Array(executor.parameterGradients)
        }
        try run(second, outside.graph) { executor in
            for place in executor.parameters.indices { executor.parameters[place] = values[shift + place] }
            for (place, code) in codes.enumerated() {
                for column in 0..<8 {
                    executor.input(outside.numbers)[8 * place + column] = values[8 * Int(code) + column]
                }
            }
            try executor.forward()
            #expect(try executor.backward() == loss)
            #expect(Array(executor.parameterGradients) == Array(gradients[shift...]))
            var table = Array(repeating: Float(0), count: tableCount)
            for (place, code) in codes.enumerated() {
                for column in 0..<8 {
                    table[8 * Int(code) + column] += executor.inputGradient(outside.numbers)[8 * place + column]
                }
            }
            #expect(table == Array(gradients[..<tableCount]))
        }
    }
}
