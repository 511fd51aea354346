/// One run of a protocol as everybody agreed on it beforehand: who takes which role, every public size, every phase in
/// order. Stands in the transcript, so that an auditor can say what should have crossed each link.
public struct SessionPlan: Hashable, Sendable {
    /// The specification's name.
    public var protocolName: String
    /// The specification's version.
    public var version: Int
    /// Parties and their roles, in the job's order.
    public var members: [Member]
    /// Values of the specification's dimensions; scoped ones as `columns[airline]`.
    public var dimensions: [String: Int]
    /// The whole session, phase by phase. The same phase may return: its rounds are counted on.
    public var runs: [PhaseRun]

    /// A party and its one role.
    public struct Member: Hashable, Sendable {
        /// Who.
        public var party: Party
        /// A role of the specification.
        public var role: String

        /// A party in a role.
        public init(_ party: Party, role: String) {
            self.party = party
            self.role = role
        }
    }

    /// A phase, as many times as `count` says, under the same sizes.
    public struct PhaseRun: Hashable, Sendable {
        /// A phase of the specification.
        public var phase: String
        /// How many rounds of it follow each other.
        public var count: Int
        /// Values for these rounds alone.
        public var dimensions: [String: Int]

        /// `count` rounds of a phase.
        public init(_ phase: String, count: Int = 1, dimensions: [String: Int] = [:]) {
            self.phase = phase
            self.count = count
            self.dimensions = dimensions
        }
    }

    /// A plan as it is: the guard holds it to its specification.
    public init(
        protocolName: String, version: Int, members: [Member], dimensions: [String: Int], runs: [PhaseRun]
    ) {
        self.protocolName = protocolName
        self.version = version
        self.members = members
        self.dimensions = dimensions
        self.runs = runs
    }

    /// The role that a party takes; `nil` where it takes none.
    public func role(of party: Party) -> String? { members.first { $0.party == party }?.role }

    /// Rounds of a phase over the whole session.
    public func rounds(of phase: String) -> Int { runs.lazy.filter { $0.phase == phase }.map(\.count).reduce(0, +) }
}

extension SessionPlan {
    /// The canonical encoding: equal plans have equal bytes.
    public var encoded: [UInt8] {
        var writer = CanonicalWriter()
        writer.text(protocolName)
        writer.count(version)
        writer.list(members) {
            $0.party($1.party)
            $0.text($1.role)
        }
        Self.write(dimensions, to: &writer)
        writer.list(runs) {
            $0.text($1.phase)
            $0.count($1.count)
            Self.write($1.dimensions, to: &$0)
        }
        return writer.bytes
    }

    /// Reads what ``encoded`` gives and refuses everything else.
    /// - Throws: ``SpecificationError``.
    public init(decoding bytes: [UInt8]) throws(SpecificationError) {
        var reader = CanonicalReader(bytes)
        protocolName = try reader.text()
        version = try reader.count()
        members = try reader.list { (reader) throws(SpecificationError) in
            Member(try reader.party(), role: try reader.text())
        }
        dimensions = try Self.readDimensions(&reader)
        runs = try reader.list { (reader) throws(SpecificationError) in
            PhaseRun(try reader.text(), count: try reader.count(), dimensions: try Self.readDimensions(&reader))
        }
        try reader.end()
    }

    private static func write(_ dimensions: [String: Int], to writer: inout CanonicalWriter) {
        writer.list(dimensions.sorted { $0.key < $1.key }) {
            $0.text($1.key)
            $0.count($1.value)
        }
    }

    private static func readDimensions(_ reader: inout CanonicalReader) throws(SpecificationError) -> [String: Int] {
        var previous: String?
        var result: [String: Int] = [:]
        let pairs = try reader.list { (reader) throws(SpecificationError) in (try reader.text(), try reader.count()) }
        for (name, value) in pairs {
            // Sorted and without repeats, or one plan would have two encodings.
            if let previous, previous >= name { throw .malformed("dimensions out of order") }
            previous = name
            result[name] = value
        }
        return result
    }
}
