public import Specification

/// Why the control plane could not do what was asked. Holds names, numbers and the parties' own sentences, never data.
public enum ControlError: Error, Equatable {
    /// Parties to which there is no connection, and why.
    case unreachable([Party: String])
    /// The connection to a party ended, or nothing came in time.
    case lost(Party, String)
    /// A party sent something that does not belong there, or that cannot be read.
    case malformed(Party, String)
    /// It sent a message of this name, which this version does not know.
    case unknown(Party, message: String)
    /// Parties, certificates or versions that do not go together, sentence by sentence.
    case incompatible([String])
    /// Parties whose data does not fit the job, and why.
    case unfit([Party: [String]])
    /// Parties whose policy refuses the job, and why.
    case refused([Party: [String]])
    /// Parties where a person has to approve the job first, and with which command.
    case pending(hash: String, [Party: String])
    /// The job began and failed; all parties report this one cause.
    case failed(ControlMessage.Failure)
}

extension ControlError {
    /// Who, where and why, a line each.
    public var causes: [String] {
        func list(_ reasons: [Party: [String]]) -> [String] {
            reasons.sorted { $0.key < $1.key }.flatMap { party, texts in texts.map { "\(party): \($0)" } }
        }
        return switch self {
        case .unreachable(let problems): list(problems.mapValues { [$0] })
        case .lost(let party, let problem): ["\(party): \(problem)"]
        case .malformed(let party, let problem): ["\(party) sent \(problem)"]
        case .unknown(let party, let name):
            ["\(party) sent the message '\(name)' of a newer version, which this program does not know"]
        case .incompatible(let reasons): reasons
        case .unfit(let reasons): list(reasons)
        case .refused(let reasons): list(reasons.mapValues { $0.map { "refused by its policy: \($0)" } })
        case .pending(let hash, let commands):
            commands.sorted { $0.key < $1.key }.map { "\($0.key) has not approved job \(hash) yet: \($0.value)" }
        case .failed(let failure): [failure.cause]
        }
    }

    /// What people do about it, and who: a clause without a full stop.
    public var remedy: String {
        switch self {
        case .unreachable:
            "see that each of these serves (colonnade-party serve) at the address that stands in partners.yaml here, and has "
                + "pinned this coordinator (colonnade-party trust --coordinator); then give the command again"
        case .lost(let party, _): "see that \(party) runs, its log says how it ended; then give the command again"
        case .malformed(let party, _):
            "\(party) and the coordinator install one version of the program; then give the command again"
        case .unknown: "the coordinator updates its program; then give the command again"
        case .incompatible:
            "put each of these right, start the program of the party that was changed again, and give the command again"
        case .unfit:
            "change the job file, or have these parties change their data or party.yaml; then give the command again"
        case .refused:
            "change the job file, or have these parties change policy in their party.yaml; then give the command again"
        case .pending: "a person at each of these gives the command named there; then give the command again"
        case .failed(let failure): failure.remedy
        }
    }

    /// What it is in one word, where it keeps a job from beginning; `nil` for one that began.
    public var hindrance: String? {
        switch self {
        case .unreachable, .lost: "unreachable"
        case .malformed, .unknown, .incompatible: "incompatible"
        case .unfit: "unfit"
        case .refused: "refused"
        case .pending: "pending"
        case .failed: nil
        }
    }
}

extension ControlError: CustomStringConvertible {
    /// Causes and remedy. The last line names a party and a cause; where there may be several, the remedy stands before them.
    public var description: String {
        switch self {
        case .lost, .malformed, .unknown, .failed: "\(causes.joined(separator: "\n")); next: \(remedy)"
        case .unreachable, .incompatible, .unfit, .refused, .pending: Self.hindrance(causes, remedy)
        }
    }

    /// What keeps a job from beginning, and what people do about it, as a text of several lines.
    public static func hindrance(_ causes: [String], _ remedy: String) -> String {
        (["the job cannot begin; next: \(remedy):"] + causes).joined(separator: "\n")
    }
}
