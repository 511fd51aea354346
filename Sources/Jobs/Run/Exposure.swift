internal import Coordination
internal import Cryptography
internal import Link
internal import Specification
package import Tables

/// The openings that a job was granted, counted in the ledger before the first of them; what was not used is given back.
///
/// While none has been used, a mark beside the ledger says for what they were: a job whose process dies then, and that is run again,
/// finds them there and is not counted twice. Whatever moment a process dies at, the ledger counts too much rather than too little: the
/// mark comes after the count and goes before the first opening. Several jobs may book on one ledger at once: it is read anew, and alone,
/// whenever it is changed.
package final class ExposureReservation {
    private let folder: String
    private let dataset: String
    private let visits: [Visit]
    private let names: RowNames
    private let step: UInt64
    /// Of openings that were counted and not used.
    private let mark: String
    /// Of those that were given back.
    private let returned: String
    private var isUsed = false
    package private(set) var change = Change(before: 0, after: 0, isPending: false)

    /// Positions in the common order, of rows that are this party's, and how often they are opened.
    package typealias Visit = (rows: RowNumbers, openings: Int)

    /// What the ledger calls aligned rows: 20 bytes each.
    package struct RowNames {
        /// By position in the common order; of a row that is not this party's, that of another.
        fileprivate let names: [ExposureLedger.RowName]
        private let aligned: AlignedRows

        init(_ aligned: AlignedRows, _ keys: RowKeys) {
            self.aligned = aligned
            names = aligned.filled.map { ExposureLedger.RowName(id: keys.encoding(row: $0)) }
        }

        /// Names as they are, one for each row of a party that has all of them.
        package init(_ names: [ExposureLedger.RowName]) {
            (self.names, aligned) = (names, AlignedRows(rows: names.indices.lazy.map { $0 }))
        }

        /// This party's rows at some positions.
        func callAsFunction(_ positions: some Sequence<Int>) -> some Sequence<ExposureLedger.RowName> {
            positions.lazy.filter { aligned[$0] != nil }.map { names[$0] }
        }

        /// All of this party's rows.
        var all: some Sequence<ExposureLedger.RowName> { self(names.indices) }

        /// This party's rows among some positions.
        func own(_ positions: RowNumbers) -> RowNumbers { RowNumbers(positions.lazy.filter { aligned[$0] != nil }) }
    }

    /// The most exposed row's ratio before a booking and after it.
    package struct Change {
        package var before: Double
        package var after: Double
        /// Whether the openings were counted already, for an attempt of this job that used none of them.
        package var isPending: Bool
    }

    /// Books openings, where they are let.
    ///
    /// - Parameters:
    ///   - folder: Where the ledgers are.
    ///   - visits: Of rows that are this party's.
    ///   - names: The job's rows in the common order.
    ///   - job: What the marks are called by.
    ///   - begins: Whether this books a whole job; else what a job that goes on opens besides.
    ///   - check: Throws where what the booking comes to is too much; nothing is booked then.
    package init(
        folder: String, dataset: String, job: String, visits: [Visit], names: RowNames, step: UInt64,
        begins: Bool = true, _ check: (Change) throws -> Void
    ) throws {
        (self.folder, self.dataset, self.visits, self.names, self.step) = (folder, dataset, visits, names, step)
        mark = "\(folder)/\(dataset).\(job).reserved"
        returned = "\(folder)/\(dataset).\(job).returned"
        try StateFile.makeFolder(folder)
        let digest = Self.digest(visits, names, step)
        try StateFile.alone(in: folder) {
            var ledger = try ExposureLedger(path: path)
            let before = ledger.ratio(of: names.all)
            let isPending = try StateFile.read(mark) == digest
            if !isPending {
                for visit in visits { ledger.count(names(visit.rows), openings: visit.openings, step: step) }
            }
            change = Change(before: before, after: ledger.ratio(of: names.all), isPending: isPending)
            try check(change)
            guard !isPending else { return }
            try StateFile.remove(mark)
            try ledger.save()
            try StateFile.write(digest, to: mark)
            if begins { try StateFile.remove(returned) }
        }
    }

    private var path: String { "\(folder)/\(dataset).ledger" }

    /// Takes openings back.
    private func takeBack(_ visits: [Visit]) throws {
        try StateFile.alone(in: folder) {
            var ledger = try ExposureLedger(path: path)
            for visit in visits { ledger.count(names(visit.rows), openings: visit.openings, step: step, adding: false) }
            try ledger.save()
        }
    }

    /// The first share is about to leave: from here on the whole reservation counts, however the job ends.
    package func use() throws(StateError) {
        try StateFile.remove(mark)
        isUsed = true
    }

    /// Gives back openings that were reserved and cannot happen any more: all parties know that training has stopped. Once, and no
    /// second time where a later attempt hears the same: a second mark, which comes before and stays, says that it was done.
    ///
    /// - Parameter unused: Places in the common order, and how often less they are opened than was reserved.
    /// - Throws: `StateError` where the ledger cannot be written; it then stays too high, the safe side.
    package func giveBack(_ unused: [(rows: RowNumbers, openings: Int)]) throws {
        guard try StateFile.read(returned) == nil else { return }
        try StateFile.write([], to: returned)
        try takeBack(unused.filter { $0.openings > 0 })
    }

    /// Gives back what no opening came of.
    package func settle() {
        // Where the mark stays, so does the count that it stands for.
        guard !isUsed, (try? StateFile.remove(mark)) != nil else { return }
        // Where the ledger cannot be written, it stays too high: the safe side.
        try? takeBack(visits)
    }

    private static func digest(_ visits: [Visit], _ names: RowNames, _ step: UInt64) -> [UInt8] {
        var hash = SHA256()
        var writer = CanonicalWriter()
        writer.text("colonnade/exposure-mark/v1")
        writer.integer(step)
        writer.integer(UInt32(visits.count))
        hash.update(writer.bytes)
        for visit in visits {
            var writer = CanonicalWriter()
            writer.count(visit.openings)
            hash.update(writer.bytes)
            hash.update(list: visit.rows) { writer, row in
                writer.integer(names.names[row].high)
                writer.integer(names.names[row].low)
            }
        }
        return hash.digest()
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
        _ aligned: AlignedRows, _ features: PartyFeatures, _ visits: [(rows: RowNumbers, openings: Int)],
        begins: Bool = true
    ) throws -> ExposureReservation? {
        guard role == .feature else { return nil }
        let width = job.model.width
        // Few rows to be scored have a small rank whatever their columns are; the model's were looked at when it was trained.
        let rank = job.predict == nil ? try features.rank(limit: width + 1) : .max
        guard width < rank else {
            throw RunError(
                .exposureLimit,
                "a source layer of width \(width) would show all of \(me)'s features at the first opening: "
                    + "its columns have rank \(rank); use a narrower layer or more columns")
        }
        let names = ExposureReservation.RowNames(aligned, try dataset.table.keys())
        let counted = visits.map { visit in (rows: names.own(visit.rows), openings: visit.openings) }
        let limit = min(job.exposure.limit, file.policy.exposureLimit)
        let openings = visits.lazy.map(\.openings).max() ?? 0
        let sum =
            "width \(width) x \(openings) \(openings == 1 ? "opening" : "openings") / \(features.rawColumns) columns"
        let reservation = try ExposureReservation(
            folder: file.state + "/exposure", dataset: dataset.name,
            job: String(assignment.hash.hexadecimal.prefix(12)), visits: counted, names: names,
            step: ExposureLedger.step(width: width, columns: features.rawColumns), begins: begins
        ) { change in
            guard change.after <= limit else {
                throw RunError(
                    .exposureLimit,
                    "this job would raise the exposure of \(me)'s data set '\(dataset.name)' from \(change.before.short) to "
                        + "\(change.after.short) (\(sum)); the limit is \(limit.short). "
                        + (job.predict == nil
                            ? "Fewer epochs, a narrower source layer or more columns lower it"
                            : "Rows that no job has opened before, such as new ones alone, have more left"))
            }
        }
        let change = reservation.change
        report.exposure = .init(ratio: change.after, limit: limit)
        notify(
            .init(
                stage: .prepare, bytes: bytesSent,
                note: "exposure of \(me)'s features: \(change.after.short) of at most \(limit.short) (\(sum)"
                    + (change.before > 0 && !change.isPending
                        ? ", on top of \(change.before.short) from before)" : ")")))
        return reservation
    }
}

