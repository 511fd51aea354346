internal import Arithmetic
internal import Attacks
package import Cryptography
internal import Jobs
package import Paillier

/// An attack of the label party on the sums Z that it opens.
public enum OpenedSumAttack: String, CaseIterable, Sendable, Encodable {
    /// Inner products of A's rows.
    case gram
    /// A's features, with some of its rows.
    case knownRows = "known-rows"
    /// `X_A W_A`, with nothing else.
    case columnSpan = "column-span"
}

/// Shows what opening Z gives away: runs two small jobs, one far over the exposure ledger's limit and one within it, and attacks
/// both from the label party's view.
public struct OpenedSumDemonstration: Sendable, Encodable {
    /// One number that says how far an attack came.
    public struct Measure: Sendable, Encodable {
        public let name: String
        public let value: Double
    }

    /// One job and what the attack recovered.
    public struct Result: Sendable, Encodable {
        public let job: ExampleJob
        /// `width * openings / columns`.
        public let exposure: Double
        public let isWithinLimit: Bool
        public let measures: [Measure]
    }

    public let attack: OpenedSumAttack
    /// The ledger's default.
    public let exposureLimit: Double
    /// Of the Paillier modulus.
    public let keyBits: Int
    /// The job far over the limit, then the one within it.
    public let results: [Result]

    /// Runs both jobs with new keys of 2048 bits; takes seconds.
    public init(_ attack: OpenedSumAttack) throws {
        let random = SystemRandomSource(binding: [])
        let keys = try (
            label: PrivateKey.generate(bits: 2048, from: random.stream("label")),
            feature: PrivateKey.generate(bits: 2048, from: random.stream("feature"))
        )
        // All in this process: there is no link whose exporter could be bound in.
        try self.init(attack, keys: keys) { SystemRandomSource(binding: []) }
    }

    /// Runs both jobs.
    package init<Key: AdditiveKey>(
        _ attack: OpenedSumAttack, keys: (label: Key, feature: Key), source: () -> any RandomSource
    ) throws {
        self.attack = attack
        keyBits = keys.label.cipher.keyBits
        let limit = Self.limit
        exposureLimit = limit
        results = try attack.jobs.map { job in
            let run = try ExampleRun(job, keys: keys, source: source)
            return Result(
                job: job, exposure: job.exposure, isWithinLimit: job.exposure <= limit, measures: attack.measures(run))
        }
    }

    private static let limit = 0.5
}

extension OpenedSumAttack {
    /// Far over the limit; within it.
    var jobs: [ExampleJob] {
        switch self {
        case .gram:
            [
                ExampleJob(rows: 16, columns: 6, labelColumns: 3, width: 2, openings: 24, batch: 4),
                ExampleJob(rows: 16, columns: 6, labelColumns: 3, width: 1, openings: 3, batch: 4),
            ]
        case .knownRows, .columnSpan:
            [
                ExampleJob(rows: 440, columns: 8, labelColumns: 4, width: 3, openings: 6, batch: 440),
                ExampleJob(rows: 440, columns: 8, labelColumns: 4, width: 1, openings: 2, batch: 440),
            ]
        }
    }

    /// What it recovers of a job.
    func measures(_ run: ExampleRun) -> [OpenedSumDemonstration.Measure] {
        switch self {
        case .gram:
            let attack = GramAttack(run.view)
            let recovery = Recovery(of: run.features * run.features.transposed(), by: attack.gram)
            return [
                .init(name: "inner products of A's rows", value: Double(attack.unknowns)),
                .init(name: "directions of them that the openings determine", value: Double(attack.rank)),
                .init(name: "R2 of the inner products", value: recovery.r2),
                .init(name: "largest error of one", value: recovery.largestError),
            ]
        case .knownRows:
            return [40, 400].flatMap { count -> [OpenedSumDemonstration.Measure] in
                let attack = KnownRowsAttack(
                    run.view, rows: Array(0..<count), known: run.features.prefix(rows: count))
                let others = count..<run.features.rows
                func r2(_ truth: Matrix<Double>, _ estimate: Matrix<Double>) -> Double {
                    Recovery(of: truth.selecting(rows: others), by: estimate.selecting(rows: others)).r2
                }
                return [
                    .init(
                        name: "R2 of the other rows' features, \(count) rows known",
                        value: r2(run.features, attack.features)),
                    .init(
                        name: "R2 of the other rows' X_A W_A, \(count) rows known",
                        value: r2(run.product, attack.product)),
                ]
            }
        case .columnSpan:
            let attack = ColumnSpanAttack(run.view)
            return [
                .init(name: "R2 of X_A W_A", value: Recovery(of: run.product, by: attack.product).r2),
                .init(
                    name: "R2 of A's features, up to one linear map",
                    value: Recovery(of: run.features, by: attack.span(of: run.features)).r2),
            ]
        }
    }
}
