internal import Synchronization

/// A folder with the caches of all entities of one tower: keys, values, codes and outputs of their events.
///
/// Belongs to one model and one shape. One process at a time works with it; its threads may each work with other entities. What was
/// committed is there again however the process ends; after the machine lost power, what there was at the last ``synchronise()``.
/// Files are for their owner alone, and **not encrypted**.
public final class HistoryStore: Sendable {
    /// What is kept of an event, and how many are looked at.
    public let shape: CacheShape
    /// The hash of the model whose histories these are.
    public let model: String
    let folder: StoreFolder
    let files: StoreFiles
    let scratch = Mutex<[Scratch]>([])
    private let boot: String
    private let opening: Opening
    private let ledger: Mutex<Ledger>

    /// What was found when the store was opened.
    private struct Opening {
        var cutBytes = 0
        var isAfterRestart = false
    }

    /// The longest name of an entity, in bytes.
    public static let longestName = 1024

    /// Opens a store that is there.
    ///
    /// - Parameters:
    ///   - folder: where it lies.
    ///   - model: the SHA-256 of what determines the tower's outputs, in hexadecimal digits; another one's store is refused.
    ///   - shape: must be that of the store.
    /// - Throws: ``HistoryCacheError``: no store, in use, of another model or shape, damaged.
    public convenience init(opening folder: String, model: String, shape: CacheShape) throws(HistoryCacheError) {
        try self.init(folder, model: model, shape: shape, makes: false)
    }

    /// Opens a store, or makes one where there is none.
    ///
    /// - Parameter folder: made for its owner only, if it is not there; not the folders above it.
    /// - Throws: as ``init(opening:model:shape:)``, and where the disk refuses it.
    public convenience init(creating folder: String, model: String, shape: CacheShape) throws(HistoryCacheError) {
        try self.init(folder, model: model, shape: shape, makes: true)
    }

    /// - Parameter boot: this start of the machine; nil to ask the system.
    package init(
        _ path: String, model: String, shape: CacheShape, makes: Bool, boot known: String? = nil
    ) throws(HistoryCacheError) {
        var problems = shape.problems
        if model.isEmpty || model.utf8.count > 1024 { problems.append("a model's hash of \(model.utf8.count) bytes") }
        guard problems.isEmpty else { throw .impossible(problems: problems) }
        let boot = if let known { known } else { try StoreFolder.currentBoot() }
        let folder = try StoreFolder(path, makes: makes)
        (self.shape, self.model, self.boot, self.folder) = (shape, model, boot, folder)
        guard folder.has(Journal.name) else {
            guard makes else { throw .missing(path: path) }
            files = try StoreFiles(folder, shape, isNew: true)
            let header = JournalHeader(boot: boot, model: model, shape: shape, entities: 0)
            opening = Opening()
            ledger = Mutex(
                Ledger(
                    try Journal(
                        in: folder, header, EmptyCollection<(number: UInt32, state: EntityState)>(), settles: false),
                    [:],
                    nextNumber: 0, spans: PageNumbers(), outputPages: PageNumbers(), bookPages: PageNumbers()))
            return
        }
        let (file, bytes) = try Self.read(folder)
        let replay = try Replay(bytes, path: file.path, boot: boot)
        try Self.check(replay.header, model: model, shape: shape, path: file.path)
        let files = try StoreFiles(folder, shape, isNew: false)
        self.files = files
        opening = Opening(cutBytes: bytes.count - replay.end, isAfterRestart: replay.isAfterRestart)
        let ledger = Ledger(
            try Journal(file, length: replay.end, beginning: replay.beginning), replay.entities,
            nextNumber: replay.nextNumber,
            spans: try files.spanNumbers(
                replay.entities.values.flatMap(\.spans.pages), released: replay.released.spans,
                isAfterRestart: replay.isAfterRestart),
            outputPages: try files.numbers(
                replay.entities.values.flatMap(\.outputPages), released: replay.released.outputs, of: files.outputs),
            bookPages: try files.numbers(
                replay.entities.values.compactMap(\.books?.page), released: replay.released.books, of: files.books))
        self.ledger = Mutex(ledger)
        if replay.isAfterRestart {
            // Codes are not brought to the disk: they follow from keys and code books.
            for state in replay.entities.values where state.books != nil { try cache(state.name).codeAgain() }
            try rewrite()
        }
    }

    private static func read(_ folder: StoreFolder) throws(HistoryCacheError) -> (OwnFile, [UInt8]) {
        let file = try OwnFile(folder.file(Journal.name), isNew: false)
        return (file, try file.read(try file.length, at: 0))
    }

    private static func check(
        _ header: JournalHeader, model: String, shape: CacheShape, path: String
    ) throws(HistoryCacheError) {
        guard header.model == model else { throw .otherModel(path: path, found: header.model, expected: model) }
        guard header.shape == shape else { throw .otherShape(path: path, found: header.shape, expected: shape) }
    }

    /// Whose histories a store holds, for those who want to look at it.
    ///
    /// - Throws: ``HistoryCacheError``: no store, or a damaged one.
    public static func contents(of folder: String) throws(HistoryCacheError) -> (model: String, shape: CacheShape) {
        let lock = try StoreFolder(folder, makes: false)
        guard lock.has(Journal.name) else { throw .missing(path: folder) }
        let (file, bytes) = try read(lock)
        let header = try JournalHeader(bytes, path: file.path)
        return (header.model, header.shape)
    }

