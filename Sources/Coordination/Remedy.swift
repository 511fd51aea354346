public import Link
public import Specification

extension AbortReason {
    /// What becomes of a job that ended for a reason, once that is put right.
    public enum Continuation: Hashable, Sendable {
        /// It goes on from the last checkpoint that all parties have, or begins anew where there is none.
        case resume
        /// It is run once more, from its job file.
        case run
    }

    /// How a job that ended for this reason comes to its end after all.
    public var continuation: Continuation {
        switch self {
        case .bindingMismatch, .transcriptUnwritable, .storageFailed, .internalError, .repeatedRandomness, .cancelled,
            .stopping, .peerLost, .timedOut:
            .resume
        case .badData, .duplicateIDs, .emptyIntersection, .oneClassLabels, .policyRefused, .notApproved, .exposureLimit,
            .versionMismatch, .jobMismatch, .protocolMismatch, .protocolViolation, .malformedFrame, .frameTooLong,
            .keyCheckFailed, .ciphertextInvalid, .transcriptMismatch, .repeatedCiphertext, .boundExceeded,
            .outOfMemory, .busy:
            .run
        }
    }

    /// What has to be done before that, and by whom, where `party` gave the occasion: a clause without a full stop.
    public func remedy(at party: Party) -> String {
        // Nobody connects to a coordinator, and what ended it is over when it reads this.
        if party.name == ControlMessage.coordinatorName, [.stopping, .peerLost, .timedOut].contains(self) {
            return "nothing has to be put right at the parties"
        }
        return switch self {
        case .badData:
            "change the job file, or have \(party) change its data or party.yaml (colonnade-party check shows what jobs see)"
        case .duplicateIDs:
            "\(party) makes ids unique in its data or query, or the job file says align.duplicates: first"
        case .emptyIntersection:
            "the parties compare how they write ids (the job's align.types, trim, fold-case) and which rows they read"
        case .oneClassLabels:
            "\(party) looks whether it reads the right label column and rows: both classes have to be among the common ones"
        case .policyRefused:
            "change the job file so that it fits, or have the party whose policy this is change it (policy in its party.yaml)"
        case .notApproved:
            "a person at \(party) approves the job (colonnade-party approve)"
        case .exposureLimit:
            "change the job file, offer other rows, or have \(party) raise policy.exposure-limit and accept what that gives away"
        case .versionMismatch, .protocolMismatch:
            "all parties and the coordinator install one version of the program (colonnade check compares them)"
        case .jobMismatch:
            "the parties compare the job's hash (colonnade-party jobs): all were told the same one, or the coordinator is at fault"
        case .bindingMismatch:
            "nothing, the first time; after that look for what changes or repeats messages between the parties"
        case .protocolViolation, .malformedFrame, .frameTooLong, .keyCheckFailed, .ciphertextInvalid,
            .repeatedCiphertext:
            "ask \(party) whether its program is the released one, and audit the job (colonnade-audit verify, all transcripts)"
        case .transcriptMismatch:
            "audit the job (colonnade-audit verify, all transcripts): that shows where they differ"
        case .boundExceeded:
            "lower train.optimizer.rate in the job file, or clip columns there (prepare)"
        case .transcriptUnwritable, .storageFailed:
            "\(party) sees to the disk of its state folder: room, rights, health"
        case .outOfMemory:
            "\(party) gives jobs more memory (jobs.memory in its party.yaml), or the job file takes fewer rows (align.sample)"
        case .internalError:
            "\(party) looks into its log, and reports what it says there if this happens again"
        case .repeatedRandomness:
            "\(party) makes sure that its state folder is the latest one, and that no copy of it is in use"
        case .cancelled:
            "ask \(party) whether the job may go on"
        case .stopping:
            "\(party) is started again"
        case .busy:
            "wait until \(party) has a place for the job (colonnade-party jobs lists what runs there)"
        case .peerLost:
            "see that \(party) runs (its log says how it ended) and can be reached at the address that others have of it"
        case .timedOut:
            "see what \(party) was doing (its log, colonnade-party jobs), and whether the network to it holds"
        }
    }
}

extension ControlMessage.Failure {
    /// The reason, if this version knows it.
    public var abortReason: AbortReason? { AbortReason.allCases.first { $0.name == reason } }

    /// Party, step and cause, for people: `shop: step 'align': bad-data (...)`. In the words of the party where it happened, or else in
    /// those of the closed list.
    public var cause: String {
        let words = detail ?? abortReason?.sentence
        return "\(party): step '\(step)': \(reason)" + (words.map { " (\($0))" } ?? "")
    }

    /// What to do about it: a clause without a full stop.
    public var remedy: String {
        guard let abortReason else { return "ask \(party), whose version of the program knows this reason" }
        let end = abortReason.continuation == .resume ? "then resume the job" : "then run the job again"
        return "\(abortReason.remedy(at: party)); \(end)"
    }

    /// Whether the same job may go on, from its last checkpoint, once the cause is gone.
    public var isResumable: Bool { abortReason?.continuation == .resume }
}
