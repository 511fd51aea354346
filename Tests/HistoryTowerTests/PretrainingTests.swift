import Foundation
import HistoryTower
import OutOfCore
import Testing

@Suite struct PretrainingTests {
    private let shape = HistoryShape(width: 16, layers: 2, heads: 2, outputs: 8, events: 32, dropout: 0)

    @Test func theNextEventIsLearned() throws {
        let histories = Chain.histories(Array(repeating: 60, count: 800), seed: 1)
        var tower = try HistoryTower(shape, Chain.schema, seed: 3)
        var steps = 0
        let lesson = try tower.pretrain(
            histories, epochs: 4, rate: 0.01, seed: 4, budget: 64 << 20, scratch: nil
        ) { done, of, loss in
            steps += 1
            #expect(done == steps && of >= done && loss.isFinite)
        }
        #expect(steps == lesson.plan.steps && lesson.losses.count == 4)
        #expect(lesson.losses[0] > 1.2 * Chain.entropy, "nothing was known")
        // Less than all kinds alike (1.79 nats) and close to what nobody can know.
        let last = try #require(lesson.losses.last)
        #expect(last < Chain.entropy * 1.06 && last > Chain.entropy * 0.94, "\(last), \(Chain.entropy)")
    }

    /// Late updates lead to about as much, with other bits.
    @Test(arguments: [Staleness.bounded(2), .free]) func updatesMayBeLate(staleness: Staleness) throws {
        let histories = Chain.histories(Array(repeating: 60, count: 400), seed: 1)
        var tower = try HistoryTower(shape, Chain.schema, seed: 3)
        let lesson = try tower.pretrain(
            histories, epochs: 4, rate: 0.01, seed: 4, budget: 64 << 20, scratch: nil, staleness: staleness)
        #expect(try #require(lesson.losses.last) < Chain.entropy * 1.15, "\(lesson.losses)")
    }

    @Test func nothingDependsOnTheBudget() throws {
        let histories = Chain.histories([3000, 900, 17, 2500], seed: 5)
        var long = shape
        (long.events, long.layers, long.dropout) = (2048, 4, 0.1)
        let first = try HistoryTower(long, Chain.schema, seed: 1)
        var towers: [HistoryTower] = []
        var plans: [HistoryPlan] = []
        let lengths = zip(histories.starts, histories.starts.dropFirst()).map { $1 - $0 }
        let error = #expect(throws: HistoryTowerError.self) {
            try HistoryTower.plan(
                long, Chain.schema, budget: 1, lengths: lengths, epochs: 1, scratch: NSTemporaryDirectory())
        }
        guard case .budget(_, let least)? = error else { return }
        for budget in [256 << 20, 5 << 20, least] {
            var tower = first
            let lesson = try tower.pretrain(
                histories, epochs: 1, rate: 0.001, seed: 2, budget: budget, scratch: NSTemporaryDirectory())
            plans.append(lesson.plan)
            #expect(lesson.plan.arenaBytes + lesson.plan.stateBytes + lesson.plan.hostBytes <= budget)
            towers.append(tower)
        }
        #expect(towers[0] == towers[1] && towers[0] == towers[2] && towers[0] != first)
        #expect(plans[0].swappedLayers == 0 && plans[1].swappedLayers > 0, "\(plans)")
        #expect(plans.map { $0.stateDiskBytes > 0 } == [false, false, true], "\(plans)")
    }

    @Test func aBudgetThatIsTooSmallIsRefusedWithOneThatWouldDo() throws {
        let lengths = Array(repeating: 5000, count: 3)
        let error = #expect(throws: HistoryTowerError.self) {
            try HistoryTower.plan(shape, Chain.schema, budget: 1 << 20, lengths: lengths, epochs: 1, scratch: nil)
        }
        guard case .budget(let budget, let least)? = error else { return }
        #expect(budget == 1 << 20 && "\(HistoryTowerError.budget(budget, least: least))".contains("1 MiB is too small"))
        let plan = try HistoryTower.plan(shape, Chain.schema, budget: least, lengths: lengths, epochs: 2, scratch: nil)
        #expect(plan.arenaBytes + plan.stateBytes <= least && plan.steps == 2 * plan.steps / 2)
    }

    @Test func historiesOfOneEventTeachNothing() throws {
        var tower = try HistoryTower(shape, Chain.schema, seed: 3)
        let before = tower
        #expect(throws: HistoryTowerError.nothingToLearn) {
            try tower.pretrain(
                Chain.histories([1, 1], seed: 1), epochs: 1, rate: 0.01, seed: 4, budget: 64 << 20, scratch: nil)
        }
        #expect(tower == before)
    }

    @Test func aTowerThatIsReadAgainIsTheSame() throws {
        let tower = try HistoryTower(shape, Chain.schema, seed: 3)
        let text = try JSONEncoder().encode(tower)
        #expect(try JSONDecoder().decode(HistoryTower.self, from: text) == tower)
        let other = String(decoding: text, as: UTF8.self).replacingOccurrences(of: "\"width\":16", with: "\"width\":32")
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(HistoryTower.self, from: Data(other.utf8)) }
    }
}
