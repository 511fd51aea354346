import Foundation
import HistoryTower
import OutOfCore
import StaticExecution
import Testing
import Tiers

/// A step whose tables are learned outside against one that has them among its parameters.
@Suite struct TowerGraphTests {
    private let shape = HistoryShape(width: 8, layers: 2, heads: 2, outputs: 4, events: 16, dropout: 0)
    private let schema = Market.schema(shops: 300)

    private final class Step {
        let graph: TowerGraph
        private let arena: Arena
        let executor: StepExecutor

        init(_ shape: HistoryShape, _ schema: EventSchema, largest: Int) throws {
            graph = TowerGraph(shape, schema, .prediction, largest: largest)
            let program = try StepProgram(
                training: graph.graph, extent: .init(events: 48, histories: 8), policy: .plain(chunk: 128))
            arena = try Arena(bytes: program.arenaBytes)
            executor = StepExecutor(program, arena: arena.start, transfers: nil)
        }

        func numbers(_ parameter: StepGraph.Parameter, of all: UnsafeMutableBufferPointer<Float>) -> [Float] {
            Array(all[parameter.offset..<parameter.offset + parameter.count])
        }

        /// One history's way there and back, each event's next one its label.
        ///
        /// - Returns: the loss.
        func learn(_ histories: EventHistories) throws -> Double {
            let count = histories.events - 1
            executor.begin(histories: [0, count])
            for gradient in executor.parameterGradients.indices { executor.parameterGradients[gradient] = 0 }
            for event in 0..<count {
                if let kind = graph.codes[0] { executor.index(kind)[event] = histories.codes[0][event] }
                executor.input(graph.gaps)[event] = histories.gaps[event]
                for (field, label) in graph.labels.enumerated() {
                    executor.index(label)[event] = histories.codes[field][event + 1]
                    executor.weigh(lossAgainst: label, by: 1 / Float(count))
                }
            }
            try executor.forward()
            return try executor.backward()
        }

        /// - Returns: the loss.
        func run(_ histories: EventHistories) throws -> Double {
            executor.begin(histories: histories.starts)
            for (field, index) in graph.codes.enumerated() {
                guard let index else { continue }
                for event in 0..<histories.events { executor.index(index)[event] = histories.codes[field][event] }
            }
            for event in 0..<histories.events { executor.input(graph.gaps)[event] = histories.gaps[event] }
            for (field, label) in graph.labels.enumerated() {
                // Every event's next one is the first of all.
                for event in 0..<histories.events { executor.index(label)[event] = histories.codes[field][0] + 1 }
            }
            try executor.forward()
            return try executor.backward(factor: 0.01)
        }
    }

