internal import FoundationEssentials
public import Specification

/// What coordinator and party say to each other: a closed list. None of it holds an id, a feature, a label, a score, a share or a
/// ciphertext; metrics only where the label party's policy releases them.
public enum ControlMessage: Codable, Hashable, Sendable {
    // From the coordinator.
    case describe
    /// Try to reach these partners.
    case reach([Party])
    /// Would you run this job? The canonical JSON of an effective job.
    case propose(String)
    case start(Start)
    /// Give the job up, for this reason.
    case cancel(Failure)

    // From a party.
    case description(PartyDescription)
    /// For each partner that could not be reached, why.
    case reached([Party: String])
    case decision(Decision)
    case progress(Progress)
    case finished(PartyReport)
    case failed(Failure)

    /// The order to begin.
    public struct Start: Codable, Hashable, Sendable {
        /// Which job, in hex.
        public var hash: String
        /// Higher than that of any earlier run of this job at any party.
        public var attempt: Int
        /// The partners that this party connects to; the others connect to it.
        public var connects: [Party]

        public init(hash: String, attempt: Int, connects: [Party]) {
            self.hash = hash
            self.attempt = attempt
            self.connects = connects
        }
    }

    /// A party's answer to a proposal.
    public enum Decision: Codable, Hashable, Sendable {
        /// `attempt` is the lowest number that it takes for this job.
        case accepted(attempt: Int)
        /// A person has to approve it first; `command` is what that person types.
        case pending(command: String)
        /// Its policy says no, sentence by sentence.
        case refused([String])
        /// Its data or the job is not fit: a bad file, a missing column.
        case unfit([String])
    }

    /// Where a party is in a job.
    public struct Progress: Codable, Hashable, Sendable {
        public var stage: Stage
        public var done: Int
        public var of: Int
        /// Mean training loss of the last round; from the label party, where its policy releases metrics.
        public var loss: Double?
        /// Bytes sent so far.
        public var bytes: Int
        /// A line for people, where there is something to say.
        public var note: String?

        public init(stage: Stage, done: Int = 0, of: Int = 0, loss: Double? = nil, bytes: Int = 0, note: String? = nil)
        {
            self.stage = stage
            self.done = done
            self.of = of
            self.loss = loss
            self.bytes = bytes
            self.note = note
        }
    }

    public enum Stage: String, Codable, Hashable, Sendable, CaseIterable {
        case connect, align, prepare, keys, train, evaluate, seal
    }

    /// How a job ended at a party that did not finish it: the one cause that all parties report.
    public struct Failure: Codable, Hashable, Sendable, Error {
        public var party: Party
        public var step: String
        public var reason: String
        /// What the party at which it started knows beyond that; never data.
        public var detail: String?

        /// Whether a party's rules, rather than a mishap, ended the job.
        public var isRefusal: Bool { ["policy-refused", "not-approved", "exposure-limit"].contains(reason) }

        public init(party: Party, step: String, reason: String, detail: String?) {
            self.party = party
            self.step = step
            self.reason = reason
            self.detail = detail
        }
    }
}

extension ControlMessage {
    /// The purpose under which a coordinator connects.
    public static let purpose = "control"
    /// Longest encoding that is read.
    public static let limit = 4 << 20

    public var encoded: [UInt8] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return try [UInt8](encoder.encode(self))
        }
    }

    public init(decoding bytes: [UInt8]) throws {
        guard bytes.count <= Self.limit else {
            throw SpecificationError.malformed("control message of \(bytes.count) bytes")
        }
        self = try JSONDecoder().decode(Self.self, from: Data(bytes))
    }
}
