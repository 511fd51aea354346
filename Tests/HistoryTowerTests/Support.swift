import HistoryTower

/// Numbers without a pattern, the same in every run.
struct Chance: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Histories of a chain: an event's kind follows from the kind before, with some surprise; its size is a number.
struct Chain {
    static let kinds = 6
    /// How often the kind is not the one that follows.
    static let surprise = 0.2

    static let schema = EventSchema(
        fields: [
            EventField(name: "kind", codes: kinds + 1, isNumber: false),
            EventField(name: "size", codes: 5, isNumber: true, isPredicted: false),
        ], timeUnit: 60)

    static func histories(_ lengths: [Int], seed: UInt64) -> EventHistories {
        var random = Chance(seed)
        var histories = EventHistories(schema: schema, starts: [0], gaps: [], codes: [[], []], numbers: [[]])
        for length in lengths {
            var kind = Int.random(in: 0..<kinds, using: &random)
            for event in 0..<length {
                kind =
                    Double.random(in: 0..<1, using: &random) < surprise
                    ? Int.random(in: 0..<kinds, using: &random) : (kind + 2) % kinds
                let size = Float.random(in: -1.5...1.5, using: &random)
                histories.codes[0].append(Int32(kind + 1))
                histories.codes[1].append(1 + Int32((size + 1.5) / 0.76))
                histories.numbers[0].append(size)
                histories.gaps.append(event == 0 ? 0 : Float.random(in: 0...600, using: &random))
            }
            histories.starts.append(histories.gaps.count)
        }
        return histories
    }

    /// Nats of surprise in a kind, given the one before.
    static var entropy: Double {
        let other = surprise / Double(kinds)
        let likely = 1 - surprise + other
        return -likely * log(likely) - Double(kinds - 1) * other * log(other)
    }
}

import Foundation
