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
    /// More ids than the buckets hold.
    case tooManyIDs(count: Int, limit: Int)
    /// This party and another one name their rows, or make the names canonical, in different ways: nothing would match.
    case declarationsDiffer(Party)
    /// More ids fall into one bucket than chance allows, which random hashes never do: the alignment must begin anew.
    case overfullBucket(Int, ids: Int, capacity: Int)
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
        case .noIDs, .tooManyIDs: .badData
        case .declarationsDiffer: .jobMismatch
        case .invalidParties, .alreadyStarted, .overfullBucket: .internalError
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
            "\(grouped(count)) ids are more than an alignment takes (\(grouped(limit))); a larger align.part takes more, "
                + "align.sample bounds them"
        case .declarationsDiffer(let party):
            "\(party) makes ids in another way: the columns' types, what is trimmed, case or Unicode form, or the Unicode version "
                + "of its program differ"
        case .overfullBucket(let index, let ids, let capacity):
            "\(grouped(ids)) ids fall into bucket \(index), which has room for \(grouped(capacity)); under another job name they "
                + "spread anew"
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
