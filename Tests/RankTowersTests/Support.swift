import HistoryTower
import RankTesting
import RankTowers
import Ranks

/// Histories of two kinds of event in turn, with some surprise.
enum Made {
    static let shape = HistoryShape(width: 16, layers: 4, heads: 4, outputs: 8, events: 32, dropout: 0.1)
    static let schema = EventSchema(
        fields: [
            EventField(name: "kind", codes: 5, isNumber: false),
            EventField(name: "size", codes: 4, isNumber: true, isPredicted: false),
        ], timeUnit: 60)

    static func histories(_ lengths: [Int]) -> EventHistories {
        var histories = EventHistories(schema: schema, starts: [0], gaps: [], codes: [[], []], numbers: [[]])
        var state: UInt32 = 7
        for length in lengths {
            for event in 0..<length {
                state = state &* 1_664_525 &+ 1_013_904_223
                histories.codes[0].append(1 + Int32((event + Int(state >> 30)) % 4))
                histories.codes[1].append(Int32(state >> 8) & 3)
                histories.numbers[0].append(Float(state >> 8 & 0xFF) / 128 - 1)
                histories.gaps.append(event == 0 ? 0 : Float(state >> 16 & 0x3FF))
            }
            histories.starts.append(histories.gaps.count)
        }
        return histories
    }

    static func tower() throws -> HistoryTower { try HistoryTower(shape, schema, seed: 3) }

    /// Ranks that are threads, asked as processes are.
    static func ranks(_ count: Int) -> RankTowers {
        RankTowers { kind, payload, note in
            try NoteDesk.run(answering: note) { note in
                try ThreadRanks.run(count) { ranks in
                    switch kind {
                    case TowerService.pretrainKind:
                        try TowerService.pretrain(ranks, payload) { ranks.rank == 0 ? note($0) : true }
                    default: try TowerService.profile(ranks, payload)
                    }
                }[0]
            }
        }
    }
}
