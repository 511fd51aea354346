import Foundation
import HistoryTower

/// Histories of several fields, some of them with numbers, one perhaps large.
struct Ledgers {
    static func schema(shops: Int) -> EventSchema {
        EventSchema(
            fields: [
                EventField(name: "kind", codes: 7, isNumber: false),
                EventField(name: "amount", codes: 9, isNumber: true),
                EventField(name: "shop", codes: shops, isNumber: false, isPredicted: false),
                EventField(name: "balance", codes: 5, isNumber: true, isPredicted: false),
            ], timeUnit: 3600)
    }

    static func histories(_ lengths: [Int], shops: Int, seed: UInt64) -> EventHistories {
        var random = Chance(seed)
        let schema = schema(shops: shops)
        var histories = EventHistories(
            schema: schema, starts: [0], gaps: [], codes: schema.fields.map { _ in [] }, numbers: [[], []])
        for length in lengths {
            for event in 0..<length {
                for (field, description) in schema.fields.enumerated() {
                    histories.codes[field].append(Int32.random(in: 0..<Int32(description.codes), using: &random))
                }
                for column in 0..<2 { histories.numbers[column].append(Float.random(in: -2...2, using: &random)) }
                histories.gaps.append(event == 0 ? 0 : Float.random(in: 0...90_000, using: &random))
            }
            histories.starts.append(histories.gaps.count)
        }
        return histories
    }

    /// A tower that has learned a little, so that no parameter has its first value.
    static func tower(_ shape: HistoryShape, shops: Int, tables: String? = nil) throws -> HistoryTower {
        var tower = try HistoryTower(shape, schema(shops: shops), seed: 5)
        try tower.pretrain(
            histories([40, 30, 50], shops: shops, seed: 9), epochs: 3, rate: 0.02, seed: 4, budget: 96 << 20,
            scratch: nil, tables: tables)
        return tower
    }

    /// The same tower with windows of another length.
    static func widened(_ tower: HistoryTower, to events: Int) throws -> HistoryTower {
        let text = String(decoding: try JSONEncoder().encode(tower), as: UTF8.self)
        let other = text.replacingOccurrences(of: "\"events\":\(tower.shape.events)", with: "\"events\":\(events)")
        return try JSONDecoder().decode(HistoryTower.self, from: Data(other.utf8))
    }

    static func name(_ entity: Int) -> [UInt8] { Array("customer \(entity)".utf8) }

    /// Every event of every entity.
    static func rows(_ histories: EventHistories) -> [Readout] {
        (0..<histories.entities).flatMap { entity in
            (0..<histories.starts[entity + 1] - histories.starts[entity]).map {
                Readout(entity: entity, events: $0 + 1, gap: 0)
            }
        }
    }
}

extension EventHistories {
    /// The first events of each history.
    func beginning(_ lengths: [Int]) -> EventHistories {
        let places = lengths.enumerated().flatMap { starts[$0]..<starts[$0] + $1 }
        return EventHistories(
            schema: schema, starts: lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) },
            gaps: places.map { gaps[$0] }, codes: codes.map { codes in places.map { codes[$0] } },
            numbers: numbers.map { numbers in places.map { numbers[$0] } })
    }
}
