internal import FoundationEssentials
public import Specification

/// What coordinator and party say to each other: a closed list. None of it holds an id, a feature, a label, a score, a share or a
/// ciphertext; metrics only where the label party's policy releases them.
public enum ControlMessage: Codable, Hashable, Sendable {
    // From the coordinator.
    /// What have you, whom do you know, what do you speak?
    case describe
    /// Try to reach these partners.
    case reach([Party])
    /// Would you run this job? The canonical JSON of an effective job.
    case propose(String)
    /// What would the job that was proposed, by its hash, take of you?
    case measure(String)
    /// Keep a place for the job that was proposed.
    case reserve(Reservation)
    /// The job's number in every party's queue: the highest that any of them gave it.
    case settle(Int)
    /// Begin the job that a place is kept for.
    case start(Start)
    /// Give the job up, for this reason.
    case cancel(Failure)

    // From a party.
    /// The answer to `describe`.
    case description(PartyDescription)
    /// For each partner that could not be reached, why.
    case reached([Party: String])
    /// The answer to `propose`.
    case decision(Decision)
    /// The answer to `measure`.
    case demand(PartyDemand)
    /// The answer to `reserve`: this party's number for the job.
    case number(Int)
    /// After `settle`, whenever it changes: where in this party's queue the job is.
    case waiting(Place)
    /// A place is kept from now on, until the job starts or the coordinator goes.
    case ready
    /// While a job runs: where this party is.
    case progress(Progress)
    /// The job is done at this party.
    case finished(PartyReport)
    /// The job has ended at this party, or did not begin.
    case failed(Failure)

    /// A job that is to run as soon as all of its parties have a place for it.
    public struct Reservation: Codable, Hashable, Sendable {
        /// Which job, in hex.
        public var hash: String
        /// With which it will start.
        public var attempt: Int

        /// A reservation with its fields as they are.
        public init(hash: String, attempt: Int) {
            self.hash = hash
            self.attempt = attempt
        }
    }

    /// Where in a party's queue a job is.
    public struct Place: Codable, Hashable, Sendable {
        /// Jobs that wait before it.
        public var before: Int
        /// The last of these, or where there is none one that runs; `nil` where another coordinator has not answered yet.
        public var behind: Neighbour?

        /// A job that is there already.
        public struct Neighbour: Codable, Hashable, Sendable {
            /// What it calls itself.
            public var name: String
            /// 12 digits of its hash, and the attempt.
            public var id: String
            /// Whether it runs; else it waits.
            public var isRunning: Bool
            /// Since when, in seconds since 1970.
            public var since: Int

            /// A job with its fields as they are.
            public init(name: String, id: String, isRunning: Bool, since: Int) {
                self.name = name
                self.id = id
                self.isRunning = isRunning
                self.since = since
            }
        }

        /// A place with its fields as they are.
        public init(before: Int, behind: Neighbour?) {
            self.before = before
            self.behind = behind
        }
    }

    /// The order to begin.
    public struct Start: Codable, Hashable, Sendable {
        /// Which job, in hex.
        public var hash: String
        /// Higher than that of any earlier run of this job at any party.
        public var attempt: Int
        /// The partners that this party connects to; the others connect to it.
        public var connects: [Party]
        /// Whether to go on from the latest checkpoint that all parties have; `nil` from coordinators of before there were any.
        public var resumes: Bool?

