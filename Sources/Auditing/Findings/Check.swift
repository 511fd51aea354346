/// What a finding is about. The raw values stand in reports, and scripts rely on them.
public enum Check: String, CaseIterable, Sendable, Encodable {
    case chain, signature, structure, completeness, job, certificate, endorsement, specification, plan, order, fields
    case rowList = "row-list"
    case statistic, seal, agreement, attendance, protection
    case payload, key, ciphertext, repetition, uniformity
    case view, mask, noise, replay

    /// What a transcript must hold, or come with, for the check to be made.
    public var level: Level {
        switch self {
        case .chain, .signature, .structure, .completeness, .job, .certificate, .endorsement, .specification, .plan,
            .order, .fields, .rowList, .statistic, .seal, .agreement, .attendance, .protection:
            .headers
        case .payload, .key, .ciphertext, .repetition, .uniformity: .full
        case .view, .mask, .noise: .privateView
        case .replay: .replay
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
        case .rowList: "Lists of rows crossed only where the job allows them."
        case .statistic: "Statistics were told only where the job asks for them."
        case .seal: "At the end each pair signed and counter-signed the heads of their chains."
        case .agreement: "What one party sent, in order, is what the other received."
        case .attendance: "The transcripts of all parties of the job were given."
        case .protection: "The job ran a protocol that protects what it sends."
        case .payload: "What was kept of payloads has the length and the hash that the record says."
        case .key: "Public keys are of the job's size, sound as far as it shows, proved, and share no factor."
        case .ciphertext: "Each ciphertext is one that encryption under its owner's key could give."
        case .repetition: "On one link no two ciphertexts have the same randomness."
        case .uniformity: "Masked shares pass tests for uniformly random bits."
        case .view:
            "A private view is of this party, job and attempt, with its key, its rounds and the times of its frames."
        case .mask: "Every value that the party opened lay behind a mask of its own, wide enough to hide it."
        case .noise: "Masked products that the party sent do not have the randomness of what they were computed from."
        case .replay: "All that was sent is what this program computes again from the party's data, keys and seed."
        }
    }

    /// All levels with what each needs, and their checks: for help pages.
    public static var overview: String {
        Level.allCases.map { level in
            let checks = allCases.filter { $0.level == level }.map { "  \($0.rawValue): \($0.meaning)" }
            return (["\(level.rawValue): needs \(level.need)."] + checks).joined(separator: "\n")
        }.joined(separator: "\n\n")
    }
}

/// What a check needs, beside what those before it do.
public enum Level: String, CaseIterable, Sendable, Encodable {
    case headers
    case full
    case privateView = "private-view"
    case replay

    /// What it takes beside a transcript's public fields.
    public var need: String {
        switch self {
        case .headers: "nothing but transcripts"
        case .full: "payloads that were kept (transcript: full)"
        case .privateView: "one party's private view besides (private-view: kept)"
        case .replay: "a private view with the seed of all randomness, and the party's folder (colonnade-audit replay)"
        }
    }
}

/// How much a finding weighs.
public enum Severity: String, Sendable, Encodable {
    /// The transcript is not what it claims to be, or the job was not run as specified.
    case failure
    /// What could be checked holds, but it is not the whole job.
    case incomplete
    /// Worth knowing; nothing is wrong with the transcript.
    case note
}
