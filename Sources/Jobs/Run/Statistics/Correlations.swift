internal import Coordination
internal import Correlation
internal import Cryptography
internal import Link
internal import Paillier
internal import Preparation
internal import Runtime
internal import Specification
internal import Tables

/// Correlations of all parties' columns: who tells whom, under which policy, and what follows for this party's columns.
extension PartyRun {
    /// A party and how many columns it brings.
    private typealias Count = (party: Party, count: Int)

    /// Correlates this party's columns with all others, and leaves out what the job's selection does not want.
    ///
    /// - Parameter rows: The training rows of its table: all parties have all of them.
    /// - Throws: ``RunError`` where this party's policy does not allow it, or the selection leaves nothing in.
    func correlate(_ choice: inout ColumnChoice, _ rows: RowNumbers, _ random: any RandomSource) throws {
        notify(.init(stage: .prepare, bytes: bytesSent, note: "correlating columns"))
        try requireTrainingRows(rows.count)
        let own = try CorrelatedColumns(dataset.table, job, of: me, rows: rows, choice: choice)
        // Before anything else: who has counted bins has exchanged keys already.
        let keys = try statisticsKeys(random)
        let counts = try announce(own.columns.count)
        try bookCorrelations(counts)
        let study = CorrelationStudy(own: own, counts: counts, rows: rows.count)
        let answers: [ColumnAnswer]
        switch role {
        case .label: answers = try open(study, keys?.partners, random)
        case .feature: answers = try give(study, keys, random)
        }
        choice.take(answers, of: own)
        report.correlations = choice.correlations
        if job.asksStatistics, report.statistics != nil { report.statistics = choice.values }
        try keepCorrelations(choice)
        let columns = job.sourceColumns(of: me)
        guard columns.isEmpty || columns.contains(where: { !choice.left.contains($0) }) else {
            throw RunError(
                .badData,
                "select.max-correlation or select.max-vif leaves no column of \(me)'s in: raise them, or take other columns"
            )
        }
    }

    private func requireTrainingRows(_ count: Int) throws(RunError) {
        let least = file.policy.statistics.correlationRows
        guard count >= least else {
            throw RunError(
                .policyRefused,
                "the job trains on \(count) rows, and correlations are told of at least \(least) "
                    + "(policy.statistics.correlation-rows); align more rows, or take max-correlation and max-vif out of the job's "
                    + "select")
        }
    }

    /// Tells all how many columns this party brings.
    ///
    /// - Returns: How many each does, in the job's order.
    private func announce(_ columns: Int) throws -> [Count] {
        let role = try CorrelationAnnouncement(me, parties: job.parties, columns: columns)
        let outputs = try play(
            CorrelationProtocol.specification,
            CorrelationProtocol.announcement(
                label: job.labelParty, features: job.featureParties, keyBits: job.keys.bits), role
        ) { try $0.start() }
        return job.parties.map { ($0, outputs.first?[$0] ?? 0) }
    }

    /// Counts what others will be told, before any of it leaves; it stays counted, however the job ends.
    private func bookCorrelations(_ counts: [Count]) throws {
        let folder = file.state + "/statistics"
        try StateFile.makeFolder(folder)
        // Another job may correlate columns at the same time.
        try StateFile.alone(in: folder) { try bookCorrelations(counts, in: folder) }
    }

    private func bookCorrelations(_ counts: [Count], in folder: String) throws {
        var ledger = try StatisticsLedger(path: "\(folder)/\(dataset.name).correlations")
        let limit = file.policy.statistics.correlations
        switch role {
        case .label:
            for (party, count) in counts where party != me {
                try ledger.book(count, of: .correlations, for: party, limit: limit)
            }
        case .feature:
            let own = counts.first { $0.party == me }?.count ?? 0
            let others = counts.reduce(0) { $0 + $1.count } - own
            try ledger.book(
                own * (own - 1) / 2 + own * others, of: .correlations, for: job.labelParty, limit: limit)
        }
        try ledger.save()
    }

    // MARK: - Sessions

    /// This party's columns beside what is known of all others.
    private struct CorrelationStudy {
        let own: CorrelatedColumns
        let counts: [Count]
        let rows: Int

        var unitColumns: UnitColumns {
            get throws { try UnitColumns(own.columns.map(\.values), rows: rows) }
        }
    }

    /// Feature parties that have columns, in the job's order.
    private func owners(_ study: CorrelationStudy) -> [Count] {
        study.counts.filter { $0.party != job.labelParty && $0.count > 0 }
    }

