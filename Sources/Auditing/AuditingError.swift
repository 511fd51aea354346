internal import Transcript

/// Why a page about a transcript or a specification cannot be shown. Holds paths and names, never contents.
public enum AuditingError: Error, Equatable, CustomStringConvertible {
    case unreadable(path: String, problem: String)
    case notATranscript(path: String, problem: String)

    public var description: String {
        switch self {
        case .unreadable(let path, let problem): "\(path) cannot be read: \(problem)"
        case .notATranscript(let path, let problem): "\(path) is not a transcript: \(problem)"
        }
    }
}

extension TranscriptReader {
    /// A reader of the file, or why there is none.
    static func open(_ path: String) throws(AuditingError) -> TranscriptReader {
        do { return try TranscriptReader(path: path) } catch {
            switch error {
            case .unreadable(let path, let problem): throw .unreadable(path: path, problem: problem)
            case .unwritable, .alreadyExists: throw .unreadable(path: path, problem: error.description)
            }
        }
    }
}
