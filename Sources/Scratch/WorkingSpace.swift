internal import Glibc

/// How much memory rows may take, and where the rest of them lies.
public struct WorkingSpace: Hashable, Sendable {
    /// Bytes of memory that a party's rows are to be worked on in. Not a limit that is enforced: it decides what goes into files.
    public var memory: Int
    /// Where temporary files go; made where it is not there.
    public var folder: String
    /// Where files go that models need and that are too large to be a part of them; made where it is not there.
    public var kept: String

    /// 512 MiB.
    public static let standardMemory = 1 << 29
    /// 16 MiB: below, what is fixed would be more than the rows.
    public static let leastMemory = 1 << 24

    /// - Parameters:
    ///   - folder: `$TMPDIR` or `/tmp`, if none is given.
    ///   - kept: `folder`, if none is given.
    public init(memory: Int = standardMemory, folder: String = standardFolder, kept: String? = nil) {
        self.memory = memory
        self.folder = folder
        self.kept = kept ?? folder
    }

    /// `$TMPDIR`, or `/tmp`.
    public static var standardFolder: String {
        guard let folder = getenv("TMPDIR").map({ String(cString: $0) }), !folder.isEmpty else { return "/tmp" }
        return folder
    }

    /// Bytes of one store that stay in memory; of a larger one, none do. A sixteenth: a table's columns, texts that may be numbers yet,
    /// prepared numbers, those before they are put in rows, and what an embedding looks up are stores, and there are other things besides.
    package var share: Int { memory / 16 }
}
