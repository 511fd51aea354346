/// Why attacks cannot be tried. Holds paths, names and numbers, never contents.
public enum AttackError: Error, Equatable, CustomStringConvertible {
    case unreadable(path: String, problem: String)
    /// The transcript has headers only.
    case payloadsNotKept(path: String)
    /// A view or a list of labels that does not belong to the transcript.
    case foreign(path: String, problem: String)
    /// A view that does not hold together.
    case malformed(path: String, problem: String)
    /// A payload that its header does not describe.
    case payload(path: String, frame: Int, step: String)
    /// No transcript with a view beside it.
    case nothingFound(folder: String)

    public var description: String {
        switch self {
        case .unreadable(let path, let problem): "\(path) cannot be read: \(problem)"
        case .payloadsNotKept(let path):
            "\(path) holds no payloads: the party file must say 'transcript: full' before the job runs"
        case .foreign(let path, let problem), .malformed(let path, let problem): "\(path): \(problem)"
        case .payload(let path, let frame, let step):
            "\(path), frame \(frame): the payload of \(step) has another length than its header says"
        case .nothingFound(let folder):
            "\(folder) holds no transcript with a private view beside it (FILE.transcript, FILE.view)"
        }
    }
}
