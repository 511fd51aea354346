import ArgumentParser
import StaticExecution
import Tiers

/// What memory buys a transformer over histories, and what it costs to have less.
struct MemoryBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memory",
        abstract: "Steps of a transformer over histories within budgets of memory; against PyTorch.",
        subcommands: [
            StepTime.self, LongestHistory.self, LongHistory.self, Stall.self, UpdatesBenchmark.self,
            TableBenchmark.self, HistoryCacheBenchmark.self,
        ])
}

/// Sizes of a model that is measured.
struct ModelOptions: ParsableArguments {
    @Option(help: "Numbers of an event.")
    var width = 256

    @Option(help: "Blocks.")
    var layers = 4

    @Option(help: "Heads of attention.")
    var heads = 4

    @Option(help: "Kinds of events, of which the next one is predicted.")
    var kinds = 64

    func validate() throws {
        guard min(width, layers, heads, kinds) > 0, width % heads == 0 else {
            throw ValidationError("--width, --layers, --heads and --kinds are 1 or more, and heads divide the width")
        }
    }

    var model: NextKind { NextKind(width: width, layers: layers, heads: heads, kinds: kinds) }
}

/// Predicts each next event's kind: an embedding and the time gap, blocks, a norm, logits.
struct NextKind {
    private(set) var graph = StepGraph()
    let codes: Int
    let labels: Int
    let gaps: StepGraph.TensorID
    let kinds: Int

    init(width: Int, layers: Int, heads: Int, kinds: Int) {
        self.kinds = kinds
        codes = graph.index("kind")
        gaps = graph.input("gaps", columns: 1)
        var x = graph.embedding("kinds", index: codes, rows: kinds, columns: width)
        x = graph.timeGap("gap", x, gaps: gaps, unit: 60)
        for layer in 0..<layers {
            x = graph.transformerBlock("block \(layer)", x, heads: heads, layers: layers, dropout: 0.1)
        }
        labels = graph.index("next kind")
        graph.crossEntropy("loss", graph.linear("logits", graph.layerNorm("final", x), columns: kinds), labels: labels)
    }
}

/// One program with its arena, parameters and a made-up history of full length.
final class MeasuredStep {
    let program: StepProgram
    let arena: Arena
    let store: TensorStore?
    private let executor: StepExecutor
    private let events: Int

    init(
        _ model: NextKind, _ program: StepProgram, tiers: [TensorStore.Tier] = [], scratch: String? = nil,
        rate: Double? = nil
    ) throws {
        self.program = program
        arena = try Arena(bytes: program.arenaBytes)
        store =
            program.slots.isEmpty
            ? nil
            : try TensorStore(
                slots: zip(program.slots, tiers).map { .init(name: $0.name, bytes: $0.bytes, tier: $1) },
                hostBytes: 1 << 40, directory: scratch, rate: rate)
        executor = StepExecutor(program, arena: arena.start, transfers: store)
        events = program.extent.events
        executor.begin(histories: [0, events])
        for place in 0..<program.graph.parameterCount {
            executor.parameters[place] = Float((place * 7919) % 2003 - 1001) / 50_000
        }
        for parameter in program.graph.parameters where parameter.start == .one {
            for place in 0..<parameter.count { executor.parameters[parameter.offset + place] = 1 }
        }
        for event in 0..<events {
            executor.index(model.codes)[event] = Int32(event * event % 31 % model.kinds)
            executor.index(model.labels)[event] = Int32((event + 1) * (event + 1) % 31 % model.kinds)
            executor.input(model.gaps)[event] = Float(event * 37 % 1000)
        }
    }

    /// One step: seconds there, seconds in all, and the mean loss.
    func run(step: Int) throws -> (forth: Double, seconds: Double, loss: Double) {
        let clock = ContinuousClock()
        let start = clock.now
        try executor.forward(seed: 1, step: UInt32(step))
        let turn = clock.now
        let loss = try executor.backward(factor: 1 / Float(events))
        return ((turn - start) / .seconds(1), (clock.now - start) / .seconds(1), loss / Double(events))
    }

    /// Sum of all gradients' bits, which says whether two steps gave the same.
    var fingerprint: UInt64 {
        executor.parameterGradients.reduce(0) { $0 &* 0x100_0000_01B3 ^ UInt64($1.bitPattern) }
    }
}

extension Int {
    /// In MiB, with a decimal.
    var mebibytes: String { (Double(self) / 0x1p20).text(1) + " MiB" }
}

extension Double {
    func text(_ digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        return "\((self * scale).rounded() / scale)"
    }
}
