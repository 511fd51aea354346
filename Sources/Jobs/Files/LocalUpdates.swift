internal import Documents
internal import LocalUpdates

extension Job {
    /// Updates between rounds, from statistics of batches exchanged before: CELU-VFL.
    public struct LocalUpdates: Hashable, Sendable, Codable {
        /// Of so many batches statistics are kept, 1 to 64.
        public var workset: Int
        /// How often a batch is used in all, its exchange included: 1 to 64.
        public var reuse: Int
        /// In degrees: rows whose statistics have turned further have no weight. 1 to 90, or 180 to weigh all rows alike.
        public var maxAngle: Int
        /// What is used again under protection; without it, both sides take their own steps.
        public var replay: Replay
        /// Without protection, whether feature parties send their activations before they take their local steps.
        public var overlaps: Bool

        /// What a protected job uses again. Both are functions of what a party has seen anyway.
        public enum Replay: String, Hashable, Sendable, Codable, CaseIterable {
            /// The label party's opened Z: it moves its own weights and all above the source layer.
            case label
            /// Both holders' shares of gradients: they move the feature parties' weights in MatMul, before these are exchanged anew.
            case shares
            /// One and the other.
            case both
        }
    }
}

extension Job.Limits {
    static let workset = 1...64
    static let reuse = 1...64

    /// Angles that mean something: beyond 90 degrees no row has a weight, and 180 turns weights off.
    static func isAngle(_ degrees: Int) -> Bool { (1...90).contains(degrees) || degrees == 180 }
}

extension Job.LocalUpdates {
    /// Reads the `local-updates` section.
    init(_ document: Document, protection: Job.Protection) throws(DocumentError) {
        var document = document
        workset = try document.optionalInteger("workset", in: Job.Limits.workset) ?? 5
        reuse = try document.optionalInteger("reuse", in: Job.Limits.reuse) ?? 5
        maxAngle = try document.optionalInteger("max-angle", in: 1...180) ?? 60
        guard Job.Limits.isAngle(maxAngle) else {
            throw document.error("max-angle", "1 to 90 degrees are expected, or 180 to weigh all rows alike")
        }
        (replay, overlaps) = (.label, protection == .none)
        switch protection {
        case .blind:
            replay = try document.optionalChoice("replay", of: Replay.self) ?? .label
            guard !document.has("overlap") else {
                throw document.error(
                    "overlap", "under protection local steps always overlap with the round, and nothing depends on it")
            }
        case .none:
            overlaps = try document.optionalFlag("overlap") ?? true
            guard !document.has("replay") else {
                throw document.error(
                    "replay", "without protection all parties take local steps: there is nothing to choose")
            }
        }
        try document.end()
    }

    /// For a person who decides about the job.
    var text: String {
        let weights = maxAngle == 180 ? "all rows weighed alike" : "rows weighed up to \(maxAngle) degrees"
        return "each batch used \(reuse) times, of the last \(workset) batches, \(weights)"
    }

    /// Sentences on what makes no local updates.
    func problems(under protection: Job.Protection) -> [String] {
        var problems: [String] = []
        if !Job.Limits.workset.contains(workset) { problems.append("local-updates.workset must be 1 to 64") }
        if !Job.Limits.reuse.contains(reuse) { problems.append("local-updates.reuse must be 1 to 64") }
        if !Job.Limits.isAngle(maxAngle) { problems.append("local-updates.max-angle must be 1 to 90, or 180") }
        if protection == .none ? replay != .label : overlaps {
            problems.append("local-updates must not choose replay without protection, nor overlap under it")
        }
        return problems
    }
}

extension Job {
    /// Which batches the label party uses again, and how often.
    var labelReuse: ReusePlan {
        guard let updates = localUpdates, protection == .none || updates.replay != .shares else { return .none }
        return ReusePlan(workset: updates.workset, reuse: updates.reuse, maxAngle: updates.maxAngle)
    }

    /// The same of feature parties, where nothing is protected.
    var featureReuse: ReusePlan { protection == .none ? labelReuse : .none }

    /// Which gradients are applied again, share by share. Weights of rows are impossible here: a gradient is their sum.
    var shareReuse: ReusePlan {
        guard let updates = localUpdates, protection == .blind, updates.replay != .label else { return .none }
        return ReusePlan(workset: updates.workset, reuse: updates.reuse)
    }
}
