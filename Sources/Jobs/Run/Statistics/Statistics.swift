internal import BinStatistics
internal import Coordination
internal import Cryptography
internal import Link
internal import Paillier
internal import Runtime
internal import Specification
internal import Tables

/// Before anything is prepared: what bins of columns say of the label, how columns correlate, and what follows for the model.
extension PartyRun {
    /// Which of this party's columns enter the model, as what; all of them where the job asks for nothing.
    ///
    /// A training that goes on has its preparation: nobody is asked again, and the label party looks at its own columns alone, for its
    /// baselines.
    ///
    /// - Throws: ``RunError`` where a policy does not allow an answer, or the selection leaves nothing in.
    func chooseColumns(
        _ aligned: AlignedRows, _ schedule: Schedule, _ start: TrainingStart, _ random: any RandomSource
    ) throws -> ColumnChoice {
        guard !schedule.trainRows.isEmpty else { return .everything }
        var choice = try countBins(aligned, schedule, start, random)
        if job.asksCorrelations {
            if let preparation = start.checkpoint?.preparation {
                choice.left = Set(job.sourceColumns(of: me)).subtracting(preparation.columns)
            } else {
                try correlate(&choice, aligned.rows(at: schedule.trainRows), random)
            }
        }
        if !choice.left.isEmpty {
            let columns = job.sourceColumns(of: me)
            report.notes.append("\(choice.left.count) of \(columns.count) columns were left out by the job's selection")
        }
        return choice
    }

    /// Asks the label party about bins of this party's columns, or answers and looks at its own.
    private func countBins(
        _ aligned: AlignedRows, _ schedule: Schedule, _ start: TrainingStart, _ random: any RandomSource
    ) throws -> ColumnChoice {
        guard job.asksStatistics else { return .everything }
        notify(.init(stage: .prepare, bytes: bytesSent, note: "counting bins of columns"))
        let rows = aligned.rows(at: schedule.trainRows)
        let choice: ColumnChoice
        switch role {
        case .label:
            let known = try dataset.table.binaryLabels(job.label, rows: rows)
            if !job.statisticsPartners.isEmpty, start.checkpoint == nil {
                var labels = known.makeIterator()
                try answer(
                    schedule.trainRows.map { place in
                        aligned[place] == nil ? nil : labels.next().map { $0 == 1 ? 1 : 0 }
                    }, random)
            }
            choice = try ColumnChoice(dataset.table, job, of: me, rows: rows, labels: known)
        case .feature:
            guard job.statisticsPartners.contains(me), start.checkpoint == nil else { return .everything }
            choice = try ask(rows, of: schedule.trainRows.count, random)
        }
        report.statistics = choice.values
        try keep(choice)
        let columns = Set(job.sourceColumns(of: me))
        guard job.select?.bins == nil || choice.values.contains(where: { $0.isKept && columns.contains($0.column) })
        else {
            throw RunError(
                .badData,
                "select.min-iv leaves no column of \(me)'s in: lower it, or take other columns")
        }
        return choice
    }

    private func parameters(rows: Int) -> BinStatisticsParameters {
        BinStatisticsParameters(
            label: job.labelParty, features: job.statisticsPartners, rows: rows, bins: job.mostBins,
            keyBits: job.keys.bits, isProtected: job.protection == .blind, attempt: assignment.attempt)
    }

    /// This party's keys, where the job has any.
    func statisticsKeys(_ random: any RandomSource) throws -> (own: PrivateKey, partners: [Party: PublicKey])? {
        job.protection == .blind ? try exchangeKeys(random) : nil
    }

    private func run(
        _ parameters: BinStatisticsParameters, _ body: (Session) throws -> Void
    ) throws {
        let session = try session(BinStatisticsProtocol.specification, parameters.plan())
        try body(session)
        try finish(session)
        report.ciphertexts.sent += (session.traffic.sentPayload[.ciphertext] ?? 0) / (parameters.keyBits / 4)
    }

    // MARK: - A feature party

