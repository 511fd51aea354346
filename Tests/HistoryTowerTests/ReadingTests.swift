import Arithmetic
import Foundation
import HistoryTower
import Testing

@Suite struct ReadingTests {
    private let shape = HistoryShape(width: 16, layers: 2, heads: 2, outputs: 5, events: 16, dropout: 0.1)

    @Test func whatComesLaterIsNotSeen() throws {
        let tower = try HistoryTower(shape, Chain.schema, seed: 3)
        let histories = Chain.histories([40, 7, 90], seed: 8)
        let rows = [(0, 12), (0, 33), (1, 7), (2, 5), (2, 50), (1, 0), (-1, 0)].map {
            Readout(entity: $0.0, events: $0.1, gap: 0)
        }
        let codes = try tower.encode(histories, rows, budget: 64 << 20)
        #expect(codes.rows == rows.count && codes.columns == 5)
        for row in [5, 6] { #expect(codes.row(row).allSatisfy { $0 == 0 }) }
        for row in 0..<5 {
            var changed = histories
            let seen = histories.starts[rows[row].entity] + rows[row].events
            for event in seen..<histories.events {
                changed.codes[0][event] = 1 + changed.codes[0][event] % Int32(Chain.kinds)
                changed.numbers[0][event] = 9
                changed.gaps[event] += 1000
            }
            #expect(try tower.encode(changed, rows, budget: 64 << 20).row(row) == codes.row(row))
            // What it does see matters.
            changed.numbers[0][seen - 1] = 9
            #expect(try tower.encode(changed, rows, budget: 64 << 20).row(row) != codes.row(row))
        }
    }

    @Test func stepsAreToldOfAndMayBeTheLast() throws {
        struct Enough: Error {}
        let tower = try HistoryTower(shape, Chain.schema, seed: 3)
        let histories = Chain.histories([40, 7, 90], seed: 8)
        // More than are read in two steps.
        let rows = (0..<9000).map { Readout(entity: 2, events: 1 + $0 % 90, gap: 0) }
        var told: [[Int]] = []
        _ = try tower.encode(histories, rows, budget: 64 << 20) { told.append([$0, $1]) }
        #expect(told.count > 2 && told == (1...told.count).map { [$0, told.count] })
        let all = told
        told = []
        #expect(throws: Enough.self) {
            try tower.encode(histories, rows, budget: 64 << 20) {
                told.append([$0, $1])
                if $0 == 2 { throw Enough() }
            }
        }
        #expect(told == Array(all[..<2]))
    }

    /// Each row alone, with no events but those of its window.
    @Test func aRowSeesHalfAWindowAtLeast() throws {
        let tower = try HistoryTower(shape, Chain.schema, seed: 3)
        let histories = Chain.histories([70, 20, 16, 1], seed: 2)
        let rows = (0..<4).flatMap { entity in
            (1...(histories.starts[entity + 1] - histories.starts[entity])).map {
                Readout(entity: entity, events: $0, gap: 0)
            }
        }
        let together = try tower.encode(histories, rows, budget: 64 << 20)
        for (place, row) in rows.enumerated() {
            let half = shape.events / 2
            let first = row.events <= shape.events ? 0 : (row.events - shape.events + half - 1) / half * half
            #expect(row.events - first >= min(row.events, half + 1))
            let part = histories.starts[row.entity] + first..<histories.starts[row.entity] + row.events
            var gaps = Array(histories.gaps[part])
            gaps[0] = 0
            let alone = EventHistories(
                schema: Chain.schema, starts: [0, part.count], gaps: gaps,
                codes: histories.codes.map { Array($0[part]) }, numbers: histories.numbers.map { Array($0[part]) })
            let code = try tower.encode(alone, [Readout(entity: 0, events: part.count, gap: 0)], budget: 64 << 20)
            for column in 0..<5 { #expect(abs(code[0, column] - together[place, column]) < 1e-5) }
        }
    }
}

@Suite struct LearningTests {
    private let shape = HistoryShape(width: 16, layers: 2, heads: 2, outputs: 2, events: 24, dropout: 0)

