public import Arithmetic
public import Specification

/// What the protected source layer computes, without any protection: for comparison, and as the positive control of attacks.
public enum UnprotectedProtocol {
    /// The text of `protocol.yaml`, as transcripts embed it.
    public static let specificationText = String(decoding: PackageResources.protocol_yaml, as: UTF8.self)
    public static let specification = ProtocolSpecification(embedded: PackageResources.protocol_yaml)

    /// What every program says that runs a job over it, before the job and in its report.
    public static let warning = "UNPROTECTED: no cryptography; labels and features can be read from what is sent"

    /// Rounds over batches of one size.
    public struct Run: Hashable, Sendable {
        public var phase: UnprotectedPhase
        public var count: Int
        public var rows: Int

        public init(_ phase: UnprotectedPhase, count: Int = 1, rows: Int) {
            self.phase = phase
            self.count = count
            self.rows = rows
        }
    }

    /// The session plan of these rounds: every size that crosses a link.
    ///
    /// - Parameters:
    ///   - features: At least one, in the order in which the label party adds their products.
    ///   - columns: Prepared columns of every party.
    ///   - width: Columns of Z.
    public static func plan(
        label: Party, features: [Party], columns: [Party: Int], width: Int, runs: [Run]
    ) -> SessionPlan {
        var dimensions = ["width": width]
        for (party, count) in columns { dimensions["columns[\(party)]"] = count }
        return SessionPlan(
            protocolName: specification.name, version: specification.version,
            members: [SessionPlan.Member(label, role: "label")]
                + features.map { SessionPlan.Member($0, role: "feature") },
            dimensions: dimensions,
            runs: runs.map {
                SessionPlan.PhaseRun($0.phase.rawValue, count: $0.count, dimensions: ["rows": $0.rows])
            })
    }
}

/// The two kinds of rounds, by their names in `protocol.yaml`.
public enum UnprotectedPhase: String, Hashable, Sendable {
    /// Forward and backward: all weights change.
    case train
    /// Forward only.
    case evaluate
}

/// What a role of the unprotected layer gives to its own party.
public enum UnprotectedOutput: Hashable, Sendable {
    /// Z of the batch, rows x width. At the label party only.
    case opened(Matrix<Double>)
    /// The derivative of the batch's summed loss by the outputs of a tower, rows x tower columns, at the weights before
    /// the round's update. At a feature party whose last columns are a `TrainedTower`'s only.
    case derivative(Matrix<Double>)
    /// What was exchanged in a training round: this party's product, and the derivative by Z, each rows x width. At a feature party
    /// that asks for it only.
    case statistics(product: Matrix<Double>, derivative: Matrix<Double>)
    /// The round is over; the next event may come.
    case roundFinished
}
