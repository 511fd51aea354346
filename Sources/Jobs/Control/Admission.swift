internal import Coordination
internal import Cryptography
internal import Glibc
internal import Link
internal import Specification
internal import Tables

/// Whether this party takes part in a job: its own data, pins, program, policy and people decide. The coordinator is trusted with
/// none of that, nor with the numbers and names in what it sends. Serves one question, under the policy that holds at that moment.
struct Admission: Sendable {
    let file: PartyFile
    /// Why ``file`` is not what stands on disk; every job is refused while it is not.
    let problem: String?
    let credentials: Credentials
    let approvals: Approvals
    let data: DatasetCache
    /// That compute for this party, too; `nil` where it has none.
    let ranks: RankGroup?

    /// What the coordinator may know beforehand.
    func description() -> PartyDescription {
        let certificate = credentials.identity.certificate
        var description = PartyDescription(
            party: file.name, software: Software.version,
            protocols: Software.spoken.map {
                .init(name: $0.name, version: $0.version, hash: $0.hash.hexadecimal)
            },
            certificate: certificate.fingerprint.hexadecimal,
            certificateDays: (certificate.notAfter - Int(time(nil))) / 86_400, rows: 0, key: file.data.key, columns: [],
            partners: file.partners.partners.sorted { $0.key < $1.key }.flatMap { party, partner in
                (credentials.partners[party] ?? []).map {
                    .init(
                        party: party, certificate: $0.fingerprint.hexadecimal, hasAddress: partner.address != nil)
                }
            },
            exposureLimit: file.policy.exposureLimit, minimumKeyBits: file.policy.minimumKeyBits,
            protections: file.policy.protections.map(\.rawValue), problem: nil)
        do {
            let dataset = try data.dataset()
            description.rows = dataset.table.rowCount
            description.columns = dataset.offered(by: file.policy).map { .init(name: $0.name, type: $0.type.rawValue) }
            description.histories = dataset.offeredHistories(by: file.policy).map {
                .init(name: $0.name, fields: $0.fields)
            }
        } catch {
            description.problem = error.description
        }
        return description
    }

    /// The answer to a proposal. A job that could run is remembered, so that a person can decide about it; a refusal is logged.
    func decision(on encoded: [UInt8]) -> ControlMessage.Decision {
        do {
            let decision = judge(encoded)
            if case .refused(let reasons) = decision { try log(.refused, encoded, by: DecisionLog.policy, reasons) }
            return decision
        } catch {
            return .unfit(["\(error)"])
        }
    }

    func judge(_ encoded: [UInt8]) -> ControlMessage.Decision {
        do {
            let effective = try Self.read(encoded)
            if let problem { return .refused(["\(problem); no job starts here until that is put right"]) }
            let problems = disagreements(with: effective)
            guard problems.isEmpty, let member = effective.job.member(file.name) else { return .unfit(problems) }
            let dataset = try dataset(for: effective.job)
            // The policy comes first: what it does not offer, the data says nothing about.
            let begun = try BegunJobs(state: file.state, dataset: dataset.name)
                .count(without: EffectiveJob.hash(of: encoded).hexadecimal)
            let refusals =
                file.policy.refusals(
                    of: effective.job, member, offered: dataset.offered(by: file.policy).map(\.name),
                    histories: dataset.offeredHistories(by: file.policy).map(\.name))
                + file.policy.scope.refusals(
                    of: effective.job, member, on: .init(rows: dataset.table.rowCount, jobs: begun))
            guard refusals.isEmpty else { return .refused(refusals) }
            let misfits =
                try dataset.misfits(effective.job, at: file.name, state: file.state) + modelMisfits(effective.job)
            guard misfits.isEmpty else { return .unfit(misfits) }
            // Read and planned only where all else fits; what is too small for a tower ends the job here.
            do { _ = try historyDemands(effective.job, dataset) } catch { return .unfit(["\(error)"]) }
            let hash = try approvals.remember(encoded)
            switch (try approvals.decision(hash), file.policy.approval) {
            case (.denied, _): return .refused(["job \(hash.prefix(12)) was denied here by a person"])
            case (.approved, _), (nil, .automatic): return .accepted(attempt: try approvals.nextAttempt(hash))
            case (nil, .ask):
                return .pending(command: "colonnade-party approve \(file.path) \(hash.prefix(12))")
            }
        } catch {
            return .unfit(["\(error)"])
        }
    }