    @Test func aTableOutsideIsTheSame() throws {
        let histories = Market.histories([9, 16, 2, 14], of: schema, visited: 299, seed: 6)
        let (inside, outside) = try (
            Step(shape, schema, largest: .max), Step(shape, schema, largest: 299)
        )
        let large = try #require(outside.graph.large.first)
        #expect(inside.graph.large.isEmpty && outside.graph.large.count == 1)
        #expect(large.field == 1 && large.rows == 300 && large.columns == 8)
        var random = Chance(4)
        for place in inside.executor.parameters.indices {
            inside.executor.parameters[place] = Float.random(in: -0.3...0.3, using: &random)
        }
        let all = inside.graph.graph.parameters
        let table = try #require(all.first { $0.name == "events.shop" })
        for parameter in outside.graph.graph.parameters {
            let twin = try #require(all.first { $0.name == parameter.name })
            for (place, value) in inside.numbers(twin, of: inside.executor.parameters).enumerated() {
                outside.executor.parameters[parameter.offset + place] = value
            }
        }
        #expect(outside.graph.graph.parameters.count == all.count - 1)
        let values = inside.numbers(table, of: inside.executor.parameters)
        for (event, code) in histories.codes[1].enumerated() {
            for column in 0..<8 {
                outside.executor.input(large.input)[event * 8 + column] = values[Int(code) * 8 + column]
            }
        }
        let loss = try inside.run(histories)
        #expect(try outside.run(histories) == loss && loss > 10)
        for parameter in outside.graph.graph.parameters {
            let twin = try #require(all.first { $0.name == parameter.name })
            #expect(
                inside.numbers(twin, of: inside.executor.parameterGradients)
                    == outside.numbers(parameter, of: outside.executor.parameterGradients), "\(parameter.name)")
        }
        var gradient = [Float](repeating: 0, count: 300 * 8)
        let given = outside.executor.inputGradient(large.input)
        for (event, code) in histories.codes[1].enumerated() {
            for column in 0..<8 { gradient[Int(code) * 8 + column] += given[event * 8 + column] }
        }
        #expect(gradient == inside.numbers(table, of: inside.executor.parameterGradients))
        #expect(gradient.contains { $0 != 0 })
    }

    /// Steps as they are defined, number by number: both kinds of gradients cut together, Adam on parameters, AdaGrad on a table's rows.
    @Test func largeTablesLearnAsTheyAreSaidTo() throws {
        let schema = Market.schema(shops: 70_000)
        let histories = Market.histories([17], of: schema, visited: 900, seed: 6)
        let (steps, rate, seed) = (6, 0.05, UInt64(4))
        let folder = NSTemporaryDirectory() + "tables-of-a-reference-\(UInt64.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var tower = try HistoryTower(shape, schema, seed: 3)
        let step = try Step(shape, schema, largest: EventField.largest)
        for (place, value) in try Self.parameters(of: tower).enumerated() { step.executor.parameters[place] = value }
        let lesson = try tower.pretrain(
            histories, epochs: steps, rate: rate, seed: seed, budget: 64 << 20, scratch: nil, tables: folder)

        var chance = Chance(seed)
        var table = [Float](repeating: 0, count: 70_000 * 8)
        let first = FirstValues.uniform(bound: 0.1 * Float(3).squareRoot(), seed: chance.next())
        first.fill(&table, first: 0, count: table.count)
        var sums = [Float](repeating: 0, count: table.count)
        let count = step.executor.parameters.count
        var (means, squares) = ([Float](repeating: 0, count: count), [Float](repeating: 0, count: count))
        var factors: [Float] = []
        let large = try #require(step.graph.large.first)
        let codes = histories.codes[1].dropLast().map { Int($0) }
        for number in 1...steps {
            for (event, code) in codes.enumerated() {
                for column in 0..<8 { step.executor.input(large.input)[event * 8 + column] = table[code * 8 + column] }
            }
            let loss = try step.learn(histories)
            // Two codes an event, each counted as the mean over the events.
            #expect(abs(loss / 32 - lesson.losses[number - 1]) < 1e-4)
            var gradient = [Float](repeating: 0, count: table.count)
            for (event, code) in codes.enumerated() {
                for column in 0..<8 {
                    gradient[code * 8 + column] += step.executor.inputGradient(large.input)[event * 8 + column]
                }
            }
            let others = Array(step.executor.parameterGradients)
            let length = (others + gradient).reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
            #expect(gradient.contains { $0 != 0 })
            factors.append(Float(1 / max(1, length)))
            let pace = rate * (number == 1 ? 1 : max(1e-3, (1 + cos(.pi * Double(number - 2) / Double(steps - 1))) / 2))
            let scale = factors[number - 1]
            for place in table.indices where gradient[place] != 0 {
                sums[place] += gradient[place] * scale * gradient[place] * scale
                table[place] -= Float(10 * pace) * gradient[place] * scale / sums[place].squareRoot()
            }
            for place in 0..<count {
                means[place] = 0.9 * means[place] + 0.1 * others[place] * scale
                squares[place] = 0.999 * squares[place] + 0.001 * others[place] * scale * others[place] * scale
                let (mean, square) = (
                    Double(means[place]) / (1 - pow(0.9, Double(number))),
                    Double(squares[place]) / (1 - pow(0.999, Double(number)))
                )
                step.executor.parameters[place] -= Float(pace * mean / (square.squareRoot() + 1e-8))
            }
        }
        // The cut matters, and differs.
        #expect(factors[0] < 0.9 && Set(factors).count == steps, "\(factors)")
        let file = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(tower.tables[0].fileName)")).dropFirst(32)
        let learned = Array(file).withUnsafeBytes { bytes in
            table.indices.map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
        }
        let largest = zip(learned, table).reduce(0) { max($0, abs($1.0 - $1.1)) }
        #expect(largest < 1e-3, "\(largest)")
    }

    private static func parameters(of tower: HistoryTower) throws -> [Float] {
        struct Saved: Decodable { let parameters: Data }
        let bytes = try JSONDecoder().decode(Saved.self, from: JSONEncoder().encode(tower)).parameters
        return Array(bytes).withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
        }
    }

    @Test func onlyTheCommonestCodesArePredicted() {
        let graph = TowerGraph(shape, Market.schema(shops: 70_000), .prediction).graph
        #expect(graph.parameters.first { $0.name == "next.shop weights" }?.columns == 1024)
        #expect(graph.parameters.first { $0.name == "next.kind weights" }?.columns == Market.kinds + 1)
        #expect(graph.parameterCount < 100_000)
        // The most that lies among the parameters.
        let plain = TowerGraph(shape, Market.schema(shops: 65_536), .reading)
        #expect(plain.large.isEmpty && TowerGraph(shape, Market.schema(shops: 65_537), .reading).large.count == 1)
    }
}
