import ArgumentParser
import Foundation
import Jobs
import Specification
import Support

/// What `approve`, `deny` and `revoke` share: a party file and the hash of a job that was proposed to it.
private struct JobReference: ParsableArguments {
    @Argument(help: "Your party.yaml.")
    var file: String

    @Argument(help: "The job's hash, or at least its first 8 digits.")
    var hash: String

    /// Prints the job as this party would run it, and records the decision.
    func decide(_ decision: Approvals.Decision?, _ verb: String) throws {
        try exiting {
            let file = try PartyFile(path: file)
            let approvals = try Approvals(state: file.state)
            guard let encoded = try approvals.job(beginning: hash) else {
                let open = try approvals.undecided().prefix(5).map { "\($0.hash.prefix(12)) (\($0.name))" }
                throw ValidationError(
                    "no job '\(hash)' was proposed to \(file.name), or several begin so. "
                        + (open.isEmpty
                            ? "None waits for a decision" : "Not decided yet: \(open.joined(separator: ", "))"))
            }
            let effective = try EffectiveJob(decoding: encoded)
            let full = EffectiveJob.hash(of: encoded).hexadecimal
            for line in try JobSummary(effective.job, for: file).lines { print(line) }
            let kind: DecisionLog.Decision =
                switch decision {
                case .approved: .approved
                case .denied: .denied
                case nil: .revoked
                }
            // Before it holds: a decision that holds is in the log.
            try DecisionLog(state: file.state).append(
                .init(job: full, name: effective.job.name, kind, by: NSUserName(), under: file.policy))
            try approvals.decide(full, decision)
            print("\(verb): \(full)")
        }
    }
}

/// `colonnade-party approve`.
struct Approve: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Allow one job by its hash; prints what it does first.")
    @OptionGroup private var job: JobReference
    func run() throws { try job.decide(.approved, "approved") }
}

/// `colonnade-party deny`.
struct Deny: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Refuse one job by its hash, for good.")
    @OptionGroup private var job: JobReference
    func run() throws { try job.decide(.denied, "denied") }
}

/// `colonnade-party revoke`.
struct Revoke: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take back an approval or denial: the policy decides again.")
    @OptionGroup private var job: JobReference
    func run() throws { try job.decide(nil, "taken back") }
}