    /// A job that was proposed here, and what it takes. Whether it may begin is decided when it is to start.
    /// - Throws: ``RunError`` where there is no such job, or no room for what it writes; `StateError`, `TablesError`.
    func consider(_ hash: String) throws -> (Job, JobDemand) {
        let job = try Self.read(remembered(hash)).job
        let demand = JobDemand(job, try dataset(for: job), at: file)
        let space = try DiskSpace(at: file.state)
        if let refusal = space.refusal(of: job.name, writing: demand.disk, at: file.state) {
            throw RunError(.storageFailed, refusal)
        }
        return (job, demand)
    }

    /// The bytes of a job that was proposed here, and is accepted.
    private func accepted(_ hash: String) throws -> [UInt8] {
        let encoded = try remembered(hash)
        switch decision(on: encoded) {
        case .accepted: return encoded
        case .refused(let reasons), .unfit(let reasons):
            throw RunError(.notApproved, "job \(hash.prefix(12)): \(reasons.joined(separator: "; "))")
        case .pending(let command):
            throw RunError(.notApproved, "job \(hash.prefix(12)) is not approved here: \(command)")
        }
    }

    func remembered(_ hash: String) throws -> [UInt8] {
        guard let encoded = try approvals.job(hash: hash) else {
            throw RunError(.notApproved, "this job was not proposed here")
        }
        return encoded
    }

    /// The job that an order names, still accepted, under an attempt number that it uses up; and the data to run it on.
    ///
    /// - Parameter version: Of the control plane, as the coordinator speaks it: under version 1 parties may be of the previous version,
    ///   which keeps no checkpoints where training may stop early; then all of them begin it anew.
    /// - Throws: ``RunError`` where it is not; `StateError`, `TablesError`.
    func admit(_ order: ControlMessage.Start, by version: Int) throws -> (Assignment, Dataset) {
        let encoded = try accepted(order.hash)
        guard try approvals.use(attempt: order.attempt, of: order.hash) else {
            throw RunError(.notApproved, "attempt \(order.attempt) of job \(order.hash.prefix(12)) was used before")
        }
        try BegunJobs(state: file.state, dataset: file.data.name).add(order.hash)
        let isApproved = try approvals.decision(order.hash) == .approved
        try log(.began, encoded, by: isApproved ? "a person" : DecisionLog.policy, [])
        let effective = try Self.read(encoded)
        let canResume = version > 1 || effective.job.train.earlyStopping == nil
        let assignment = Assignment(
            effective: effective, encoded: encoded, attempt: order.attempt,
            resumes: canResume && order.resumes ?? false, ruling: Ruling(under: file.policy, isApproved: isApproved))
        return (assignment, try dataset(for: assignment.job))
    }

    /// Takes down a decision, so that nothing is done, or refused, of which nobody can know later.
    private func log(
        _ decision: DecisionLog.Decision, _ encoded: [UInt8], by: String, _ reasons: [String]
    ) throws {
        let name = try Self.read(encoded).job.name
        try DecisionLog(state: file.state).append(
            .init(
                job: EffectiveJob.hash(of: encoded).hexadecimal, name: name, decision, by: by, reasons: reasons,
                under: file.policy))
    }

    /// The data as a job reads it: rows to be scored as the model needs them.
    func dataset(for job: Job) throws -> Dataset {
        guard let model = job.predict else { return try data.dataset() }
        return try data.dataset(modelTypes: half(model).facts.preparation.types)
    }

