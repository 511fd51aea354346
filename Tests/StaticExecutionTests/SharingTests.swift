import StaticExecution
import Testing

/// Steps that are parts of larger ones, graphs that ranks share, memory that steps share.
@Suite struct SharingTests {
    private static let events = Events(lengths: [200, 1, 90], seed: 11)
    private static let extent = StepExtent(events: 320, histories: 4)

    /// One block between an input and an output.
    private struct Block {
        var graph = StepGraph()
        let input: Int
        let output: Int

        /// Its dropouts' masks are by places of their own: other nodes may stand before them.
        init(dropout: Float, ranks: Int = 1) {
            input = graph.input("input", columns: 8, isLearned: true)
            output = graph.transformerBlock(
                "block", input, heads: 2, layers: 1, dropout: dropout, place: 0, ranks: ranks)
            graph.output(output)
        }
    }

    private final class Run {
        let memory: UnsafeMutableRawPointer
        let executor: StepExecutor

        init(_ block: Block, alpha: Double, sums: (any TensorSum)? = nil) throws {
            let policy = StepPolicy(chunk: 128, alpha: alpha, swapped: 0)
            let program = try StepProgram(training: block.graph, extent: SharingTests.extent, policy: policy)
            memory = .allocate(byteCount: program.arenaBytes, alignment: 4096)
            executor = StepExecutor(program, arena: memory, transfers: nil, sums: sums)
        }

        deinit { memory.deallocate() }
    }

    private func numbers(_ count: Int, seed: UInt64) -> [Float] {
        var random = Pseudorandom(seed)
        return (0..<count).map { _ in Float.random(in: -0.5...0.5, using: &random) }
    }

    @Test(arguments: [0.0, 1]) func masksFollowFromTheNumberInTheWholeStep(alpha: Double) throws {
        let block = Block(dropout: 0.4)
        let values = numbers(block.graph.parameterCount, seed: 1)
        let (rows, gradients) = (numbers(8 * 291, seed: 2), numbers(8 * 291, seed: 3))
        func run(_ events: Range<Int>, starts: [Int], numbered: [Int]?) throws -> [Float] {
            let run = try Run(block, alpha: alpha)
            _ = run.executor.parameters.update(fromContentsOf: values)
            run.executor.begin(histories: starts, numbered: numbered)
            let part = 8 * events.lowerBound..<8 * events.upperBound
            for (place, number) in part.enumerated() { run.executor.input(block.input)[place] = rows[number] }
            try run.executor.forward(seed: 5, step: 2)
            for (place, number) in part.enumerated() {
                run.executor.outputGradient(block.output)[place] = gradients[number]
            }
            try run.executor.backward()
            return Array(run.executor.output(block.output)[..<part.count])
                + run.executor.inputGradient(block.input)[..<part.count]
        }
        let whole = try run(0..<291, starts: Self.events.starts, numbered: nil)
        // The last history first, then the one before.
        let parts = try run(200..<291, starts: [0, 1, 91], numbered: [200, 201])
        let unnumbered = try run(200..<291, starts: [0, 1, 91], numbered: nil)
        func farthest(_ part: [Float]) -> Float {
            var most: Float = 0
            for place in 0..<8 * 91 {
                let output = part[place] - whole[8 * 200 + place]
                let gradient = part[8 * 91 + place] - whole[8 * 491 + place]
                most = max(most, abs(output), abs(gradient))
            }
            return most
        }
        #expect(farthest(parts) < 1e-5)
        #expect(farthest(unnumbered) > 0.1)
    }

    /// What two ranks with the same numbers would sum.
    private final class Doubling: TensorSum {
        var calls = 0
        func sum(_ values: UnsafeMutableBufferPointer<Float>) {
            calls += 1
            for place in values.indices { values[place] *= 2 }
        }
    }

    /// Where one of two ranks' numbers are among the whole's; those of the other are the same.
    private func places(_ part: StepGraph.Parameter, _ whole: StepGraph.Parameter, rank: Int) -> [(Int, Int)] {
        (0..<part.rows).flatMap { row in
            (0..<part.columns).map { column in
                let (outer, inner): (Int, Int)
                switch part.share {
                case .whole: (outer, inner) = (row, column)
                case .rows: (outer, inner) = (rank * part.rows + row, column)
                case .columns(let blocks):
                    let width = part.columns / blocks
                    (outer, inner) = (row, (2 * (column / width) + rank) * width + column % width)
                }
                return (part.offset + row * part.columns + column, whole.offset + outer * whole.columns + inner)
            }
        }
    }

