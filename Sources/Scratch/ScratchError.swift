/// Why something does not fit on the disk. Holds a folder, numbers and the system's words.
public enum ScratchError: Error, Equatable {
    /// A temporary file cannot be made, written or read.
    case file(folder: String, problem: String)
    /// Less is free than will be needed, in bytes.
    case full(folder: String, needed: Int, free: Int)
}

extension ScratchError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .file(let folder, let problem):
            "a temporary file in \(folder) fails: \(problem)"
        case .full(let folder, let needed, let free):
            "\(folder): rows that do not fit into memory need about \(Self.megabytes(needed)) on this disk, where "
                + "\(Self.megabytes(free)) are free; free some, move the folder, or give the party more memory"
        }
    }

    private static func megabytes(_ bytes: Int) -> String { "\((bytes + 999_999) / 1_000_000) MB" }
}
