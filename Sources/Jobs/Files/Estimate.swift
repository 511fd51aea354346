/// What a job will move, estimated from public sizes alone, before anything private does.
public struct Estimate: Codable, Hashable, Sendable {
    /// At most this many rows: the smallest party's, before alignment.
    public let rows: Int
    /// Of training and evaluation.
    public let rounds: Int
    /// Between all parties, without alignment's constant part.
    public let bytes: Int

    /// - Parameter rows: the fewest that any party offers.
    public init(_ job: Job, rows available: Int) {
        rows = min(available, job.align.sample ?? available)
        let schedule = Schedule(job: job, rows: rows)
        let (train, test) = (schedule.trainRuns, schedule.testRuns)
        rounds = (train + test).reduce(0) { $0 + $1.count }
        let features = job.featureParties.count
        var bytes = rows * 32 * job.members.count * job.members.count
        for (run, isTraining) in train.map({ ($0, true) }) + test.map({ ($0, false) }) {
            let values = run.rows * job.model.width
            switch job.protection {
            case .none: bytes += run.count * features * values * 8 * (isTraining ? 2 : 1)
            case .blind:
                // A masked product takes 218 bits of a plaintext, and a ciphertext has twice the modulus.
                let slots = max(1, (job.keys.bits - 2) / 218)
                let ciphertext = job.keys.bits / 4
                let masked = (values + slots - 1) / slots * ciphertext
                let columns = job.members.filter { $0.role == .feature }.reduce(0) { $0 + ($1.columns?.count ?? 0) }
                let forward = features * (2 * masked + values * 8)
                let backward =
                    features * run.rows * ((job.model.width + slots - 1) / slots) * ciphertext + 2 * columns
                    * ciphertext
                bytes += run.count * (forward + (isTraining ? backward : 0))
            }
        }
        self.bytes = bytes
    }
}