    /// The session of each feature party that has columns.
    private func parameters(_ study: CorrelationStudy) -> [CorrelationParameters] {
        let owners = owners(study).map { CorrelationParameters.Member($0.party, columns: $0.count) }
        let label = study.counts.first { $0.party == job.labelParty }?.count ?? 0
        return owners.indices.map { place in
            CorrelationParameters(
                label: .init(job.labelParty, columns: label), owner: owners[place],
                partners: Array(owners[(place + 1)...]), rows: study.rows, keyBits: job.keys.bits,
                isProtected: job.protection == .blind, attempt: assignment.attempt)
        }
    }

    private func run<R: Role>(
        _ role: R, _ parameters: CorrelationParameters, _ event: (inout R) throws -> [Action<R.Output>]
    ) throws -> R.Output {
        var role = role
        let session = try session(CorrelationProtocol.specification, parameters.plan())
        let outputs = try session.run(&role, event)
        try finish(session)
        report.ciphertexts.sent += (session.traffic.sentPayload[.ciphertext] ?? 0) / (parameters.keyBits / 4)
        guard let output = outputs.first else { throw RunError(.internalError, "a correlation gave nothing") }
        return output
    }

    /// The label party opens the matrix, and tells each feature party what becomes of its columns.
    private func open(
        _ study: CorrelationStudy, _ partnerKeys: [Party: PublicKey]?, _ random: any RandomSource
    ) throws -> [ColumnAnswer] {
        guard let select = job.select else { return [] }
        var joint = JointCorrelations(study.counts)
        joint.set(study.own.within, me, me)
        joint.set(study.own.informationValues, of: me)
        for parameters in parameters(study) {
            let owner = parameters.owner.party
            let role = try CorrelationLabelParty(
                parameters, ownerKey: partnerKeys?[owner], columns: study.unitColumns, random: random)
            let opened = try run(role, parameters) { _ in [] }
            joint.set(opened.withLabel, me, owner)
            joint.set(opened.within, owner, owner)
            for (partner, block) in opened.withPartners { joint.set(block, partner, owner) }
            joint.set(opened.informationValues, of: owner)
        }
        try keepMatrix(joint, study)
        let answers = joint.answers(select)
        let owners = owners(study)
        if !owners.isEmpty {
            _ = try play(
                CorrelationProtocol.specification,
                CorrelationProtocol.answer(label: me, columns: owners, keyBits: job.keys.bits),
                CorrelationTeller(owners)
            ) { try $0.tell(answers) }
        }
        return answers[me] ?? []
    }

    /// A feature party brings its columns into its own session and into those before it, and is answered.
    private func give(
        _ study: CorrelationStudy, _ keys: (own: PrivateKey, partners: [Party: PublicKey])?, _ random: any RandomSource
    ) throws -> [ColumnAnswer] {
        guard !study.own.columns.isEmpty else { return [] }
        for parameters in parameters(study) {
            if parameters.owner.party == me {
                let role = try CorrelationOwner(
                    parameters, key: keys?.own, columns: study.unitColumns,
                    informationValues: study.own.informationValues, random: random)
                _ = try run(role, parameters) { try $0.start() }
            } else if parameters.partners.contains(where: { $0.party == me }) {
                let role = try CorrelationPartner(
                    me, parameters, ownerKey: keys?.partners[parameters.owner.party], columns: study.unitColumns,
                    random: random)
                _ = try run(role, parameters) { _ in [] }
            }
        }
        let outputs = try play(
            CorrelationProtocol.specification,
            CorrelationProtocol.answer(label: job.labelParty, columns: owners(study), keyBits: job.keys.bits),
            CorrelationListener(label: job.labelParty, columns: study.own.columns.count)
        ) { _ in [] }
        guard let answers = outputs.first else { throw RunError(.internalError, "no column was answered for") }
        return answers
    }

    // MARK: - For this party's own people

    private func keepCorrelations(_ choice: ColumnChoice) throws {
        try keepTable(
            named: "-correlations", head: "column,vif,last-vif,kept,reason,alike,correlation",
            choice.correlations.map { column in
                [
                    column.column.quoted, column.inflation.map { "\($0)" } ?? "inf",
                    column.lastInflation.map { "\($0)" } ?? "inf", column.isKept ? "1" : "0",
                    column.reason?.rawValue ?? "", column.alike?.quoted ?? "", column.correlation.map { "\($0)" } ?? "",
                ]
            })
    }

    /// The whole matrix, at the label party: others' columns are numbered as they come.
    private func keepMatrix(_ joint: JointCorrelations, _ study: CorrelationStudy) throws {
        let names = study.counts.flatMap { party, count in
            (0..<count).map { place in
                (party == me ? study.own.columns[place].name : "\(party) \(place + 1)").quoted
            }
        }
        try keepTable(
            named: "-matrix", head: (["column"] + names).joined(separator: ","),
            names.enumerated().map { row, name in [name] + joint.matrix.row(row).map { "\($0)" } })
    }
}