    @Test(arguments: [0.0, 1]) func sharesOfABlockAddUpToIt(alpha: Double) throws {
        let (whole, part) = (Block(dropout: 0.2), Block(dropout: 0.2, ranks: 2))
        let sums = Doubling()
        let (all, half) = try (Run(whole, alpha: alpha), Run(part, alpha: alpha, sums: sums))
        let pairs = [0, 1].map { rank in
            zip(part.graph.parameters, whole.graph.parameters).flatMap { part, whole in
                #expect(part.name == whole.name)
                return places(part, whole, rank: rank)
            }
        }
        // The weights begin as small as the whole's.
        #expect(zip(part.graph.parameters, whole.graph.parameters).allSatisfy { $0.start == $1.start })
        let values = numbers(part.graph.parameterCount, seed: 1)
        for pairs in pairs {
            for (own, other) in pairs {
                half.executor.parameters[own] = values[own]
                all.executor.parameters[other] = values[own]
            }
        }
        let (rows, gradients) = (numbers(8 * 291, seed: 2), numbers(8 * 291, seed: 3))
        func run(_ run: Run, _ block: Block) throws {
            run.executor.begin(histories: Self.events.starts)
            for (place, number) in rows.enumerated() { run.executor.input(block.input)[place] = number }
            try run.executor.forward(seed: 5, step: 2)
            for (place, number) in gradients.enumerated() {
                run.executor.outputGradient(block.output)[place] = number
            }
            try run.executor.backward()
        }
        try run(all, whole)
        try run(half, part)
        #expect(sums.calls > 0)
        for place in 0..<8 * 291 {
            let near = abs(all.executor.output(whole.output)[place] - half.executor.output(part.output)[place])
            let back =
                all.executor.inputGradient(whole.input)[place] - half.executor.inputGradient(part.input)[place]
            #expect(near < 1e-5 && abs(back) < 1e-5)
        }
        for pairs in pairs {
            for (own, other) in pairs {
                let (gradient, right) = (
                    half.executor.parameterGradients[own], all.executor.parameterGradients[other]
                )
                #expect(abs(gradient - right) < 1e-4 * max(1, abs(right)))
            }
        }
    }

    /// Two steps on their way in one memory for work, where everything is forgotten between ways.
    @Test(arguments: [0.0, 0.5, 1]) func workIsShared(alpha: Double) throws {
        let model = Model(width: 16, heads: 2, layers: 2, dropout: 0.1)
        let policy = StepPolicy(chunk: 128, alpha: alpha, swapped: 0)
        let inside = try StepProgram(training: model.graph, extent: Self.extent, policy: policy)
        let shared = try StepProgram(training: model.graph, extent: Self.extent, policy: policy, work: .shared)
        #expect(inside.workBytes == 0 && inside.work == nil && shared.workBytes > 0)
        #expect(shared.arenaBytes < inside.arenaBytes && shared.arenaBytes + shared.workBytes >= inside.arenaBytes)
        try shared.plan.plan.check(against: shared.problem.flat)
        let work = try #require(shared.work)
        try work.plan.plan.check(against: work.problem.flat)

        let bytes = shared.workBytes + (1 << 16)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 4096)
        defer { memory.deallocate() }
        func forget() { memory.initializeMemory(as: UInt8.self, repeating: 0xA5, count: bytes) }
        let first = Bench(model, inside)
        let benches = [Bench(model, shared, work: memory), Bench(model, shared, work: memory)]
        let steps = [Self.events, Events(lengths: [100, 150], seed: 4)]
        for (bench, events) in zip(benches, steps) {
            forget()
            bench.enter(events)
            try bench.executor.forward(seed: 3, step: 1)
        }
        for (bench, events) in zip(benches, steps) {
            forget()
            let loss = try bench.executor.backward()
            first.enter(events)
            try first.executor.forward(seed: 3, step: 1)
            #expect(try first.executor.backward() == loss)
            #expect(first.gradients == bench.gradients)
            #expect(bench.touched <= shared.arenaBytes)
        }
        #expect((shared.workBytes..<bytes).allSatisfy { memory.load(fromByteOffset: $0, as: UInt8.self) == 0xA5 })
    }
}
