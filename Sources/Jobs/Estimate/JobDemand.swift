internal import Glibc
internal import Paillier
internal import Preparation
internal import Specification
internal import Tables

/// What a job takes of one party's machine, estimated before it begins from what that party knows: a rule by which jobs are put beside
/// each other, not a bound.
public struct JobDemand: Hashable, Sendable {
    /// Of a process that has nothing else to do and does not have the rows yet, in bytes.
    public let memory: Int
    /// What of it comes on top once the rows have been read.
    let beyondRows: Int
    /// Of the state folder, in bytes: transcript, alignment, checkpoints, model.
    public let disk: Int

    /// What a process takes that has nothing to do.
    private static let constant = 42 << 20
    /// What the allocator keeps of what threads worked with: measured.
    private static let working = 36 << 20
    /// The same of making tables of keys, as a factor of these.
    private static let keyShare = (numerator: 13, denominator: 10)
    /// How often what is sent in a round is in memory: with embeddings, powers of its ciphertexts are, too; measured.
    private static let copiesPerRound = (embedded: 28, other: 4)
    /// A cell as a number, as an integer, and as operands of products.
    private static let bytesPerCell = 64
    /// Of an id with its places, while rows are aligned.
    private static let bytesPerID = 160
    /// What a registry keeps of a ciphertext, in both directions.
    private static let bytesPerCiphertext = 25
    /// A frame in a transcript that keeps no payload, with its header and hashes.
    private static let bytesPerFrame = 180
    /// Frames that a party sends and receives in a round with one partner, under protection and without.
    private static let framesPerRound = (blind: 8, plain: 2)

    /// - Parameter columns: What its columns are prepared to; `nil` where that was not looked at.
    init(_ job: Job, _ dataset: Dataset, at file: PartyFile, columns prepared: Int? = nil) {
        let member = job.member(file.name)
        let columns = member?.columns ?? []
        let rows = job.mostOwnRows(of: dataset.table.rowCount)
        let texts = dataset.table.columns.filter { columns.contains($0.name) && $0.type == .category }
        // The label party embeds together with a partner, of which it is known here only that it embeds, too.
        let embedding = [file.name] + (member?.role == .label ? job.featureParties : [])
        let estimate = Estimate(
            job, rows: rows, texts: Dictionary(uniqueKeysWithValues: embedding.map { ($0, texts.count) }))
        let partners = member?.role == .label ? job.featureParties.count : 1
        let own = estimate.bytes / max(1, job.featureParties.count) * partners
        let isBlind = job.protection == .blind
        let ciphertext = job.keys.bits / 4
        // A text becomes a column for each of its values, or a row of a table.
        let width = prepared ?? columns.count - texts.count + 16 * texts.count
        let shares = 4 * width * max(1, job.model.width) * 16
        let round = own / max(1, estimate.rounds)
        // More cells than the party file lets stay in memory lie in files.
        let cells = min(rows * (columns.count + 1) * Self.bytesPerCell, file.space.memory)
        let keys =
            isBlind
            ? PublicKey.memory(keyBits: job.keys.bits, isOwn: true)
                + partners * PublicKey.memory(keyBits: job.keys.bits, isOwn: false) : 0
        beyondRows =
            Self.histories(job, dataset, at: file) + Self.working + rows * Self.bytesPerID + keys
            * Self.keyShare.numerator / Self.keyShare.denominator
            + (isBlind ? own / ciphertext * Self.bytesPerCiphertext + width * ciphertext : 0)
            + round * (isBlind && job.embeds ? Self.copiesPerRound.embedded : Self.copiesPerRound.other)
            + shares
        memory = Self.constant + cells + beyondRows
        let perRound = isBlind ? Self.framesPerRound.blind : Self.framesPerRound.plain
        let frames = estimate.rounds * partners * perRound * Self.bytesPerFrame
        let view = file.privateView == .none ? 0 : rows * (columns.count + 1) * 8
        let sorted = rows > 1 << 20 ? 40 * rows : 0
        let stores = Self.stores(job, dataset, at: file)
        disk = frames + (file.keepsPayloads ? own : 0) + view + sorted + 16 * rows + 4 * shares + stores + (1 << 20)
    }
}

extension JobDemand {
    /// What a tower over histories takes: its budget, and the events as they are read and as they are encoded. An event of a file takes
    /// no more in memory than its line; how many there are elsewhere is not looked at.
    private static func histories(_ job: Job, _ dataset: Dataset, at file: PartyFile) -> Int {
        guard let history = job.historyTowers[file.name] else { return 0 }
        let names = history.histories ?? []
        let sizes = dataset.histories.filter { names.contains($0.name) }.map { $0.rows.file.map(Dataset.size) ?? 0 }
        return history.budget + 2 * (sizes.max() ?? 0)
    }

    /// Bytes of an event's line at least, and of a line that is compressed.
    private static let bytesPerEvent = (plain: 32, compressed: 5)

    /// What a prediction adds to stores of histories at most, beside what is there: keys, values and outputs of every event of a file.
    private static func stores(_ job: Job, _ dataset: Dataset, at file: PartyFile) -> Int {
        guard let model = job.predict, let tower = job.towers[file.name], let history = tower.history,
            let share = history.historyBudget.flatMap(Double.init)
        else { return 0 }
        let stores = HistoryStores(state: file.state, model: model)
        let eventBytes = 8 * history.layers * history.width + 4 * tower.outputs
        return (history.histories ?? []).reduce(0) { sum, name in
            guard let path = dataset.histories.first(where: { $0.name == name })?.rows.file else { return sum }
            let isPlain = !path.hasSuffix(".zst") && !path.hasSuffix(".gz")
            let events = Dataset.size(path) / (isPlain ? bytesPerEvent.plain : bytesPerEvent.compressed)
            return sum + max(0, events * eventBytes - StateFile.room(of: stores.path(of: name, share: share)))
        }
    }

    /// The most memory that a process will have had when the job has ended, if it is the next one there and the rows have been read.
    func peak(of usage: ProcessUsage) -> Int { max(usage.peakMemory, usage.memory + beyondRows) }
}

/// How much room there is where a folder lies.
package struct DiskSpace {
    /// For this process, in bytes.
    let free: Int
    let total: Int

    package init(free: Int, total: Int) { (self.free, self.total) = (free, total) }

    /// - Throws: `StateError` where the system does not tell.
    package init(at folder: String) throws(StateError) {
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else {
            throw .unreadable(path: folder, problem: String(cString: strerror(errno)))
        }
        free = Int(clamping: status.f_bavail) * Int(clamping: status.f_frsize)
        total = Int(clamping: status.f_blocks) * Int(clamping: status.f_frsize)
    }

    /// Why a job that writes so much does not begin; `nil` where there is room for it.
    package func refusal(of job: String, writing bytes: Int, at folder: String) -> String? {
        guard bytes > free else { return nil }
        return
            "job \(job) will write about \(ByteCount.text(bytes)) below \(folder), where \(ByteCount.text(free)) are free; "
            + "make room there (colonnade-party purge), or move the state folder to a larger disk, and run the job again"
    }

    /// What a person should hear before it is too late: less than a tenth is free, or less than 1 GiB.
    package func warning(at folder: String) -> String? {
        guard free < max(total / 10, 1 << 30) else { return nil }
        return "only \(ByteCount.text(free)) of \(ByteCount.text(total)) are free below \(folder): make room there "
            + "(colonnade-party purge) before a job fails"
    }
}
