public import Specification

/// Every party tells every other which checkpoints it holds, before a training goes on.
public enum ResumptionProtocol {
    /// The text of `protocol.yaml`, as transcripts embed it.
    public static let specificationText = String(decoding: PackageResources.protocol_yaml, as: UTF8.self)
    public static let specification = ProtocolSpecification(embedded: PackageResources.protocol_yaml)

    /// One announcement by each of these parties.
    public static func plan(_ parties: [Party]) -> SessionPlan {
        SessionPlan(
            protocolName: specification.name, version: specification.version,
            members: parties.map { SessionPlan.Member($0, role: "party") }, dimensions: [:],
            runs: [SessionPlan.PhaseRun("resume")])
    }
}

/// A moment of a training. Parts that parties kept of one moment belong together: nobody else's shares were in that attempt.
public struct Moment: Hashable, Comparable, Codable, Sendable {
    /// The attempt that got there.
    public var attempt: Int
    /// Rounds done.
    public var round: Int

    public init(attempt: Int, round: Int) {
        self.attempt = attempt
        self.round = round
    }

    /// More rounds are later; among equals, those of a later attempt.
    public static func < (left: Moment, right: Moment) -> Bool {
        (left.round, left.attempt) < (right.round, right.attempt)
    }
}

extension [Moment] {
    /// As many as a party offers at most. Parties are at most a round apart, so one of the last two is of all.
    public static let offered = 2

    /// What R1 carries of at most two moments.
    var encoded: [UInt8] {
        var writer = CanonicalWriter()
        for place in 0..<Self.offered {
            writer.integer(place < count ? UInt64(self[place].attempt) : .max)
            writer.integer(place < count ? UInt64(self[place].round) : .max)
        }
        return writer.bytes
    }

    /// - Returns: `nil` for what no party writes: places that are not in their order, or numbers beyond any attempt or round.
    init?(decoding bytes: [UInt8]) {
        var reader = CanonicalReader(bytes)
        var moments: [Moment] = []
        for place in 0..<Self.offered {
            guard let attempt = try? reader.integer(UInt64.self), let round = try? reader.integer(UInt64.self) else {
                return nil
            }
            if attempt == .max, round == .max { continue }
            guard moments.count == place, attempt < 1 << 31, round < 1 << 40 else { return nil }
            moments.append(Moment(attempt: Int(attempt), round: Int(round)))
        }
        guard reader.remaining == 0, zip(moments, moments.dropFirst()).allSatisfy(>) else { return nil }
        self = moments
    }
}
