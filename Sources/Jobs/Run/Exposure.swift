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
    /// - Returns: `nil` at the label party, whose features nobody else's opening shows.
    func reserveExposure(_ aligned: [Int], _ schedule: Schedule, _ prepared: Prepared) throws -> ExposureReservation? {
        guard role == .feature else { return nil }
        let width = job.model.width
        let rank = prepared.features.rank()
        guard width < rank else {
            throw RunError(
                .exposureLimit,
                "a source layer of width \(width) would show all of \(me)'s features at the first opening: "
                    + "its columns have rank \(rank); use a narrower layer or more columns")
        }
        let folder = file.state + "/exposure"
        try StateFile.makeFolder(folder)
        let ledger = try ExposureLedger(path: "\(folder)/\(dataset.name).ledger")
        let names = aligned.map { ExposureLedger.RowName(id: dataset.ids[$0]) }
        let visits: [(rows: [ExposureLedger.RowName], openings: Int)] = [
            (schedule.trainRows.map { names[$0] }, job.train.epochs), (schedule.testRows.map { names[$0] }, 1),
        ]
        let step = ExposureLedger.step(width: width, columns: prepared.rawColumns)
        var after = ledger
        for visit in visits { after.count(visit.rows, openings: visit.openings, step: step) }
        let (before, ratio) = (ledger.ratio(of: names), after.ratio(of: names))
        let limit = min(job.exposure.limit, file.policy.exposureLimit)
        let sum = "width \(width) x \(job.train.epochs) epochs / \(prepared.rawColumns) columns"
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
        return try ExposureReservation(ledger, visits: visits, step: step)
    }
}
