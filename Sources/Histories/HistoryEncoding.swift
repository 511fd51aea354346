public import HistoryTower
internal import Tables

/// How events become codes and numbers: learned from events before a moment, saved with a model's half, and applied unchanged to later
/// events.
public struct HistoryEncoding: Codable, Hashable, Sendable {
    /// How it is learned.
    public struct Options: Codable, Hashable, Sendable {
        /// Categories of a smaller share of the events are joined into code 0; with 0, none is too rare.
        public var rare: Double
        /// The most codes that a field of categories has, code 0 among them; the commonest categories have them. Up to
        /// `EventField.mostCodes`, 16,777,216; a field of more than `EventField.largest` is a large one to a tower.
        public var codes: Int
        /// The most quantile bins of numbers, and of gaps.
        public var bins: Int

        public init(rare: Double = 0.001, codes: Int = 1024, bins: Int = 16) {
            precondition(
                0...1 ~= rare && 1...EventField.mostCodes ~= codes && bins >= 1,
                "a share, and at least one code and bin; no more codes than a field can have")
            (self.rare, self.codes, self.bins) = (rare, codes, bins)
        }
    }

    /// What was learned of one field.
    struct Field: Codable, Hashable, Sendable {
        var name: String
        var coding: Coding
        /// Whether the next event's is to be predicted: at least two of its codes occurred, and the party wants it.
        var isPredicted: Bool

        var type: ColumnType {
            switch coding {
            case .texts: .category
            case .numbers: .number
            }
        }
    }

    /// What has which code.
    enum Coding: Codable, Hashable, Sendable {
        /// Texts by their codes, from 1 on, the commonest first.
        case texts([String])
        /// Bins by their codes, from 1 on.
        case numbers(NumberCoding)
    }

    /// Bins of a number: an edge belongs to the bin above it.
    struct NumberCoding: Codable, Hashable, Sendable {
        /// They rise.
        var edges: [Double]
        var mean: Double
        var deviation: Double
    }

    /// In the order of the party file.
    let fields: [Field]
    /// Bins of the time since the event before.
    let gap: Field
    /// The median of these times in seconds, at least 1.
    let timeUnit: Float

    /// The derived field: the time since the event before of the same entity.
    public static let gapName = "gap"

    /// Standardised numbers are cut at so many deviations, as prepared columns are.
    static let bound: Float = 8

    /// The fields in their order, and the gap as the last: code 0 where there is no event before. A field is to be predicted if more
    /// than one of its codes occurred, and ``HistorySource/predicted`` does not leave it out.
    public var schema: EventSchema {
        EventSchema(
            fields: (fields + [gap]).map { field in
                EventField(
                    name: field.name, codes: field.coding.codes,
                    isNumber: field.type == .number && field.name != Self.gapName, isPredicted: field.isPredicted)
            }, timeUnit: timeUnit)
    }
}

extension HistoryEncoding.Coding {
    /// How many codes there are, 0 among them.
    var codes: Int {
        switch self {
        case .texts(let texts): texts.count + 1
        case .numbers(let numbers): numbers.edges.count + 2
        }
    }
}

extension HistoryEncoding.NumberCoding {
    /// A number's code; 0 for NaN.
    func code(_ number: Double) -> Int32 {
        guard !number.isNaN else { return 0 }
        var (low, high) = (0, edges.count)
        while low < high {
            let middle = (low + high) / 2
            if edges[middle] <= number { low = middle + 1 } else { high = middle }
        }
        return Int32(low + 1)
    }

    /// In deviations from the mean, within the bound; 0 for NaN.
    func standardised(_ number: Float) -> Float {
        guard !number.isNaN else { return 0 }
        let bound = HistoryEncoding.bound
        return max(-bound, min(bound, Float((Double(number) - mean) / deviation)))
    }
}

extension HistoryEncoding {
    /// Encodes events. Entities keep their numbers, whatever the moment is.
    ///
    /// - Parameter moment: Events at it or later are left out; `nil`: none are, for what each row may see is in its readout.
    /// - Throws: ``HistoriesError`` where the events lack one of the fields, or have it as another type.
    public func histories(_ log: EventLog, before moment: Int? = nil) throws(HistoriesError) -> EventHistories {
        let places = log.places(before: moment)
        var starts = [0]
        starts.reserveCapacity(places.count + 1)
        for own in places { starts.append((starts.last ?? 0) + own.count) }
        let gaps = log.gaps(places)
        var (all, numbers): ([[Int32]], [[Float]]) = ([], [])
        for field in fields {
            switch (try log.values(of: field), field.coding) {
            case (.texts(let texts, let names), .texts(let known)):
                let codes = Self.codes(of: names, known)
                all.append(log.gathered(places) { codes[Int(texts[$0])] })
            case (.numbers(let values), .numbers(let coding)):
                all.append(log.gathered(places) { coding.code(Double(values[$0])) })
                numbers.append(log.gathered(places) { coding.standardised(values[$0]) })
            case (.texts, .numbers), (.numbers, .texts): preconditionFailure("types were compared")
            }
        }
        if case .numbers(let coding) = gap.coding { all.append(gaps.map(coding.code)) }
        return EventHistories(
            schema: schema, starts: starts, gaps: gaps.map { $0.isNaN ? 0 : Float($0) }, codes: all, numbers: numbers)
    }

    /// By the number of a log's text and 1, its code here.
    private static func codes(of names: TextNumbers, _ known: [String]) -> [Int32] {
        var codes = [Int32](repeating: 0, count: names.count + 1)
        for (place, text) in known.enumerated() {
            if let number = names.number(of: Array(text.utf8)[...]) { codes[number + 1] = Int32(place + 1) }
        }
        return codes
    }
}

extension EventLog {
    /// The values of an encoding's field.
    func values(of field: HistoryEncoding.Field) throws(HistoriesError) -> Values {
        guard let place = fields.firstIndex(where: { $0.name == field.name }) else {
            throw .table(.missingColumn(file: file, column: field.name, available: fields.map(\.name)))
        }
        guard fields[place].type == field.type else {
            throw .table(.typeChanged(file: file, column: field.name, expected: field.type))
        }
        return values[place]
    }

    /// What is made of the events at some places, one after the other.
    func gathered<Element>(_ places: [Range<Int>], _ element: (Int) -> Element) -> [Element] {
        var elements: [Element] = []
        elements.reserveCapacity(places.reduce(0) { $0 + $1.count })
        for own in places { for place in own { elements.append(element(place)) } }
        return elements
    }

    /// Seconds since the event before of the same entity; NaN for the first.
    func gaps(_ places: [Range<Int>]) -> [Double] {
        var gaps: [Double] = []
        gaps.reserveCapacity(places.reduce(0) { $0 + $1.count })
        for own in places {
            for place in own {
                gaps.append(place == own.lowerBound ? .nan : Double(times[place] - times[place - 1]))
            }
        }
        return gaps
    }
}