    /// Whether somebody works with the store of a folder at this moment.
    public static func isInUse(_ folder: String) -> Bool {
        do throws(HistoryCacheError) { _ = try StoreFolder(folder, makes: false) } catch {
            if case .inUse = error { return true }
        }
        return false
    }

    /// The cache of an entity, which is empty where nothing was committed to it. One at a time: it is in use until it goes.
    ///
    /// - Parameters:
    ///   - entity: 1 to ``longestName`` bytes.
    ///   - blocks: whether copies of often chosen blocks are held in memory.
    public func cache(_ entity: [UInt8], blocks: BlockSettings? = nil) throws(HistoryCacheError) -> EntityCache {
        guard (1...Self.longestName).contains(entity.count) else {
            throw .entity(path: folder.path, problem: "an entity's name of \(entity.count) bytes")
        }
        let state = try change { ledger throws(HistoryCacheError) in try ledger.begin(entity, path: folder.path) }
        return try EntityCache(self, state, blocks: blocks)
    }

    /// Entities that something was committed to, in no order.
    public var entities: [[UInt8]] { ledger.withLock { $0.names } }

    /// Forgets an entity; its room is used again.
    ///
    /// - Returns: whether there was one.
    /// - Throws: while its cache is in use.
    @discardableResult public func remove(_ entity: [UInt8]) throws(HistoryCacheError) -> Bool {
        try change { ledger throws(HistoryCacheError) in try ledger.remove(entity, path: folder.path) }
    }

    /// Brings to the disk what was committed: it outlasts a loss of power from then on.
    public func synchronise() throws(HistoryCacheError) {
        try change { ledger throws(HistoryCacheError) in
            do throws(HistoryCacheError) {
                try files.synchronise()
                try folder.synchronise()
                try ledger.settle()
            } catch {
                ledger.fail(error)
                throw error
            }
        }
    }

    /// Numbers of the store.
    public var statistics: HistoryStatistics {
        ledger.withLock { ledger in
            HistoryStatistics(
                entities: ledger.count, events: ledger.events, valueBytes: ledger.spans.count * files.values.pageBytes,
                // One of its two sets is in use.
                codeBytes: ledger.spans.count
                    * (shape.layers * shape.heads * shape.codeBytes + 4 * shape.sumFloats),
                bookBytes: ledger.bookPages.count * files.books.pageBytes,
                outputBytes: ledger.outputPages.count * files.outputs.pageBytes, journalBytes: ledger.journalBytes,
                cutBytes: opening.cutBytes, isAfterRestart: opening.isAfterRestart)
        }
    }
}

extension HistoryStore {
    /// Writes the journal anew.
    private func rewrite() throws(HistoryCacheError) {
        try change { ledger throws(HistoryCacheError) in try rewrite(&ledger) }
    }

    private func rewrite(_ ledger: inout Ledger) throws(HistoryCacheError) {
        try files.synchronise()
        let header = JournalHeader(boot: boot, model: model, shape: shape, entities: 0)
        try ledger.rewrite(in: folder, header)
    }

    func commit(_ state: EntityState, _ commit: Commit) throws(HistoryCacheError) -> EntityState {
        try change { ledger throws(HistoryCacheError) in
            let next = try ledger.commit(state, commit, shape)
            if ledger.isLong { try rewrite(&ledger) }
            return next
        }
    }

    func end(_ state: EntityState) { ledger.withLock { $0.end(state.name) } }

    /// Takes pages for events to come.
    func takeSpans(_ count: Int) -> [UInt32] { ledger.withLock { take(count, &$0.spans) } }
    func takeOutputPages(_ count: Int) -> [UInt32] { ledger.withLock { take(count, &$0.outputPages) } }
    func takeBookPage() -> UInt32 { ledger.withLock { $0.bookPages.take() } }

    private func take(_ count: Int, _ numbers: inout PageNumbers) -> [UInt32] {
        (0..<count).map { _ in numbers.take() }
    }

    /// Gives back pages of what was not committed.
    func undo(spans: [UInt32] = [], outputPages: [UInt32] = [], bookPages: [UInt32] = []) {
        ledger.withLock { ledger in
            ledger.spans.undo(spans)
            ledger.outputPages.undo(outputPages)
            ledger.bookPages.undo(bookPages)
        }
    }

    /// Alone with the ledger; its errors come through the lock as values.
    private func change<Value>(
        _ body: (inout Ledger) throws(HistoryCacheError) -> Value
    ) throws(HistoryCacheError) -> Value {
        let result = ledger.withLock { ledger -> Result<Value, HistoryCacheError> in
            do throws(HistoryCacheError) { return .success(try body(&ledger)) } catch { return .failure(error) }
        }
        return try result.get()
    }
}

/// Numbers of a store.
public struct HistoryStatistics: Hashable, Sendable {
    /// Entities that something was committed to.
    public var entities: Int
    /// Their events, those out of sight included.
    public var events: Int
    /// Bytes for keys and values of events in sight, whole spans; what was never written to takes no room on the disk.
    public var valueBytes: Int
    /// Bytes of the codes that are in use, and of sums of spans where there are any.
    public var codeBytes: Int
    /// Bytes of code books.
    public var bookBytes: Int
    /// Bytes for outputs.
    public var outputBytes: Int
    /// Bytes of the journal.
    public var journalBytes: Int
    /// Bytes at the journal's end that did not hold when the store was opened: where a process was killed, or after a restart what the
    /// disk had not been made to keep.
    public var cutBytes: Int
    /// Whether the machine was started anew since the store had been opened before: it went back to the last synchronisation.
    public var isAfterRestart: Bool
}
