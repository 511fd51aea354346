import Foundation
import Histories
import HistoryTower
import Scratch
import Tables
import Testing

/// What is learned of events, held against plain counting and sorting.
@Suite struct EncodingTests {
    private let folder: Folder
    private let events: [MadeEvent]
    private let log: EventLog
    private let source: HistorySource

    init() throws {
        var generator = SplitMix(state: 5)
        folder = try Folder()
        events = MadeEvent.random(3000, entities: 40, moments: 2000, words: 60, from: &generator)
        source = try folder.source(MadeEvent.csv(events), fields: ["word", "number"], types: ["number": .number])
        log = try folder.log(source)
    }

    /// Events in the library's order: entities as they first come, then time, then the file's order.
    private func ordered(before moment: Int = .max) -> [[MadeEvent]] {
        var entities: [String] = []
        for event in events where !entities.contains(event.who) { entities.append(event.who) }
        return entities.map { entity in
            events.filter { $0.who == entity && $0.time < moment }.sorted { $0.time < $1.time }
        }
    }

    @Test(arguments: [(0.001, 1024), (0.02, 1024), (0.001, 5), (0, 1024), (0, 1 << 24), (1, 1024)])
    func rareWordsAreJoined(rare: Double, codes: Int) throws {
        let encoding = try HistoryEncoding(fitting: log, before: 1500, .init(rare: rare, codes: codes))
        let known = ordered(before: 1500).joined()
        var counts: [String: Int] = [:]
        for event in known where !event.word.isEmpty { counts[event.word, default: 0] += 1 }
        let kept = counts.filter { Double($0.value) >= rare * Double(known.count) }
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(codes - 1).map(\.key)
        #expect(encoding.schema.fields[0].codes == kept.count + 1)
        let expected = ordered().joined().map { Int32((kept.firstIndex(of: $0.word) ?? -1) + 1) }
        #expect(try encoding.histories(log).codes[0] == expected)
    }

    @Test(arguments: [1, 2, 7, 16, 300]) func binsAreThoseOfASort(bins: Int) throws {
        let encoding = try HistoryEncoding(fitting: log, before: 1500, .init(bins: bins))
        let (known, all) = (ordered(before: 1500), ordered())
        let numbers = known.joined().compactMap(\.number)
        let field = encoding.schema.fields[1]
        let codes = try encoding.histories(log)
        #expect(field.isNumber && field.codes == Self.edges(numbers, bins).count + 2)
        #expect(codes.codes[1] == all.joined().map { Self.code($0.number, Self.edges(numbers, bins)) })

        let mean = numbers.reduce(0, +) / Double(numbers.count)
        let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(numbers.count)
        let standardised = all.joined().map { $0.number.map { ($0 - mean) / variance.squareRoot() } ?? 0 }
        #expect(zip(codes.numbers[0], standardised).allSatisfy { abs(Double($0) - $1) < 1e-6 })

        let gaps = known.flatMap(Self.gaps)
        #expect(codes.codes[2] == all.flatMap { [0] + Self.gaps($0).map { Self.code($0, Self.edges(gaps, bins)) } })
        #expect(encoding.schema.fields[2].name == "gap" && !encoding.schema.fields[2].isNumber)
        let sorted = gaps.sorted()
        #expect(encoding.schema.timeUnit == Float((sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2))
        #expect(encoding.schema.fields.map(\.isPredicted) == [true, true, bins > 1])
    }

    @Test func whatIsPredictedIsItsOwnersChoice() throws {
        let folder = try Folder()
        var source = try folder.source(
            "who,time,word,number\na,1,x,1\na,2,y,2\na,5,x,3\nb,1,y,4\n", fields: ["word", "number"])
        func predicted() throws -> [Bool] {
            let encoding = try HistoryEncoding(fitting: folder.log(source), before: 9)
            return encoding.schema.fields.map(\.isPredicted)
        }
        #expect(try predicted() == [true, true, true])
        source.predicted = ["number"]
        #expect(try predicted() == [false, true, false])
        source.predicted = ["word", "gap"]
        #expect(try predicted() == [true, false, true])
    }

    private static func gaps(_ events: [MadeEvent]) -> [Double] {
        zip(events, events.dropFirst()).map { Double($1.time - $0.time) }
    }

