internal import Coordination
internal import Cryptography
internal import Link
internal import Specification
internal import Tables

/// The openings that a job was granted, counted in the ledger before the first of them; what was not used is given back.
///
/// While none has been used, a mark beside the ledger says for what they were: a job whose process dies then, and that is run again,
/// finds them there and is not counted twice. Whatever moment a process dies at, the ledger counts too much rather than too little: the
/// mark comes after the count and goes before the first opening.
final class ExposureReservation {
    private var ledger: ExposureLedger
    private let visits: [Visit]
    /// Names by position in the common order; `nil` where a row is not this party's.
    private let names: [ExposureLedger.RowName?]
    private let step: UInt64
    /// Of openings that were counted and not used.
    private let mark: String
    /// Of those that were given back.
    private let returned: String
    private var isUsed = false

    typealias Visit = (rows: [ExposureLedger.RowName], openings: Int)

    /// - Parameters:
    ///   - marks: Path of both marks of this job on this ledger, without their endings.
    ///   - begins: Whether this books a whole job; else what a job that goes on opens besides.
    init(
        _ ledger: ExposureLedger, visits: [Visit], names: [ExposureLedger.RowName?], step: UInt64, marks: String,
        begins: Bool
    ) throws(StateError) {
        self.ledger = ledger
        self.names = names
        self.visits = visits
        self.step = step
        (mark, returned) = (Self.mark(marks), marks + ".returned")
        let digest = Self.digest(visits, step)
        guard try StateFile.read(mark) != digest else { return }
        try StateFile.remove(mark)
        for visit in visits { self.ledger.count(visit.rows, openings: visit.openings, step: step) }
        try self.ledger.save()
        try StateFile.write(digest, to: mark)
        if begins { try StateFile.remove(returned) }
    }

    private static func mark(_ marks: String) -> String { marks + ".reserved" }

    /// Whether these openings are counted already, for an attempt of this job that used none of them.
    static func isPending(_ visits: [Visit], step: UInt64, marks: String) throws(StateError) -> Bool {
        try StateFile.read(mark(marks)) == digest(visits, step)
    }

    /// The first share is about to leave: from here on the whole reservation counts, however the job ends.
    func use() throws(StateError) {
        try StateFile.remove(mark)
        isUsed = true
    }

    /// Gives back openings that were reserved and cannot happen any more: all parties know that training has stopped. Once, and no
    /// second time where a later attempt hears the same: a second mark, which comes before and stays, says that it was done.
    ///
    /// - Parameter unused: Places in the common order, and how often less they are opened than was reserved.
    /// - Throws: `StateError` where the ledger cannot be written; it then stays too high, the safe side.
    func giveBack(_ unused: [(rows: [Int], openings: Int)]) throws(StateError) {
        guard try StateFile.read(returned) == nil else { return }
        try StateFile.write([], to: returned)
        for visit in unused where visit.openings > 0 {
            ledger.count(visit.rows.compactMap { names[$0] }, openings: visit.openings, step: step, adding: false)
        }
        try ledger.save()
    }

    /// Gives back what no opening came of.
    func settle() {
        // Where the mark stays, so does the count that it stands for.
        guard !isUsed, (try? StateFile.remove(mark)) != nil else { return }
        for visit in visits { ledger.count(visit.rows, openings: visit.openings, step: step, adding: false) }
        // Where the ledger cannot be written, it stays too high: the safe side.
        try? ledger.save()
    }

    private static func digest(_ visits: [Visit], _ step: UInt64) -> [UInt8] {
        var writer = CanonicalWriter()
        writer.text("colonnade/exposure-mark/v1")
        writer.integer(step)
        writer.list(visits) { writer, visit in
            writer.count(visit.openings)
            writer.list(visit.rows) { writer, row in
                writer.integer(row.high)
                writer.integer(row.low)
            }
        }
        return SHA256.hash(writer.bytes)
    }
}

extension PartyRun {
    /// Computes and enforces the exposure of this party's features, and books it before anything is opened.
    ///
    /// - Parameters:
    ///   - visits: How often each row, by its place among the aligned ones, is part of an opened sum.
    ///   - begins: Whether these are a whole job's; else what a job that goes on opens besides.
    /// - Returns: `nil` at the label party, whose features nobody else's opening shows.
    func reserveExposure(
        _ aligned: AlignedRows, _ features: PartyFeatures, _ visits: [(rows: [Int], openings: Int)],
        begins: Bool = true
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
        let marks = "\(folder)/\(dataset.name).\(assignment.hash.hexadecimal.prefix(12))"
        let isPending = try ExposureReservation.isPending(counted, step: step, marks: marks)
        var after = ledger
        if !isPending {
            for visit in counted { after.count(visit.rows, openings: visit.openings, step: step) }
        }
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
                    + (before > 0 && !isPending ? ", on top of \(before.short) from before)" : ")")))
        return try ExposureReservation(ledger, visits: counted, names: rows, step: step, marks: marks, begins: begins)
    }
}

extension Schedule {
    /// How often each row is part of an opened sum that was not booked yet, at most: once an epoch where it is trained on, or validates and
    /// training may stop early; else once. A training that goes on was booked whole when it began; what is opened once more, with other
    /// weights, counts once more.
    func visits(_ start: TrainingStart, every interval: Int) -> [(rows: [Int], openings: Int)] {
        guard start.checkpoint != nil else {
            return [(trainRows, epochs), (validationRows, stopsEarly ? epochs : 1), (testRows, 1)]
        }
        let reopened = start.reopened(every: interval)
        let again = trainBatches.prefix(reopened.upperBound).dropFirst(reopened.lowerBound).map {
            (rows: $0, openings: 1)
        }
        let judged = start.lost.count { mayStop(after: $0) }
        let isTested = start.lost.contains(done + trainRounds)
        return again + (judged > 0 ? [(validationRows, judged), (testRows, 1)] : [])
            + (!stopsEarly && isTested ? [(validationRows, 1), (testRows, 1)] : [])
    }

    /// Those that did not happen where training stopped after fewer epochs.
    func unusedVisits(after epochs: Int) -> [(rows: [Int], openings: Int)] {
        [(trainRows, self.epochs - epochs), (validationRows, self.epochs - epochs)]
    }
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
