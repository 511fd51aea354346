internal import Alignment
public import Coordination
internal import SourceLayers
public import Specification

/// What a job will move, estimated from public sizes alone, before anything private does.
///
/// Where parties have not told how many columns and categories their preparation makes, columns count as they stand in their files, and
/// embedding tables not at all.
public struct Estimate: Codable, Hashable, Sendable {
    /// At most this many rows: the smallest party's, before alignment.
    public let rows: Int
    /// Of training and evaluation, or of scoring.
    public let rounds: Int
    /// Between all parties, without alignment's constant part.
    public let bytes: Int
    /// Whether tables of embeddings come on top.
    public let leavesOutTables: Bool

    /// - Parameters:
    ///   - rows: The fewest that any party offers.
    ///   - texts: How many columns of texts of each party the job uses.
    public init(_ job: Job, rows available: Int, texts: [Party: Int] = [:]) {
        let columns = Dictionary(uniqueKeysWithValues: job.members.map { ($0.party, $0.columns?.count ?? 0) })
        self.init(job, rows: available, columns: columns, texts: texts)
    }

    /// The same where parties have told what their columns are prepared to.
    init(_ job: Job, rows available: Int, demands: [Party: PartyDemand]) {
        self.init(job, rows: available, columns: demands.mapValues(\.columns), texts: demands.mapValues(\.fields))
    }

    private init(_ job: Job, rows available: Int, columns: [Party: Int], texts: [Party: Int]) {
        rows = min(available, job.align.sample ?? available)
        let schedule = Schedule(job: job, rows: rows)
        let runs = schedule.layerRuns
        rounds = runs.reduce(0) { $0 + $1.count }
        leavesOutTables = job.embeds && job.protection == .blind
        let links = Link.all(of: job, columns: columns, texts: texts)
        // The encrypted labels of training rows: counts of bins are few beside them.
        let labels = job.protection == .blind ? schedule.trainRows.count * job.keys.bits / 4 : 0
        let alignment = job.align.reuse == nil ? Self.alignment(job, rows: rows) : 0
        let before =
            alignment + job.statisticsPartners.count * labels
            + Self.correlations(job, rows: schedule.trainRows.count, texts: texts)
        bytes = runs.reduce(before) { sum, run in
            sum + run.count * links.reduce(0) { $0 + $1.bytes(rows: run.rows, training: run.phase == .train) }
        }
    }

    /// Of feature parties' columns, sent to the label party and to every later one: what comes back is little beside them.
    private static func correlations(_ job: Job, rows: Int, texts: [Party: Int]) -> Int {
        guard job.asksCorrelations else { return 0 }
        let parties = job.featureParties
        return parties.enumerated().reduce(0) { sum, feature in
            let columns = max(0, job.sourceColumns(of: feature.element).count - (texts[feature.element] ?? 0))
            let row = job.protection == .blind ? (columns + 15) / 16 * job.keys.bits / 4 : 8 * columns
            return sum + (parties.count - feature.offset) * rows * row
        }
    }

    /// Of finding the common rows where every party offers so many, and what was kept of earlier jobs does not help.
    private static func alignment(_ job: Job, rows: Int) -> Int {
        let method = job.align.terms.method ?? .automatic(largest: rows)
        // Points there and back, or a store; then tags, or a store and tags of what is common.
        let function = method == .ecdh ? 64 * rows : 9 * rows + 1_550_000 * (1 + rows / method.bucketSize)
        let answer = job.featureParties.count == 1 ? 11 * rows : 29 * rows
        return job.featureParties.count * (function + answer)
    }
}

/// What one feature party and the label party send each other in a round.
private struct Link {
    let job: Job
    /// Of the feature party.
    let columns: Int
    /// Of the feature party, and of the label party where it shares its table with this one.
    let fields: Int

    static func all(of job: Job, columns: [Party: Int], texts: [Party: Int]) -> [Link] {
        let partner = job.featureParties.first { texts[$0] ?? 0 > 0 }
        return job.featureParties.map { party in
            let own = texts[party] ?? 0
            return Link(
                job: job, columns: columns[party] ?? 0,
                fields: job.embeds ? own + (party == partner ? texts[job.labelParty] ?? 0 : 0) : 0)
        }
    }

    func bytes(rows: Int, training: Bool) -> Int {
        let values = rows * job.model.width
        guard job.protection == .blind else { return values * 8 * (training ? 2 : 1) }
        let forward = 2 * ciphertexts(values, .matMul) + embedded(rows: rows, training: training)
        let backward = training ? rows * ciphertexts(job.model.width, .matMul) + 2 * columns : 0
        return (forward + backward) * job.keys.bits / 4 + values * 8
    }

    /// Ciphertexts of the embeddings: lookups and products forward; the derivative in three layouts, and gradients of weights, back.
    private func embedded(rows: Int, training: Bool) -> Int {
        guard fields > 0 else { return 0 }
        let (width, dimension) = (job.model.width, job.model.dimension)
        let forward = ciphertexts(rows * fields * dimension, .lookup) + 2 * ciphertexts(rows * width, .product)
        guard training else { return forward }
        let derivatives =
            rows * ciphertexts(width, .lookup) + rows * width + rows * fields * ciphertexts(dimension, .table)
        return forward + derivatives + 3 * fields * dimension * ciphertexts(width, .product)
    }

    /// Bits of slots, about; the protocols prove the exact ones.
    private enum Slot: Int {
        case matMul = 218
        case lookup = 249
        case table = 284
        case product = 385
    }

    private func ciphertexts(_ values: Int, _ slot: Slot) -> Int {
        let slots = max(1, (job.keys.bits - 2) / slot.rawValue)
        return (values + slots - 1) / slots
    }
}
