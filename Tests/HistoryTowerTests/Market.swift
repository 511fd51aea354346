import Foundation
import HistoryTower

/// Histories in which an event's kind follows, mostly, from the shop of the event before: of shops there are very many, a few of them in most
/// events, and each has a kind of its own.
struct Market {
    static let kinds = 6
    /// How often the kind is any of them.
    static let surprise = 0.2

    static func schema(shops: Int, predictsShops: Bool = true) -> EventSchema {
        EventSchema(
            fields: [
                EventField(name: "kind", codes: kinds + 1, isNumber: false),
                EventField(name: "shop", codes: shops, isNumber: false, isPredicted: predictsShops),
            ], timeUnit: 60)
    }

    /// With a second large field: whose each event is.
    static var customers: EventSchema {
        var schema = schema(shops: 70_000)
        schema.fields.append(EventField(name: "customer", codes: 66_000, isNumber: false, isPredicted: false))
        return schema
    }

    /// - Parameter visited: the commonest so many shops are where events take place.
    static func histories(
        _ lengths: [Int], of schema: EventSchema, visited: Int, seed: UInt64
    ) -> EventHistories {
        var random = Chance(seed)
        var histories = EventHistories(
            schema: schema, starts: [0], gaps: [], codes: schema.fields.map { _ in [] }, numbers: [])
        for (customer, length) in lengths.enumerated() {
            var shop = 0
            for event in 0..<length {
                let isKnown = event > 0 && Double.random(in: 0..<1, using: &random) >= surprise
                let kind = isKnown ? shop &* 40_503 % 65_521 % kinds : Int.random(in: 0..<kinds, using: &random)
                // Evenly on a logarithmic scale, which is Zipf's law, nearly.
                shop = Int(exp(Double.random(in: 0..<log(Double(visited)), using: &random)))
                histories.codes[0].append(Int32(kind + 1))
                histories.codes[1].append(Int32(shop))
                if schema.fields.count > 2 { histories.codes[2].append(Int32(1 + customer * 997 % 65_000)) }
                histories.gaps.append(event == 0 ? 0 : Float.random(in: 0...600, using: &random))
            }
            histories.starts.append(histories.gaps.count)
        }
        return histories
    }

    /// Nats of surprise in a kind, given the shop before.
    static var entropy: Double {
        let other = surprise / Double(kinds)
        let likely = 1 - surprise + other
        return -likely * log(likely) - Double(kinds - 1) * other * log(other)
    }
}
