internal import Cryptography
internal import Link
public import Specification

/// How many bins a label party has answered for, of each partner, over all jobs on one data set; in a file of its own, how many
/// correlations a party has told each partner.
///
/// The more of either are told, the more they tell of few rows: a budget ends that.
public struct StatisticsLedger: Sendable {
    private static let kind = "colonnade/statistics-ledger/v1"
    private let path: String
    private var counts: [Party: Int] = [:]

    /// Opens a ledger; a file that is not there is an empty one, a damaged one is refused.
    /// - Throws: ``StateError/damaged(path:)``, ``StateError/unreadable(path:problem:)``.
    public init(path: String) throws(StateError) {
        self.path = path
        guard let bytes = try StateFile.read(path) else { return }
        var reader = CanonicalReader(bytes)
        do {
            guard try reader.text() == Self.kind else { throw SpecificationError.malformed("kind") }
            let partners = try reader.count()
            for _ in 0..<partners {
                let (party, count) = (try reader.party(), try reader.count())
                guard count < 1 << 62, counts.updateValue(count, forKey: party) == nil else {
                    throw SpecificationError.malformed("count")
                }
            }
            try reader.end()
        } catch { throw .damaged(path: path) }
    }

    /// What a ledger counts.
    public enum Subject: Sendable { case bins, correlations }

    /// Bins, or correlations, that this partner was told of.
    public subscript(party: Party) -> Int { counts[party] ?? 0 }

    /// Adds bins, or correlations; ``save()`` makes it last.
    /// - Throws: ``RunError`` where they are more than the budget has left.
    public mutating func book(
        _ count: Int, of subject: Subject = .bins, for party: Party, limit: Int
    ) throws(RunError) {
        guard count <= limit - self[party] else {
            switch subject {
            case .bins:
                throw RunError(
                    .policyRefused, blaming: party,
                    "this job asks about \(count) bins of \(party)'s, \(self[party]) were answered for before, and \(limit) is the "
                        + "limit (policy.statistics.bins)")
            case .correlations:
                throw RunError(
                    .policyRefused,
                    "this job tells \(party) \(count) correlations, \(self[party]) were told before, and \(limit) is the limit "
                        + "(policy.statistics.correlations); raise it, or bring fewer columns")
            }
        }
        counts[party, default: 0] += count
    }

    /// Writes the ledger to disk, whole or not at all.
    /// - Throws: ``StateError/unwritable(path:problem:)``.
    public func save() throws(StateError) {
        var writer = CanonicalWriter()
        writer.text(Self.kind)
        writer.count(counts.count)
        for (party, count) in counts.sorted(by: { $0.key < $1.key }) {
            writer.party(party)
            writer.count(count)
        }
        try StateFile.write(writer.bytes, to: path)
    }
}