    /// How this party's encoders of histories would learn; `nil` where the job has none that learn here.
    ///
    /// - Throws: ``RunError`` where a budget is too small, with the least that would do; `HistoriesError` for events that cannot be read.
    func historyDemands(_ job: Job, _ dataset: Dataset) throws -> [HistoryDemand]? {
        guard job.predict == nil, let learning = HistoryLearning(job, of: file.name, dataset) else { return nil }
        // Ranks start only if they have not been measured yet for such towers.
        let seat = ranks?.enter()
        defer { if let seat { ranks?.leave(seat) } }
        return try TowerRanks.with(seat?.towers(state: file.state)) {
            try learning.remembering(
                data.plans.demands(of: job.towers[file.name], dataset.histories) { try learning.demands() })
        }
    }

    private func half(_ model: String) throws -> ModelHalf {
        try ModelHalf(path: ModelHalf.path(state: file.state, model: model), model: model)
    }

    /// Why a job that scores does not fit the model that it names.
    private func modelMisfits(_ job: Job) throws -> [String] {
        guard let model = job.predict else { return [] }
        let trained = try half(model).facts.job
        let fields: [(name: String, isSame: Bool)] = [
            ("parties and columns", job.members == trained.members), ("model", job.model == trained.model),
            ("prepare", job.prepare == trained.prepare), ("select", job.select == trained.select),
            ("protection", job.protection == trained.protection),
            ("align.key", job.align.key == trained.align.key),
        ]
        return fields.filter { !$0.isSame }.map {
            "model \(model) was trained with other \($0.name) than the job file has; use the file that it was trained by"
        } + job.towerMisfits(of: model, trainedBy: trained)
    }

    static func read(_ encoded: [UInt8]) throws(RunError) -> EffectiveJob {
        // A job has one encoding: nothing stands in what a person approves by its hash that this program does not show.
        guard let effective = try? EffectiveJob(decoding: encoded), (try? effective.encoded) == encoded else {
            throw RunError(.versionMismatch, "the job is not written as this program (\(Software.version)) writes jobs")
        }
        return effective
    }

    /// What in a job is not valid, or does not agree with this party's own pins and program.
    private func disagreements(with effective: EffectiveJob) -> [String] {
        var problems = effective.job.invalidities
        for party in effective.job.parties where credentials.certificate(of: party, in: effective) == nil {
            if party == file.name {
                problems.append(
                    "the job names another certificate of \(party) than it uses now; a job from before it was renewed is run anew"
                )
            } else if credentials.partners[party] == nil {
                problems.append("\(party) is not a partner here")
            } else {
                problems.append("the job names another certificate of \(party) than is pinned here")
            }
        }
        problems += Software.versions(for: effective.job).compactMap(effective.disagreement)
        if file.privateView != .none, effective.job.train.earlyStopping != nil, effective.job.predict == nil {
            problems.append(
                "\(file.name) writes private views, which number the rounds of one session; a job with train.early-stopping has several"
            )
        }
        if effective.job.member(file.name) == nil { problems.append("\(file.name) has no part in this job") }
        return problems
    }
}

extension EffectiveJob {
    /// Why the job cannot be run by any of these versions of one protocol, which are all that this program speaks; `nil` where it can.
    fileprivate func disagreement(with versions: [ProtocolSpecification]) -> String? {
        guard let latest = versions.last, !versions.contains(where: { protocols.contains(ProtocolVersion($0)) }) else {
            return nil
        }
        let named = protocols.filter { $0.name == latest.name }.map(\.version)
        guard !named.contains(where: versions.map(\.version).contains) else {
            return "the job is for another specification of \(latest.name) \(latest.version) than this program's "
                + "(\(Software.version)); one of the two programs is not the released one"
        }
        let (theirs, ours) = (named.map { "\($0)" }, versions.map { "\($0.version)" })
        return
            "the job is for \(latest.name) version \(theirs.isEmpty ? "none" : theirs.joined(separator: " and ")), this program "
            + "(\(Software.version)) speaks version \(ours.joined(separator: " and ")): update the older one"
    }
}