        /// An order with its fields as they are.
        public init(hash: String, attempt: Int, connects: [Party], resumes: Bool? = nil) {
            self.hash = hash
            self.attempt = attempt
            self.connects = connects
            self.resumes = resumes
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
        /// Which part of the job.
        public var stage: Stage
        /// Rounds done in this stage.
        public var done: Int
        /// Rounds of this stage; 0 where they are not counted.
        public var of: Int
        /// Mean training loss of the last round; from the label party, where its policy releases metrics.
        public var loss: Double?
        /// Bytes sent so far.
        public var bytes: Int
        /// A line for people, where there is something to say.
        public var note: String?

        /// A place in a job.
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

    /// The parts of a job, in order.
    public enum Stage: String, Codable, Hashable, Sendable, CaseIterable {
        case connect, align, prepare
        /// A party's tower over histories learns, before the job's own training. Told of by every party that has one; only of jobs that
        /// programs without this stage refuse.
        case pretrain = "pre-train"
        case keys, train, evaluate, seal
    }

    /// How a job ended at a party that did not finish it: the one cause that all parties report.
    public struct Failure: Codable, Hashable, Sendable, Error {
        /// Where the cause lies: whose data, whose policy, who is lost.
        public var party: Party
        /// Where in the job, for instance `matmul train round 3, F1 from weather`.
        public var step: String
        /// The name of a reason of the closed list (`AbortReason`).
        public var reason: String
        /// What the party at which it started knows beyond that; never data.
        public var detail: String?

        /// Whether a party's rules, rather than a mishap, ended the job.
        public var isRefusal: Bool { ["policy-refused", "not-approved", "exposure-limit"].contains(reason) }

        /// Whether a party's people ended the job.
        public var isCancellation: Bool { reason == "cancelled" && step == Self.operatorStep }

        /// The step of a job that a party's people ended.
        public static let operatorStep = "cancelled by its operator"

        /// A cause with its fields as they are.
        public init(party: Party, step: String, reason: String, detail: String?) {
            self.party = party
            self.step = step
            self.reason = reason
            self.detail = detail
        }
    }
}

extension ControlMessage.Place {
    /// For people: `behind job flights (edcd7ad77123-0), which runs since 2027-06-30T12:00:00Z; 2 jobs wait before it`.
    public var text: String {
        guard let behind else { return "until others have been asked" }
        let time = Date(timeIntervalSince1970: Double(behind.since)).ISO8601Format()
        return "behind job \(behind.name) (\(behind.id)), which \(behind.isRunning ? "runs" : "waits") since \(time)"
            + (before > 0 ? "; \(before) \(before == 1 ? "job waits" : "jobs wait") before it" : "")
    }
}

extension ControlMessage {
    /// What a coordinator is called, in its certificate and in causes.
    public static let coordinatorName = "coordinator"
    /// The purpose under which a coordinator connects.
    public static let purpose = "control"
    /// Of the control plane: 2 has places in queues and demands, which 1 had not.
    public static let version = 2
    /// Longest encoding that is read.
    public static let limit = 4 << 20

    /// JSON, keys sorted.
    public var encoded: [UInt8] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return try [UInt8](encoder.encode(self))
        }
    }

    /// Reads JSON of at most ``limit`` bytes; a message that is not in the list is refused. Fields that it does not know are passed over.
    /// - Throws: `SpecificationError` where it is longer, ``Unknown`` for a message of another name, `DecodingError` for anything else.
    public init(decoding bytes: [UInt8]) throws {
        guard bytes.count <= Self.limit else {
            throw SpecificationError.malformed("control message of \(bytes.count) bytes")
        }
        let data = Data(bytes)
        do { self = try JSONDecoder().decode(Self.self, from: data) } catch {
            guard let names = try? JSONDecoder().decode(Names.self, from: data).names, names.count == 1,
                CodingKeys(stringValue: names[0]) == nil, let unknown = Unknown(name: names[0])
            else { throw error }
            throw unknown
        }
    }

    /// A message of a program of another version.
    public struct Unknown: Error, Equatable {
        /// What it is called.
        public let name: String

        /// - Returns: `nil` for what no message would be called.
        init?(name: String) {
            guard (1...32).contains(name.utf8.count), name.utf8.allSatisfy({ (0x61...0x7A).contains($0 | 0x20) }) else {
                return nil
            }
            self.name = name
        }
    }

    /// What stands on the top level of a message: its name.
    private struct Names: Decodable {
        struct Name: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }
            init?(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        let names: [String]

        init(from decoder: any Decoder) throws {
            names = try decoder.container(keyedBy: Name.self).allKeys.map(\.stringValue)
        }
    }
}