    /// Percentiles at equal steps, interpolated as numpy's `linear`; equal ones, and those that no number is below, once.
    private static func edges(_ numbers: [Double], _ bins: Int) -> [Double] {
        let sorted = numbers.sorted()
        var edges: [Double] = []
        for bin in stride(from: 1, to: bins, by: 1) {
            let place = Double(bin) / Double(bins) * Double(sorted.count - 1)
            let (low, high) = (sorted[Int(place)], sorted[min(Int(place) + 1, sorted.count - 1)])
            let edge = low + (high - low) * (place - place.rounded(.down))
            if edge > sorted[0], !edges.contains(edge) { edges.append(edge) }
        }
        return edges
    }

    private static func code(_ number: Double?, _ edges: [Double]) -> Int32 {
        number.map { number in Int32(1 + edges.count { $0 <= number }) } ?? 0
    }

    @Test func savedAndUsedOnOtherEvents() throws {
        let encoding = try HistoryEncoding(fitting: log, before: 1500)
        let saved = try JSONDecoder().decode(HistoryEncoding.self, from: JSONEncoder().encode(encoding))
        #expect(saved == encoding)
        // A word that is new and one that is known; texts that look like numbers are read as the model needs them.
        let later = try folder.source(
            "who,extra,number,time,word\nz,1,2.5,3000,7\nz,1,,3060,w2\n", fields: ["number"], name: "later.csv")
        let histories = try saved.histories(folder.log(later.reading(as: saved)))
        let word = try #require(try encoding.histories(log).codes[0].first(where: { $0 > 0 }))
        #expect(histories.codes[0][0] == 0 && histories.codes[0][1] > 0 && word > 0)
        #expect(histories.codes[1][0] > 0 && histories.codes[1][1] == 0 && histories.numbers[0][1] == 0)
        #expect(histories.gaps == [0, 60] && histories.codes[2][0] == 0)
        #expect(histories.schema == encoding.schema)
    }

    @Test func fieldsThatSayNothing() throws {
        let source = try folder.source(
            "who,time,same,void,number\na,1,x,,5\na,2,x,,5\nb,3,x,,5\n", fields: ["same", "void", "number"],
            types: ["void": .category], name: "same.csv")
        let encoding = try HistoryEncoding(fitting: folder.log(source), before: 9)
        #expect(encoding.schema.fields.map(\.codes) == [2, 1, 2, 2])
        #expect(encoding.schema.fields.allSatisfy { !$0.isPredicted })
        #expect(encoding.schema.timeUnit == 1)
        let histories = try encoding.histories(folder.log(source))
        #expect(histories.numbers == [[0, 0, 0]] && histories.codes[2] == [1, 1, 1])
    }

    /// Nothing is too rare, and there are as many codes as words.
    @Test func everyWordMayHaveACode() throws {
        let words = (0..<66_000).map { "shop \($0 * 7919 % 66_000)" }
        let source = try folder.source(
            "who,time,shop\n" + words.enumerated().map { "a,\($0),\($1)\n" }.joined(), fields: ["shop"],
            name: "shops.csv")
        let log = try folder.log(source)
        let encoding = try HistoryEncoding(fitting: log, before: .max, .init(rare: 0, codes: 1 << 24))
        let field = encoding.schema.fields[0]
        #expect(field.codes == 66_001 && field.isLarge && field.predictedCodes == 1024 && field.isPredicted)
        let places = Dictionary(uniqueKeysWithValues: words.sorted().enumerated().map { ($1, Int32($0 + 1)) })
        #expect(try encoding.histories(log).codes[0] == words.map { places[$0] })
        let fewer = try HistoryEncoding(fitting: log, before: .max, .init(rare: 0, codes: 65_536))
        #expect(fewer.schema.fields[0].codes == 65_536 && fewer.schema.largeFields.isEmpty)
    }

    @Test func whatLiesFarOutIsCut() throws {
        let numbers = Array(repeating: "0", count: 999) + ["1e300"]
        let source = try folder.source(
            "who,time,x\n" + numbers.enumerated().map { "a,\($0),\($1)\n" }.joined(), fields: ["x"], name: "far.csv")
        let encoding = try HistoryEncoding(fitting: folder.log(source), before: 5000)
        let found = try encoding.histories(folder.log(source)).numbers[0]
        #expect(found.allSatisfy(\.isFinite) && found.last == 8)
    }
}
