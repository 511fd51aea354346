public import Coordination
internal import Cryptography
internal import FoundationEssentials
public import Specification

/// A model of which this party has a half, as its registry knows it.
public struct ModelEntry: Codable, Hashable, Sendable {
    /// What jobs name it by: 12 digits of the hash of the job that trained it, and that job's attempt.
    public var name: String
    /// The name of the job that trained it.
    public var job: String
    /// Counts this party's models of one job name, in the order in which they were trained, from 1.
    public var version: Int
    /// That job's hash, in hex; its first 12 digits alone where this party does not remember the job.
    public var hash: String
    /// What was trained.
    public var kind: String
    /// What the source layer ran on.
    public var protection: String
    /// When: `2027-06-30T12:00:00Z`.
    public var trained: String
    /// This party's part: `label` or `feature`.
    public var role: String
    /// The other parties.
    public var partners: [Party]
    /// Common rows, as this party knows them; `nil` where the registry was made anew from the halves.
    public var rows: Int?
    /// Of the held-back rows, at the label party, whatever it releases; `nil` at others, and where the registry was made anew.
    public var metrics: PartyReport.Metrics?
}

extension ModelEntry {
    /// What a half says by itself.
    ///
    /// - Parameters:
    ///   - hash: Of the job, in hex.
    ///   - time: When it was trained, in seconds since 1970.
    init(_ half: ModelHalf, name: String, hash: String, at party: Party, time: Int) {
        let job = half.facts.job
        self.init(
            name: name, job: job.name, version: 0, hash: hash, kind: job.model.kind.rawValue,
            protection: job.protection.rawValue,
            trained: Date(timeIntervalSince1970: Double(time)).ISO8601Format(),
            role: (job.member(party)?.role ?? .feature).rawValue, partners: job.parties.filter { $0 != party })
    }

    /// Of a half that lies in a state folder: its file's time counts, and a job that is remembered gives the whole hash.
    init(halfOf name: String, state: String, party: Party) throws {
        let path = try ModelHalf.path(state: state, model: name)
        let digits = String(name.prefix(12))
        let known = try Approvals(state: state).job(beginning: digits).map { EffectiveJob.hash(of: $0).hexadecimal }
        self.init(
            try ModelHalf(path: path, model: name), name: name, hash: known ?? digits, at: party,
            time: try StateFile.time(path))
    }

    /// A line for people.
    public var text: String {
        let facts = [
            "\(job)@\(version)", name, kind, protection == Job.Protection.none.rawValue ? "UNPROTECTED" : protection,
            role, "with \(partners.map(\.name).joined(separator: ", "))", trained,
            rows.map { "\($0) rows" } ?? "rows not known",
        ]
        return (facts + (metrics.map { [$0.text] } ?? [])).joined(separator: "  ")
    }
}
