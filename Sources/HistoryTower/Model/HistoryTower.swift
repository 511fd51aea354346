internal import StaticExecution

/// A causal transformer over event histories, which makes a few numbers of what is known of somebody at some moment.
///
/// GPT-2's blocks (norms first, GELU, learned gains) over events that are sums of embedded codes, a linear map of their
/// numbers and one of the logarithm of the time since the event before; no positions. Pre-training predicts each next event's
/// codes from the numbers that come out, so these hold what the past says of what comes next. Its events and parameters are
/// its owner's and stay there. Computes in one arena of a fixed budget; `Sources/StaticExecution` says how.
public struct HistoryTower: Hashable, Sendable {
    /// What its events are made of.
    public let schema: EventSchema
    /// Its sizes.
    public let shape: HistoryShape
    /// All that is learned, at the offsets of the predicting graph.
    var parameters: [Float]
    /// Tables of large fields, in the schema's order, which lie in files; none before it has learned.
    public internal(set) var tables: [FieldTable] = []
    /// Of one that learns with the model above it: what moves it.
    var optimiser: TowerOptimiser?

    /// A tower with first parameters.
    ///
    /// - Parameter seed: Of the first parameters, which are no secret: equal seeds, equal towers.
    /// - Throws: ``HistoryTowerError/shape(problems:)``.
    public init(_ shape: HistoryShape, _ schema: EventSchema, seed: UInt64) throws(HistoryTowerError) {
        guard shape.problems.isEmpty else { throw .shape(problems: shape.problems) }
        guard !schema.fields.isEmpty, schema.fields.contains(where: \.isPredicted) else {
            throw .shape(problems: ["no field of an event is predicted"])
        }
        let problems = schema.fields.filter { $0.codes > EventField.mostCodes }.map {
            "field \($0.name) has \($0.codes) codes, and \(EventField.mostCodes) are the most"
        }
        guard problems.isEmpty else { throw .shape(problems: problems) }
        (self.shape, self.schema) = (shape, schema)
        let graph = TowerGraph(shape, schema, .prediction).graph
        parameters = Array(repeating: 0, count: graph.parameterCount)
        var random = Pseudorandom(seed: seed)
        for parameter in graph.parameters {
            for place in parameter.offset..<parameter.offset + parameter.count {
                switch parameter.start {
                case .zero: break
                case .one: parameters[place] = 1
                case .normal(let deviation): parameters[place] = deviation * random.normal()
                }
            }
        }
    }

    /// The same, forgetting how it moved: enough to encode with.
    public var atRest: HistoryTower {
        var tower = self
        tower.optimiser = nil
        return tower
    }

    /// Numbers that are learned, those that predict and those of large fields' tables included.
    public var parameterCount: Int {
        parameters.count + schema.largeFields.reduce(0) { $0 + $1.codes * shape.width }
    }
}

extension HistoryTower: Codable {
    private enum CodingKeys: String, CodingKey { case schema, shape, parameters, tables, optimiser }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(schema, forKey: .schema)
        try container.encode(shape, forKey: .shape)
        try container.encode(FloatText(parameters), forKey: .parameters)
        // As it was written before there were large fields.
        if !tables.isEmpty { try container.encode(tables, forKey: .tables) }
        try container.encodeIfPresent(optimiser, forKey: .optimiser)
    }

    /// - Throws: `DecodingError` where the parts do not fit, or a number is not finite.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let schema = try container.decode(EventSchema.self, forKey: .schema)
        let shape = try container.decode(HistoryShape.self, forKey: .shape)
        let parameters = try container.decode(FloatText.self, forKey: .parameters).values
        let isPossible =
            shape.problems.isEmpty && schema.timeUnit > 0 && schema.fields.contains { $0.isPredicted }
            && schema.fields.allSatisfy { (1...EventField.mostCodes).contains($0.codes) }
            && [shape.width, shape.layers, shape.outputs].allSatisfy { $0 <= 1 << 16 }
        guard isPossible, parameters.count == TowerGraph(shape, schema, .prediction).graph.parameterCount,
            parameters.allSatisfy(\.isFinite)
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .parameters, in: container,
                debugDescription: "\(parameters.count) parameters do not fit the tower's sizes, or are not finite")
        }
        (self.schema, self.shape, self.parameters) = (schema, shape, parameters)
        tables = try container.decodeIfPresent([FieldTable].self, forKey: .tables) ?? []
        let expected = schema.largeFields.map { FieldTable(field: $0.name, rows: $0.codes, columns: shape.width) }
        guard tables.isEmpty || tables.map(\.withoutHash) == expected else {
            throw DecodingError.dataCorruptedError(
                forKey: .tables, in: container, debugDescription: "the tables are another tower's")
        }
        optimiser = try container.decodeIfPresent(TowerOptimiser.self, forKey: .optimiser)
        guard optimiser.map({ $0.count == TowerGraph.shared(shape, schema) }) ?? true else {
            throw DecodingError.dataCorruptedError(
                forKey: .optimiser, in: container, debugDescription: "the optimiser's state is another tower's")
        }
    }
}

/// Why a tower cannot be, or cannot run.
public enum HistoryTowerError: Error, Hashable, CustomStringConvertible {
    /// There is no such tower.
    case shape(problems: [String])
    /// A step does not fit into the budget, both in bytes.
    case budget(Int, least: Int)
    /// Nothing to learn from: no history has two events.
    case nothingToLearn
    /// A loss or a parameter is not finite any more.
    case diverged
    /// What was put away could not be written or read.
    case storage(String)
    /// A tower that learns with the model above it has no large fields, for their tables would be a part of every checkpoint; nor has one
    /// that several ranks learn together.
    case largeFields([String])
    /// The tower has not learned these large fields' tables, so there is nothing to encode with.
    case unlearned([String])
    /// The file of a large field's table cannot be used.
    case table(path: String, field: String, problem: FieldTable.Problem)

    public var description: String {
        switch self {
        case .shape(let problems): problems.joined(separator: "; ")
        case .budget(let budget, let least):
            "a budget of \(budget.inMegabytes) is too small for a tower of this size; \(least.inMegabytes) would do"
        case .nothingToLearn: "no history has two events, so there is no next one to predict"
        case .diverged: "a history tower's loss is not finite any more: lower its rate"
        case .storage(let problem): problem
        case .largeFields(let names):
            "\(Self.list(names)) more than \(EventField.largest) codes: a tower that learns with the model above it, or on "
                + "several ranks, cannot have such fields; let one rank pre-train it and keep it frozen, or give the fields "
                + "fewer codes"
        case .unlearned(let names): "\(Self.list(names)) tables that this tower has not learned; pre-train it first"
        case .table(let path, let field, let problem): "\(path), the table of field '\(field)', \(problem)"
        }
    }
}

extension HistoryTowerError {
    private static func list(_ fields: [String]) -> String {
        (fields.count == 1 ? "field " : "fields ") + fields.map { "'\($0)'" }.joined(separator: ", ")
            + (fields.count == 1 ? " has" : " have")
    }
}

extension Int {
    /// Rounded up, so that it suffices.
    var inMegabytes: String { "\((self + (1 << 20) - 1) >> 20) MiB" }
}
