public import Specification

/// Every party tells every other how much it brings into the source layer, and how far its weights have come.
public enum ColumnsProtocol {
    /// The text of `protocol.yaml`, as transcripts embed it.
    public static let specificationText = String(decoding: PackageResources.protocol_yaml, as: UTF8.self)
    public static let specification = ProtocolSpecification(embedded: PackageResources.protocol_yaml)

    /// One announcement by each of these parties.
    public static func plan(_ parties: [Party]) -> SessionPlan {
        SessionPlan(
            protocolName: specification.name, version: specification.version,
            members: parties.map { SessionPlan.Member($0, role: "party") }, dimensions: [:],
            runs: [SessionPlan.PhaseRun("announce")])
    }
}

/// How much a party brings: its columns and the categorical fields that it embeds.
public struct Contribution: Hashable, Codable, Sendable {
    /// Prepared columns: at least something to learn from, and no more than memory is planned for.
    public var columns: Int
    /// Embedded categorical fields.
    public var fields: Int
    /// Rows of its embedding table, all fields together.
    public var tableRows: Int
    /// Columns that it lists in a round, where not all of them travel.
    public var listedColumns: Int
    /// Updates that its weights have had: 0 before they are trained.
    public var weightVersion: Int

    /// Columns and fields; all columns travel unless their number is given.
    public init(
        columns: Int, fields: Int = 0, tableRows: Int = 0, listedColumns: Int? = nil, weightVersion: Int = 0
    ) {
        self.columns = columns
        self.fields = fields
        self.tableRows = tableRows
        self.listedColumns = listedColumns ?? columns
        self.weightVersion = weightVersion
    }

    /// In the order of the messages, with the limits of each.
    private struct Number {
        let step, name: String
        let path: any WritableKeyPath<Contribution, Int> & Sendable
        let limits: ClosedRange<Int>
    }

    private static let numbers = [
        Number(step: "C1", name: "columns", path: \.columns, limits: 1...1 << 20),
        Number(step: "C2", name: "fields", path: \.fields, limits: 0...1 << 12),
        Number(step: "C3", name: "table rows", path: \.tableRows, limits: 0...1 << 24),
        Number(step: "C4", name: "listed columns", path: \.listedColumns, limits: 1...1 << 20),
        Number(step: "C5", name: "updates", path: \.weightVersion, limits: 0...1 << 40),
    ]

    /// The messages' names, in order.
    static let steps = numbers.map(\.step)

    /// The number that a message carries.
    func number(of step: Int) -> Int { self[keyPath: Self.numbers[step].path] }

    /// Takes the number of a message.
    /// - Returns: What was expected, where the number is outside its limits.
    mutating func take(_ number: Int, of step: Int) -> String? {
        let (path, limits) = (Self.numbers[step].path, Self.numbers[step].limits)
        self[keyPath: path] = number
        return limits.contains(number) ? nil : "\(limits.lowerBound) to \(limits.upperBound) \(Self.numbers[step].name)"
    }

    /// What is expected of the numbers, one by one and together, and is not so.
    var problem: String? {
        var copy = self
        for step in Self.steps.indices { if let problem = copy.take(number(of: step), of: step) { return problem } }
        if (fields == 0) != (tableRows == 0) || tableRows < fields { return "at least one table row for each field" }
        return listedColumns <= columns ? nil : "no more listed columns than there are columns"
    }
}