    private func ask(_ rows: RowNumbers, of count: Int, _ random: any RandomSource) throws -> ColumnChoice {
        let asked = try AskedColumns(dataset.table, job, of: me, rows: rows)
        guard !asked.bins.isEmpty else {
            throw RunError(.badData, "none of \(me)'s columns that the job asks about varies over the training rows")
        }
        guard rows.count == count else { throw RunError(.internalError, "a feature party has all aligned rows") }
        let keys = try statisticsKeys(random)
        let parameters = parameters(rows: count)
        var role = try BinStatisticsFeatureParty(
            me, parameters, labelKey: keys?.partners[job.labelParty],
            columns: asked.places(dataset.table, rows: rows), weighed: asked.weighed, random: random)
        var answers: [BinnedColumnStatistics] = []
        try run(parameters) { answers = try $0.run(&role) { try $0.start() }.first ?? [] }
        return asked.choice(answers)
    }

    // MARK: - The label party

    /// - Parameter labels: Of each training row, `nil` where it has none.
    private func answer(_ labels: [Int?], _ random: any RandomSource) throws {
        let keys = try statisticsKeys(random)
        let parameters = parameters(rows: labels.count)
        var role = try BinStatisticsLabelParty(parameters, key: keys?.own, labels: labels, random: random)
        try run(parameters) { session in
            let outputs = try session.run(&role) { try $0.start() }
            guard case .counted(let counts)? = outputs.first else {
                throw RunError(.internalError, "no bins were counted")
            }
            let answers = try answers(counts, weighed: role.weighed)
            _ = try session.run(&role) { try $0.tell(answers) }
        }
    }

    /// Answers that the policy allows; they are booked before any of them leaves.
    private func answers(
        _ counts: [Party: [[BinCount]]], weighed: [Party: Int]
    ) throws -> [Party: [BinnedColumnStatistics]] {
        let folder = file.state + "/statistics"
        try StateFile.makeFolder(folder)
        // Another job may ask about bins at the same time.
        return try StateFile.alone(in: folder) { try answers(counts, weighed: weighed, bookingIn: folder) }
    }

    private func answers(
        _ counts: [Party: [[BinCount]]], weighed: [Party: Int], bookingIn folder: String
    ) throws -> [Party: [BinnedColumnStatistics]] {
        let policy = file.policy.statistics
        var ledger = try StatisticsLedger(path: "\(folder)/\(dataset.name).ledger")
        for (party, columns) in counts.sorted(by: { $0.key < $1.key }) {
            let wantsWeights = weighed[party] ?? 0 > 0
            guard policy.reveal >= (wantsWeights ? .weights : .value) else {
                throw RunError(.policyRefused, "statistics of bins are not told here (policy.statistics.reveal)")
            }
            guard !wantsWeights || job.wantsWeights(party) else {
                throw RunError(
                    .policyRefused, blaming: party, "\(party) asks for weights of bins that the job does not give it")
            }
            let sizes = columns.flatMap { $0.map(\.rows) }.filter { $0 > 0 }
            guard sizes.allSatisfy({ $0 >= policy.minimumBin }) else {
                throw RunError(
                    .policyRefused, blaming: party,
                    "a bin of \(party)'s holds fewer than \(policy.minimumBin) rows with a label "
                        + "(policy.statistics.min-bin); raise select.min-bin or take fewer bins")
            }
            try ledger.book(sizes.count, for: party, limit: policy.bins)
        }
        let answers = try counts.mapValues { columns in
            try columns.map { try BinnedColumnStatistics($0, label: job.label) }
        }
        try ledger.save()
        return answers
    }
}

// MARK: - For this party's own people

extension PartyRun {
    /// Writes what this party now knows of its columns: the coordinator is told of it only where the policy says so.
    private func keep(_ choice: ColumnChoice) throws {
        try keepTable(
            named: "", head: "column,information-value,kept",
            choice.values.map { [$0.column.quoted, "\($0.informationValue)", $0.isKept ? "1" : "0"] })
    }

    /// Writes a table for this party's own people into its state folder.
    ///
    /// - Parameter suffix: What its file's name has behind the job's.
    func keepTable(named suffix: String, head: String, _ rows: [[String]]) throws {
        let folder = file.state + "/statistics"
        try StateFile.makeFolder(folder)
        let name = "\(job.name)-\(assignment.hash.hexadecimal.prefix(12))-\(assignment.attempt)\(suffix)"
        let text = ([head] + rows.map { $0.joined(separator: ",") }).joined(separator: "\n") + "\n"
        try StateFile.write(Array(text.utf8), to: "\(folder)/\(name).csv")
    }
}

extension String {
    /// As a field of a CSV file.
    var quoted: String { "\"" + replacing("\"", with: "\"\"") + "\"" }
}
