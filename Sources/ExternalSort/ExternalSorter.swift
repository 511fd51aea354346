internal import Scratch

/// Sorts keys of any number in a given memory: what does not fit lies as sorted runs in a file without a name, and is merged at the end.
///
/// A file that nobody else can open, on the disk in the clear: not for keys that may not be there. Not for use from several threads
/// at a time.
package final class ExternalSorter {
    /// Keys that are held in memory unless a caller says otherwise: 12 MiB.
    package static let standardCapacity = 1 << 19

    /// Merging reads at least so many keys of a run at a time.
    private static let leastShare = 16

    private let capacity: Int
    private let folder: String
    private var buffer: [PlacedKey] = []
    private var file: KeyFile?
    /// The runs in the file, in keys.
    private var runs: [Range<Int>] = []
    private var isVisited = false

    /// Keys that it was given.
    package private(set) var count = 0

    /// - Parameters:
    ///   - capacity: How many keys are held in memory, 24 bytes each; sorting takes half as much again.
    ///   - folder: Where the file goes if one is needed.
    package init(capacity: Int = standardCapacity, folder: String = WorkingSpace.standardFolder) {
        precondition(capacity >= Self.leastShare, "memory for \(Self.leastShare) keys at least")
        self.capacity = capacity
        self.folder = folder
    }

    /// Takes a key.
    /// - Throws: ``ExternalSortError``.
    package func append(_ key: PlacedKey) throws(ExternalSortError) {
        precondition(!isVisited, "keys come before they are visited")
        if buffer.count == capacity { try spill() }
        buffer.append(key)
        count += 1
    }

    /// Calls `body` with every key in ascending order, once; then the sorter is empty for good.
    /// - Throws: ``ExternalSortError``.
    package func visit(_ body: (PlacedKey) -> Void) throws(ExternalSortError) {
        precondition(!isVisited, "keys are visited once")
        isVisited = true
        defer { (buffer, file) = ([], nil) }
        if !runs.isEmpty, !buffer.isEmpty { try spill() }
        guard let file else {
            buffer.sort()
            return buffer.forEach(body)
        }
        buffer = []
        var merge = try RunMerge(of: runs, in: file, memory: capacity)
        while let key = try merge.next() { body(key) }
    }

    /// Appends what is in memory to the file, as one more run.
    private func spill() throws(ExternalSortError) {
        guard (runs.count + 1) * Self.leastShare <= capacity else {
            throw .tooMany(limit: capacity / Self.leastShare * capacity)
        }
        let file: KeyFile
        if let open = self.file { file = open } else { file = try KeyFile(in: folder) }
        self.file = file
        buffer.sort()
        let start = runs.last?.upperBound ?? 0
        try file.write(buffer, at: start)
        runs.append(start..<start + buffer.count)
        buffer.removeAll(keepingCapacity: true)
    }
}

/// Why keys cannot be sorted. Holds paths and the system's words, never keys.
package enum ExternalSortError: Error, Equatable, CustomStringConvertible {
    /// What does not fit into memory has no place on the disk, or cannot be read from there.
    case file(folder: String, problem: String)
    /// More keys than can be merged in this memory.
    case tooMany(limit: Int)

    package var description: String {
        switch self {
        case .file(let folder, let problem): "a temporary file in \(folder) fails: \(problem)"
        case .tooMany(let limit): "more than the \(limit) keys that can be sorted in this memory"
        }
    }
}