extension Schedule {
    /// How often each row is part of an opened sum that was not booked yet, at most: once an epoch where it is trained on, or validates and
    /// training may stop early; else once. A training that goes on was booked whole when it began; what is opened once more, with other
    /// weights, counts once more.
    func visits(_ start: TrainingStart, every interval: Int) -> [(rows: RowNumbers, openings: Int)] {
        guard start.checkpoint != nil else {
            return [(trainRows, epochs), (validationRows, stopsEarly ? epochs : 1), (testRows, 1)]
        }
        let reopened = start.reopened(every: interval)
        let again = trainBatches.prefix(reopened.upperBound).dropFirst(reopened.lowerBound).map {
            (rows: RowNumbers($0), openings: 1)
        }
        let judged = start.lost.count { mayStop(after: $0) }
        let isTested = start.lost.contains(done + trainRounds)
        return again + (judged > 0 ? [(validationRows, judged), (testRows, 1)] : [])
            + (!stopsEarly && isTested ? [(validationRows, 1), (testRows, 1)] : [])
    }

    /// Those that did not happen where training stopped after fewer epochs.
    func unusedVisits(after epochs: Int) -> [(rows: RowNumbers, openings: Int)] {
        [(trainRows, self.epochs - epochs), (validationRows, self.epochs - epochs)]
    }
}

extension PartyFeatures {
    /// The rank of all columns, embedded categories as zeros and ones and what enters a tower among them; or `limit` where it is
    /// larger.
    func rank(limit: Int) throws -> Int {
        let own = try numbers.rank(limit: limit)
        guard own < limit, lookups.fields > 0 || tower != nil else { return own }
        let all = try numbers.beside(lookups.oneHot())
        return try (tower.map { try all.beside($0) } ?? all).rank(limit: limit)
    }
}
