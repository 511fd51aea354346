public import Link
public import Specification

/// Why a party cannot take part in an alignment, or why it has no result. A partner's fault is a `ProtocolViolation`.
///
/// Cases hold names and counts, never an id or a hash of one.
public enum AlignmentError: Error, Equatable {
    /// Fewer than two parties, one of them twice, or not among them the leader or this party.
    case invalidParties
    /// This party has no id to offer.
    case noIDs
    /// More ids than one message holds.
    case tooManyIDs(count: Int, limit: Int)
    /// So many of this party's ids stand there more than once.
    case duplicateIDs(count: Int)
    /// No id that all parties have. Known to the leader, which tells the others by giving the job up.
    case emptyIntersection(offers: [Offer])
    /// A role was started twice.
    case alreadyStarted

    /// How many ids a party put in.
    public struct Offer: Hashable, Sendable {
        public let party: Party
        public let ids: Int

        public init(_ party: Party, ids: Int) {
            self.party = party
            self.ids = ids
        }
    }
}

extension AlignmentError: AbortReasonProviding {
    public var abortReason: AbortReason {
        switch self {
        case .emptyIntersection: .emptyIntersection
        case .duplicateIDs: .duplicateIDs
        case .noIDs, .tooManyIDs: .badData
        case .invalidParties, .alreadyStarted: .internalError
        }
    }
}

extension AlignmentError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidParties:
            "an alignment takes two or more different parties, this one and the leader among them"
        case .noIDs:
            "no id to align: the table has no rows"
        case .tooManyIDs(let count, let limit):
            "\(grouped(count)) ids are more than an alignment takes (\(grouped(limit))); align.sample bounds them"
        case .duplicateIDs(let count):
            "\(grouped(count)) ids stand more than once; every id names one row"
        case .emptyIntersection(let offers):
            "no id in common: "
                + offers.enumerated().map { index, offer in
                    "\(offer.party)\(index == 0 ? " offered" : "") \(grouped(offer.ids))"
                }.joined(separator: ", ")
                + "; do \(offers.count == 2 ? "both" : "all") files use the same key format?"
        case .alreadyStarted:
            "an alignment was started twice"
        }
    }
}

/// A number with commas between groups of three digits.
private func grouped(_ number: Int) -> String {
    let digits = Array(String(number))
    return digits.indices.map { index in
        index > 0 && (digits.count - index) % 3 == 0 ? ",\(digits[index])" : String(digits[index])
    }.joined()
}
