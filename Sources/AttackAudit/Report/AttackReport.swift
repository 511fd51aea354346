internal import Attacks
public import Specification

/// What attacks came to, for people and for programs: JSON has these names.
public struct AttackReport: Sendable, Encodable {
    /// Each party from whose view attacks were tried.
    public let attackers: [Attacker]
    /// Measurements that could have failed, over the whole run.
    public let tests: Int
    /// Standard errors that count as chance in a run of so many tests.
    public let standardErrors: Double
    /// The worst of all.
    public let verdict: TrialVerdict
    /// Whether some verdicts rest on few rows, and that was asked to be enough.
    public let allowsFewRows: Bool
    /// Whether nothing was found by attacks that find what is there.
    public let isPassed: Bool

    /// One party's view, attacked.
    public struct Attacker: Sendable, Encodable {
        public let party: Party
        public let role: String
        public let transcript: String
        public let view: String
        /// Rows that all parties have in common.
        public let rows: Int
        public let isUnprotected: Bool
        public let verdict: TrialVerdict
        public let frames: [FrameResult]
        public let opened: [OpenedResult]
        /// Secrets that nothing is known of, so that nothing could be scored.
        public let notTried: [String]
    }

    /// All frames of one step from one party.
    public struct FrameResult: Sendable, Encodable {
        public let protocolName: String
        public let step: String
        public let from: Party
        public let kind: String
        public let shape: ShapeClass
        public let carries: String
        /// How many.
        public let frames: Int
        public let verdict: TrialVerdict
        /// What keeps it from being tried.
        public let remark: String?
        public let trials: [TrialResult]
    }

    /// One attack on them.
    public struct TrialResult: Sendable, Encodable {
        public let attack: Attack
        /// Whose features.
        public let victim: Party?
        public let statistic: String
        public let value: Double
        public let standardError: Double
        /// How far the value may lie from what says nothing: one half for `auc`, zero for all others.
        public let limit: Double
        public let deviation: Double
        /// Rows, visits of rows, rounds or values.
        public let count: Int
        /// The same attack on what the frame would hold unprotected, and how far that must lie from nothing.
        public let control: Double?
        public let controlAtLeast: Double
        /// The same attack with the secrets of other rows.
        public let shuffled: Double?
        public let verdict: TrialVerdict
    }

    /// What openings of Z tell whoever knows some rows.
    public struct OpenedResult: Sendable, Encodable {
        public let attack: Attack
        public let victim: Party
        /// The share of its columns' variance that follows from openings and the attacker's own features.
        public let r2: Double
        /// That of its own features alone.
        public let r2Alone: Double
        /// Columns of Z.
        public let width: Int
        /// Of each row.
        public let openings: Int
        /// Width x openings over the victim's prepared columns.
        public let exposure: Double
    }

    /// What `colonnade-audit attack` exits with.
    public var exitCode: Int32 { isPassed ? 0 : 1 }
}
