/// One field of an event, as a tower sees it: a code, and for numbers a standardised number beside it.
public struct EventField: Hashable, Codable, Sendable {
    /// What it is called where people read it.
    public var name: String
    /// Codes are `0 ..< codes`; 0 stands for what is missing, unknown or too rare.
    public var codes: Int
    /// Whether there is a number beside the code, which is then the number's quantile bin.
    public var isNumber: Bool
    /// Whether pre-training predicts the next event's code.
    public var isPredicted: Bool

    /// Describes a field.
    public init(name: String, codes: Int, isNumber: Bool, isPredicted: Bool = true) {
        precondition(codes > 0, "a field has codes")
        (self.name, self.codes, self.isNumber, self.isPredicted) = (name, codes, isNumber, isPredicted)
    }
}

extension EventField {
    /// The most codes that a field can have.
    public static let mostCodes = 1 << 24
    /// The most codes of a field that is not large.
    public static let largest = 1 << 16
    /// The most codes that are told apart where a next event's is predicted.
    public static let mostPredicted = 1024

    /// Whether its table of embeddings may be larger than memory: then it lies in pages while it is learned, and in a file of its own
    /// afterwards (``FieldTable``).
    public var isLarge: Bool { codes > Self.largest }

    /// The codes among which the next event's is predicted: the commonest, which come first. Rarer ones are not predicted, so that no
    /// softmax goes over millions of them.
    public var predictedCodes: Int { min(codes, Self.mostPredicted) }

    /// Whether a next event's code is one to predict: neither missing nor too rare.
    func predicts(_ code: Int32) -> Bool { code > 0 && Int(code) < predictedCodes }
}

/// What the events of a history are made of, and the unit of time between them.
public struct EventSchema: Hashable, Codable, Sendable {
    /// In the order of ``EventHistories/codes``.
    public var fields: [EventField]
    /// The time that counts as 1 in `log(1 + gap / unit)`, in the unit of the gaps: seconds.
    public var timeUnit: Float

    /// Describes events.
    public init(fields: [EventField], timeUnit: Float) {
        precondition(timeUnit > 0, "a unit of time is above 0")
        (self.fields, self.timeUnit) = (fields, timeUnit)
    }

    /// Fields with a number beside their code.
    public var numbers: Int { fields.count { $0.isNumber } }

    /// Fields whose tables may be larger than memory.
    public var largeFields: [EventField] { fields.filter(\.isLarge) }
}

/// Event histories of many entities, column by column, sorted by entity and then by time.
public struct EventHistories: Sendable {
    /// What the events are made of.
    public var schema: EventSchema
    /// Entity e's events are `starts[e] ..< starts[e + 1]`: entities + 1 numbers, from 0.
    public var starts: [Int]
    /// The time since the event before of the same entity, at least 0; 0 for its first.
    public var gaps: [Float]
    /// By field, one code an event.
    public var codes: [[Int32]]
    /// By field with a number, in the schema's order, one standardised number an event; 0 where it is missing.
    public var numbers: [[Float]]

    /// Holds histories together.
    public init(schema: EventSchema, starts: [Int], gaps: [Float], codes: [[Int32]], numbers: [[Float]]) {
        precondition(starts.first == 0 && starts.last == gaps.count, "each event is somebody's")
        precondition(
            codes.count == schema.fields.count && codes.allSatisfy { $0.count == gaps.count },
            "a code an event and field")
        precondition(
            numbers.count == schema.numbers && numbers.allSatisfy { $0.count == gaps.count },
            "a number an event and field that has them")
        (self.schema, self.starts, self.gaps, self.codes, self.numbers) = (schema, starts, gaps, codes, numbers)
    }

    /// Entities.
    public var entities: Int { starts.count - 1 }
    /// Events of all of them.
    public var events: Int { gaps.count }
}

/// Where a row looks at a history: what of it was known at the row's moment.
public struct Readout: Hashable, Sendable {
    /// Whose history; -1 for nobody's.
    public var entity: Int
    /// The first so many events of it were known; perhaps none.
    public var events: Int
    /// The time since the last of them; 0 where there is none.
    public var gap: Float

    /// Describes a row's view.
    public init(entity: Int, events: Int, gap: Float) {
        (self.entity, self.events, self.gap) = (entity, events, gap)
    }
}
