/// Why a job was given up: a closed list, so that a reason can carry no data.
///
/// The raw values stand on the wire and in transcripts and never change meaning. Where two parties give up at the same moment for
/// different reasons, the smaller value is the one that all report: what a party knows of itself comes before what others see of it.
public enum AbortReason: UInt8, CaseIterable, Sendable {
    // What a party's own data is like.
    case badData = 1
    case duplicateIDs = 2
    case emptyIntersection = 3
    case oneClassLabels = 4

    // What a party's policy says.
    case policyRefused = 16
    case notApproved = 17
    case exposureLimit = 18

    // What two parties must agree on before anything private moves.
    case versionMismatch = 32
    case jobMismatch = 33
    case protocolMismatch = 34
    case bindingMismatch = 35

    // What a party received.
    case protocolViolation = 48
    case malformedFrame = 49
    case frameTooLong = 50
    case keyCheckFailed = 51
    case ciphertextInvalid = 52
    case transcriptMismatch = 53
    case repeatedCiphertext = 54

    // What happened inside a party.
    case boundExceeded = 64
    case transcriptUnwritable = 65
    case storageFailed = 66
    case outOfMemory = 67
    case internalError = 68
    case repeatedRandomness = 69

    // What somebody wanted.
    case cancelled = 80
    case stopping = 81
    case busy = 82

    // What a party sees of another.
    case peerLost = 240
    case timedOut = 241

    /// Its name in reports and logs.
    public var name: String { texts.name }

    /// What it means, in one plain sentence.
    public var sentence: String { texts.sentence }

    private var texts: (name: String, sentence: String) {
        switch self {
        case .badData:
            ("bad-data", "Its data is not what the job or its own description of the data says.")
        case .duplicateIDs:
            ("duplicate-ids", "The same id stands in more than one of its rows.")
        case .emptyIntersection:
            ("empty-intersection", "The parties have no id in common.")
        case .oneClassLabels:
            ("one-class-labels", "All labels among the common rows are the same, so there is nothing to learn.")
        case .policyRefused:
            ("policy-refused", "Its policy does not allow this job.")
        case .notApproved:
            ("not-approved", "Nobody there has approved this job.")
        case .exposureLimit:
            ("exposure-limit", "The job would expose more of its features than its limit allows.")
        case .versionMismatch:
            ("version-mismatch", "The parties run versions that do not work together.")
        case .jobMismatch:
            ("job-mismatch", "The parties were given different jobs.")
        case .protocolMismatch:
            ("protocol-mismatch", "The parties' protocol specifications differ.")
        case .bindingMismatch:
            ("binding-mismatch", "A message was not made for the connection that it came over.")
        case .protocolViolation:
            ("protocol-violation", "It sent a message that the protocol does not allow at this point.")
        case .malformedFrame:
            ("malformed-frame", "It sent a frame that cannot be read.")
        case .frameTooLong:
            ("frame-too-long", "It sent a frame that is longer than allowed.")
        case .keyCheckFailed:
            ("key-check-failed", "Its public key or the proof that goes with it failed the check.")
        case .ciphertextInvalid:
            ("ciphertext-invalid", "It sent something that is not a ciphertext under the key in question.")
        case .transcriptMismatch:
            ("transcript-mismatch", "Its record of what was sent differs from its partner's.")
        case .repeatedCiphertext:
            ("repeated-ciphertext", "It sent, or was about to send, a ciphertext that the receiver has already.")
        case .boundExceeded:
            ("bound-exceeded", "A number left the range that the protocol can compute with.")
        case .transcriptUnwritable:
            ("transcript-unwritable", "Its transcript cannot be written, and nothing is sent without one.")
        case .storageFailed:
            ("storage-failed", "A file of its own other than the transcript could not be read or written.")
        case .outOfMemory:
            ("out-of-memory", "The job needs more memory than it may use there.")
        case .internalError:
            ("internal-error", "Its program failed; its own log says where.")
        case .repeatedRandomness:
            ("repeated-randomness", "It was about to use masks or keys a second time.")
        case .cancelled:
            ("cancelled", "Somebody cancelled the job there.")
        case .stopping:
            ("stopping", "Its program was told to stop.")
        case .busy:
            ("busy", "It is taking part in another job.")
        case .peerLost:
            ("peer-lost", "The connection to it ended, or it stopped answering.")
        case .timedOut:
            ("timed-out", "It did not do its part within the time allowed.")
        }
    }
}

extension AbortReason: Comparable {
    public static func < (left: AbortReason, right: AbortReason) -> Bool { left.rawValue < right.rawValue }
}

extension AbortReason: CustomStringConvertible {
    public var description: String { name }
}
