import Foundation
import Histories
import HistoryTower
import RowSources
import Scratch
import Tables

/// A folder that is gone after the test.
final class Folder {
    let path = NSTemporaryDirectory() + "colonnade-histories-" + UUID().uuidString

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file and returns its path.
    func file(_ name: String, _ text: String) throws -> String {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + name))
        return path + "/" + name
    }

    /// A history over a CSV file of events.
    func source(
        _ events: String, fields: [String], types: [String: ColumnType] = [:], name: String = "events.csv"
    ) throws -> HistorySource {
        HistorySource(
            name: "h", rows: .csv(file: try file(name, events)), entity: "who", time: "time", at: "at", fields: fields,
            types: types)
    }

    /// A main table of rows that look at a history.
    func table(_ rows: String, types: [String: ColumnType] = ["who": .category]) throws -> Table {
        try Table(reading: try file("rows.csv", rows), key: RowKey(columns: ["id"]), types: types)
    }

    func log(_ source: HistorySource) throws -> EventLog {
        try EventLog(reading: source, in: WorkingSpace(folder: path))
    }
}

/// An event as a test knows it, without any of the library.
struct MadeEvent {
    var who: String
    var time: Int
    var word: String
    var number: Double?

    /// Events in random order, of few entities and few moments, so that there are ties.
    static func random(
        _ count: Int, entities: Int, moments: Int, words: Int, from generator: inout SplitMix
    ) -> [MadeEvent] {
        (0..<count).map { _ in
            // Squares make some words and entities rarer than others.
            func uneven(_ bound: Int) -> Int {
                let share = Double.random(in: 0..<1, using: &generator)
                return Int(share * share * Double(bound))
            }
            let word = uneven(words + 1)
            return MadeEvent(
                who: "e\(uneven(entities))", time: Int.random(in: 0..<moments, using: &generator),
                word: word == 0 ? "" : "w\(word)",
                number: Int.random(in: 0..<8, using: &generator) == 0
                    ? nil : Double(Int.random(in: -40...40, using: &generator)) / 4)
        }
    }

    static func csv(_ events: [MadeEvent]) -> String {
        "number,time,who,word\n"
            + events.map { "\($0.number.map { "\($0)" } ?? ""),\($0.time),\($0.who),\($0.word)\n" }.joined()
    }
}

/// A generator that gives the same every time (Steele, Lea and Flood, OOPSLA 2014).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
