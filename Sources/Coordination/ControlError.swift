public import Specification

/// Why the control plane could not do what was asked. Holds names, numbers and the parties' own sentences, never data.
public enum ControlError: Error, Equatable {
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

extension ControlError: CustomStringConvertible {
    public var description: String {
        func list(_ reasons: [Party: [String]]) -> String {
            reasons.sorted { $0.key < $1.key }.flatMap { party, texts in texts.map { "\(party): \($0)" } }
                .joined(separator: "\n")
        }
        switch self {
        case .lost(let party, let problem): return "\(party): \(problem)"
        case .malformed(let party, let problem): return "\(party) sent \(problem)"
        case .unknown(let party, let name):
            return
                "\(party) sent the message '\(name)' of a newer version, which this program does not know: update it here"
        case .incompatible(let reasons): return reasons.joined(separator: "\n")
        case .unfit(let reasons): return list(reasons)
        case .refused(let reasons): return list(reasons.mapValues { $0.map { "refused by its policy: \($0)" } })
        case .pending(let hash, let commands):
            let lines = commands.sorted { $0.key < $1.key }.map {
                "\($0.key) has not approved job \(hash) yet: \($0.value)"
            }
            return lines.joined(separator: "\n")
        case .failed(let failure):
            let detail = failure.detail.map { " (\($0))" } ?? ""
            return "\(failure.party): step '\(failure.step)': \(failure.reason)\(detail)"
        }
    }
}
