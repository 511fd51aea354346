internal import Cryptography
public import Link
public import Specification

/// One job as a party runs it.
public struct Assignment: Sendable {
    /// The job as all parties agreed on it.
    public let effective: EffectiveJob
    /// The canonical bytes that came from the coordinator.
    public let encoded: [UInt8]
    /// Never used before for this job at this party.
    public let attempt: Int
    /// Whether it goes on from the latest checkpoint that all parties have of this job.
    public let resumes: Bool
    /// Why this party lets it begin; `nil` where nobody was asked.
    public let ruling: Ruling?

    /// What is to be computed.
    public var job: Job { effective.job }
    /// What identifies the job: 32 bytes.
    public var hash: [UInt8] { EffectiveJob.hash(of: encoded) }

    /// An assignment with its fields as they are. `encoded` must be what `effective` was read from.
    public init(
        effective: EffectiveJob, encoded: [UInt8], attempt: Int, resumes: Bool = false, ruling: Ruling? = nil
    ) {
        self.effective = effective
        self.encoded = encoded
        self.attempt = attempt
        self.resumes = resumes
        self.ruling = ruling
    }

    /// The purpose under which the parties of this attempt connect.
    public var purpose: String { "job/\(hash.hexadecimal)/\(attempt)" }
}

/// How a process reaches its partners: TLS in programs, memory in tests. The peer of a link that it gives is authenticated.
public protocol Connector: Sendable {
    /// Connects to a partner whose address this process knows.
    func connect(to partner: Party, purpose: String, _ wait: Wait) throws -> any Link
    /// Waits for a partner to connect.
    func accept(from partner: Party, purpose: String, _ wait: Wait) throws -> any Link
}