    /// Whether the kinds of the last two events are the same modulo 2: the first output is to be the answer.
    private func target(_ histories: EventHistories, _ row: Readout) -> Double {
        let last = histories.starts[row.entity] + row.events - 1
        return Double((histories.codes[0][last] + histories.codes[0][last - 1]) % 2) - 0.5
    }

    private func rows(_ histories: EventHistories, _ random: inout Chance) -> [Readout] {
        (0..<64).map { _ in
            Readout(
                entity: Int.random(in: 0..<histories.entities, using: &random),
                events: Int.random(in: 2...20, using: &random), gap: 0)
        }
    }

    private func step(
        _ learner: LearningHistoryTower, _ histories: EventHistories, _ rows: [Readout]
    ) throws -> Double {
        let outputs = try learner.forward(histories, rows)
        let errors = rows.indices.map { outputs[$0, 0] - target(histories, rows[$0]) }
        try learner.backward(Matrix(rows: rows.count, columns: 2, elements: errors.flatMap { [$0, 0] }))
        return errors.reduce(0) { $0 + $1 * $1 } / Double(rows.count)
    }

    @Test func itLearnsAlongWhatTheModelAboveSays() throws {
        let histories = Chain.histories(Array(repeating: 20, count: 60), seed: 12)
        let tower = try HistoryTower(shape, Chain.schema, seed: 2)
        let learner = LearningHistoryTower(tower, rate: 0.01, budget: 64 << 20, scratch: nil)
        var random = Chance(3)
        var errors: [Double] = []
        for _ in 0..<200 { errors.append(try step(learner, histories, rows(histories, &random))) }
        #expect(errors.prefix(5).reduce(0, +) / 5 > 0.2)
        #expect(errors.suffix(10).reduce(0, +) / 10 < 0.1, "\(errors.suffix(10))")
        #expect(try learner.tower().atRest != tower)
    }

    /// With the state that is saved, here in memory and there on the disk: the same bits.
    @Test func itGoesOnFromWhatWasSaved() throws {
        let histories = Chain.histories(Array(repeating: 20, count: 30), seed: 12)
        let tower = try HistoryTower(shape, Chain.schema, seed: 2)
        let learner = LearningHistoryTower(tower, rate: 0.01, budget: 64 << 20, scratch: nil)
        var random = Chance(3)
        let batch = rows(histories, &random)
        for _ in 0..<3 { _ = try step(learner, histories, batch) }
        let saved = try JSONDecoder().decode(HistoryTower.self, from: JSONEncoder().encode(learner.tower()))
        let folder = NSTemporaryDirectory()
        // The least budget has no room for the optimiser's state.
        let error = #expect(throws: HistoryTowerError.self) {
            try LearningHistoryTower(saved, rate: 0.01, budget: 1, scratch: folder).forward(histories, batch)
        }
        guard case .budget(_, let least)? = error else { return }
        let inMemory = #expect(throws: HistoryTowerError.self) {
            try LearningHistoryTower(saved, rate: 0.01, budget: least, scratch: nil).forward(histories, batch)
        }
        #expect(inMemory != nil)
        let restored = LearningHistoryTower(saved, rate: 0.01, budget: least, scratch: folder)
        for _ in 0..<3 {
            let loss = try step(learner, histories, batch)
            #expect(try step(restored, histories, batch) == loss)
        }
        #expect(try restored.tower() == learner.tower())
    }

    @Test func aBatchThatKnowsNothingTeachesNothing() throws {
        let histories = Chain.histories([5], seed: 1)
        let tower = try HistoryTower(shape, Chain.schema, seed: 2)
        let learner = LearningHistoryTower(tower, rate: 0.01, budget: 64 << 20, scratch: nil)
        let outputs = try learner.forward(histories, [Readout(entity: -1, events: 0, gap: 0)])
        #expect(outputs.elements == [0, 0])
        try learner.backward(Matrix(rows: 1, columns: 2, elements: [1, 1]))
        #expect(try learner.tower().atRest == tower)
    }
}
