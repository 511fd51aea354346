/// What a finding is about. The raw values stand in reports, and scripts rely on them.
public enum Check: String, CaseIterable, Sendable, Encodable {
    case chain, signature, structure, completeness, job, certificate, endorsement, specification, plan, order, fields
    case payload, seal, agreement, attendance, protection
    case view, mask, noise, replay

    /// What a transcript must hold for the check to be made.
    public var level: Level {
        switch self {
        case .payload: .full
        case .view, .mask, .noise: .privateView
        case .replay: .replay
        case .chain, .signature, .structure, .completeness, .job, .certificate, .endorsement, .specification, .plan,
            .order, .fields, .seal, .agreement, .attendance, .protection:
            .headers
        }
    }

    /// What it holds transcripts to, in one sentence.
    public var meaning: String {
        switch self {
        case .chain: "Every record carries the hash of all records before it."
        case .signature: "Every signature of the chain was made with the transcript key."
        case .structure: "One header, then sessions with their frames, one end, its signature, nothing after it."
        case .completeness: "The job ran to its end, and the whole transcript is here."
        case .job: "The job's hash is that of the embedded job, and the same in every transcript."
        case .certificate: "Certificates name their parties, are those of the job, and the same in every transcript."
        case .endorsement: "Each party's certificate key has signed its transcript key for this job."
        case .specification: "The embedded specifications are those of the job and of this program."
        case .plan: "Each session's plan fits its specification, and all its parties have the same."
        case .order: "Exactly the frames of the plan crossed each link, in its order, none extra, none missing."
        case .fields: "Kind, key owner, subject, weights, shape, scale, slots and length of each frame are as planned."
        case .payload: "What was kept of payloads has the length and the hash that the record says."
        case .seal: "At the end each pair signed and counter-signed the heads of their chains."
        case .agreement: "What one party sent, in order, is what the other received."
        case .attendance: "The transcripts of all parties of the job were given."
        case .view:
            "A private view is of this party, job and attempt, with its key, its rounds and the times of its frames."
        case .mask: "Every value that the party opened lay behind a mask of its own, wide enough to hide it."
        case .noise: "Masked products that the party sent do not have the randomness of what they were computed from."
        case .replay: "All that was sent is what this program computes again from the party's data, keys and seed."
        case .protection: "The job ran a protocol that protects what it sends."
        }
    }

    /// All checks with their levels, for help pages: a line each.
    public static var overview: String {
        allCases.map { "\($0.rawValue) (\($0.level.rawValue)): \($0.meaning)" }.joined(separator: "\n")
    }
}

/// What a check needs beside the transcript's public fields.
public enum Level: String, CaseIterable, Sendable, Encodable {
    /// Nothing: every transcript has it.
    case headers
    /// Kept payloads.
    case full
    /// One party's private view.
    case privateView = "private-view"
    /// A private view with the seed of all randomness, and the party's folder.
    case replay
}

/// How much a finding weighs.
public enum Severity: String, Sendable, Encodable {
    /// The transcript is not what it claims to be, or the job was not run as specified.
    case failure
    /// What is there holds, but it is not the whole job.
    case incomplete
    /// Worth knowing; nothing is wrong with the transcript.
    case note
}
