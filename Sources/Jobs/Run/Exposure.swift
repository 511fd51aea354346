internal import Coordination
internal import Link
internal import Tables

/// The openings that a job was granted, counted in the ledger before the first of them; what was not used is given back.
final class ExposureReservation {
    private var ledger: ExposureLedger
    private let visits: [(rows: [ExposureLedger.RowName], openings: Int)]
    private let step: UInt64
    private var isUsed = false

    init(
        _ ledger: ExposureLedger, visits: [(rows: [ExposureLedger.RowName], openings: Int)], step: UInt64
    ) throws(StateError) {
        self.ledger = ledger
        self.visits = visits
        self.step = step
        for visit in visits { self.ledger.count(visit.rows, openings: visit.openings, step: step) }
        try self.ledger.save()
    }

    /// The first share is about to leave: from here on the whole reservation counts, however the job ends.
    func use() { isUsed = true }

    /// Gives back what no opening came of.
    func settle() {
        guard !isUsed else { return }
        for visit in visits { ledger.count(visit.rows, openings: visit.openings, step: step, adding: false) }
        // Where the ledger cannot be written, it stays too high: the safe side.
        try? ledger.save()
    }
}

extension PartyRun {
    /// Computes and enforces the exposure of this party's features, and books it before anything is opened.
    ///
    /// - Parameter visits: How often each row, by its place among the aligned ones, is part of an opened sum.
    /// - Returns: `nil` at the label party, whose features nobody else's opening shows.
    func reserveExposure(
        _ aligned: AlignedRows, _ features: PartyFeatures, _ visits: [(rows: [Int], openings: Int)]
    ) throws -> ExposureReservation? {
        guard role == .feature else { return nil }
        let width = job.model.width
        // Few rows to be scored have a small rank whatever their columns are; the model's were looked at when it was trained.
        let rank = job.predict == nil ? features.rank(limit: width + 1) : .max
        guard width < rank else {
            throw RunError(
                .exposureLimit,
                "a source layer of width \(width) would show all of \(me)'s features at the first opening: "
                    + "its columns have rank \(rank); use a narrower layer or more columns")
        }
        let folder = file.state + "/exposure"
        try StateFile.makeFolder(folder)
        let ledger = try ExposureLedger(path: "\(folder)/\(dataset.name).ledger")
        let rows = aligned.rows.map { $0.map { ExposureLedger.RowName(id: dataset.table.keyEncoding(row: $0)) } }
        let names = rows.compactMap(\.self)
        let counted = visits.map { visit in (rows: visit.rows.compactMap { rows[$0] }, openings: visit.openings) }
        let step = ExposureLedger.step(width: width, columns: features.rawColumns)
        var after = ledger
        for visit in counted { after.count(visit.rows, openings: visit.openings, step: step) }
        let (before, ratio) = (ledger.ratio(of: names), after.ratio(of: names))
        let limit = min(job.exposure.limit, file.policy.exposureLimit)
        let openings = visits.lazy.map(\.openings).max() ?? 0
        let sum =
            "width \(width) x \(openings) \(openings == 1 ? "opening" : "openings") / \(features.rawColumns) columns"
        guard ratio <= limit else {
            throw RunError(
                .exposureLimit,
                "this job would raise the exposure of \(me)'s data set '\(dataset.name)' from \(before.short) to "
                    + "\(ratio.short) (\(sum)); the limit is \(limit.short). Fewer epochs, a narrower source layer or more "
                    + "columns lower it")
        }
        report.exposure = .init(ratio: ratio, limit: limit)
        notify(
            .init(
                stage: .prepare, bytes: bytesSent,
                note: "exposure of \(me)'s features: \(ratio.short) of at most \(limit.short) (\(sum)"
                    + (before > 0 ? ", on top of \(before.short) from earlier jobs)" : ")")))
        return try ExposureReservation(ledger, visits: counted, step: step)
    }
}

extension Schedule {
    /// How often each row is part of an opened sum: once an epoch where it is trained on, else once.
    var visits: [(rows: [Int], openings: Int)] { [(trainRows, epochs), (testRows, 1)] }
}

extension PartyFeatures {
    /// The rank of all columns, embedded categories as zeros and ones and what enters a tower among them; or `limit` where it is
    /// larger.
    func rank(limit: Int) -> Int {
        let own = numbers.rank(limit: limit)
        guard own < limit, lookups.fields > 0 || tower != nil else { return own }
        let all = numbers.beside(lookups.oneHot())
        return (tower.map(all.beside) ?? all).rank(limit: limit)
    }
}
