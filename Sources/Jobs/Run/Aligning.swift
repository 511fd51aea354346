internal import Alignment
internal import Coordination
internal import Cryptography
internal import Identifiers
internal import Link
internal import Runtime
internal import Specification

/// Finding the common rows, bucket by bucket; what is done stays done when a job begins again.
extension PartyRun {
    /// This party's rows in the common order.
    func align(_ random: any RandomSource) throws -> AlignedRows {
        if let name = job.align.reuse {
            notify(.init(stage: .align, bytes: bytesSent, note: "the rows that job \(name) has aligned serve again"))
            return try KeptRows(state: file.state, name: name).rows(for: job, dataset.table, name: name)
        }
        let folder = alignmentFolder
        try StateFile.makeFolder("\(file.state)/alignments")
        let scratch = folder + ".ids"
        defer { try? StateFile.remove(scratch) }
        notify(.init(stage: .align, bytes: bytesSent, note: "sorting \(dataset.table.rowCount) rows by their keys"))
        let ids = try dataset.identifiers(for: job, scratch: scratch)
        if let omissions = ids.omissions { report.notes.append(omissions) }
        (report.ids, report.emptyKeys, report.repeatedKeys) = (ids.count, ids.emptyRows, ids.repeatedRows)

        var state = try AlignmentState(folder: folder, inputHash: ids.inputHash)
        let kept = try keptTags(ids)
        let opening = try AlignmentOpening(
            me: me, parties: job.parties, leader: job.labelParty,
            offer: AlignmentOffer(
                ids: ids.count, declaration: job.align.declaration.fingerprint, session: state.name,
                finished: state.finished(limit: AlignmentProtocol.bucketLimit), kept: kept?.offer),
            terms: job.align.terms, random: random)
        let plan = try AlignmentProtocol.plan(members: job.parties, leader: job.labelParty)
        guard let schedule = try play(AlignmentProtocol.specification, plan, opening, { try $0.start() }).first else {
            throw RunError(.internalError, "the alignment was not opened")
        }
        let secret = try state.begin(schedule.session, secret: random.stream("alignment/session-secret").secret(32))
        if !schedule.finished.isEmpty {
            notify(
                .init(
                    stage: .align, bytes: bytesSent,
                    note: "\(schedule.finished.count) of \(schedule.buckets) parts were done before"))
        }
        let isKept = schedule.kept?.isThere == true
        if isKept {
            notify(
                .init(stage: .align, bytes: bytesSent, note: "what an earlier job made of the other ids serves again"))
        }
        var input = AlignmentBucketParty.Input(
            ids: [], jobHash: assignment.hash,
            sessionSecret: (isKept && role == .feature ? kept?.secret : nil) ?? secret,
            pairKeys: try pairKeys())
        for index in schedule.unfinished {
            let bucket = schedule.bucket(index)
            input.ids = try ids.ids(in: index, of: Buckets(count: schedule.buckets)).hashes
            if isKept, role == .label { input.tags = try keptTags(of: bucket, kept) }
            let places = try align(bucket, input, random)
            if let tags = places.tags { try state.keep(tags: tags, bucket: index) }
            try state.keep(places, bucket: index)
        }
        if let kept = schedule.kept, !kept.isThere {
            afterwards = { [self] in
                try KeptTags.keep(
                    folder, to: keptFolder, name: kept.name, buckets: schedule.buckets, secret: secret,
                    inputHash: ids.inputHash)
            }
        }
        return try rows(schedule, ids, state)
    }

    /// Where this job's alignment is kept until the job has ended well.
    private var alignmentFolder: String {
        "\(file.state)/alignments/\(job.name)-\(assignment.hash.hexadecimal.prefix(12))"
    }

    /// Where what serves further jobs is kept: for each partner and each way of naming rows.
    private var keptFolder: String {
        let partner = job.parties.first { $0 != me }.map { "\($0)" } ?? ""
        let naming = SHA256.hash(job.rowSeed + job.align.declaration.fingerprint).hexadecimal.prefix(12)
        return "\(file.state)/alignments/kept-\(partner)-\(naming)"
    }

    private func keptTags(_ ids: SortedIdentifiers) throws -> KeptTags? {
        guard let days = job.align.keepDays else { return nil }
        switch role {
        case .label: return try KeptTags.leader(folder: keptFolder)
        case .feature: return try KeptTags.member(folder: keptFolder, inputHash: ids.inputHash, days: days)
        }
    }

    /// The tags that were kept of a bucket. Those that are damaged are removed, so that the job, run again, makes new ones.
    private func keptTags(of bucket: AlignmentBucket, _ kept: KeptTags?) throws -> [UInt8]? {
        do { return try kept?.tags(bucket: bucket.index, count: bucket.tagsByteCount) } catch {
            try StateFile.removeFolder(keptFolder)
            throw RunError(
                .storageFailed, "what was kept of an earlier job is damaged and was removed; run the job again")
        }
    }

    /// Keeps of a job that has ended well what serves others, and removes what it does not need any more.
    func forgetAlignment() throws {
        try afterwards?()
        try aligned?.save(state: file.state, name: name)
        try StateFile.removeFolder(alignmentFolder)
    }

    private func align(
        _ bucket: AlignmentBucket, _ input: AlignmentBucketParty.Input, _ random: any RandomSource
    ) throws -> AlignedPlaces {
        let (buckets, before) = (bucket.schedule.buckets, bytesSent)
        let parts = max(1, bucket.plan.runs.reduce(0) { $0 + $1.count })
        var done = 0
        let session = try Session(
            AlignmentProtocol.specification, plan: bucket.plan, group: links, recorder: recorder,
            ciphertexts: ciphertexts
        ) { [self] _ in
            // A message more; how far that is of all buckets, in hundredths.
            done = min(done + 1, parts)
            notify(
                .init(
                    stage: .align, done: (100 * bucket.index + 100 * done / parts) / buckets, of: 100, bytes: before)
            )
        }
        var role = try AlignmentBucketParty(me: me, bucket: bucket, input: input, random: random)
        let outputs = try session.run(&role) { try $0.start() }
        try finish(session)
        guard let places = outputs.first else { throw RunError(.internalError, "a bucket gave no rows") }
        return places
    }

    /// With three and more parties, what this one and each other one alone can derive from their connection, in this attempt.
    private func pairKeys() throws -> [Party: SecretBytes] {
        guard job.parties.count > 2 else { return [:] }
        var keys: [Party: SecretBytes] = [:]
        for peer in links.peers {
            let exported = SecretBytes(
                copying: try exported(by: peer, "EXPORTER-colonnade-alignment", count: 32))
            keys[peer] = HKDF.derive(
                from: exported, salt: assignment.hash,
                info: Array("colonnade/align/pair/v2/\(assignment.attempt)".utf8), count: 32)
        }
        return keys
    }

    /// The rows that all buckets together give.
    private func rows(
        _ schedule: AlignmentSchedule, _ ids: SortedIdentifiers, _ state: AlignmentState
    ) throws -> AlignedRows {
        var aligned = AlignedRows(rows: [])
        for index in 0..<schedule.buckets {
            let own = try ids.ids(in: index, of: Buckets(count: schedule.buckets))
            guard let places = try state.places(bucket: index), places.allSatisfy({ $0 ?? 0 < max(1, own.count) })
            else {
                throw RunError(.storageFailed, "part \(index) of the alignment is no longer as it was written")
            }
            aligned.append(places.lazy.map { $0.map { own.rows[$0] } })
        }
        // A member that is not told what is common cannot know; the leader then tells it by giving the job up.
        guard aligned.contains(where: { $0 != nil }) else {
            let others = job.parties.filter { $0 != job.labelParty }
            throw AlignmentError.emptyIntersection(
                offers: ([job.labelParty] + others).map { .init($0, ids: schedule.counts[$0, default: 0]) })
        }
        notify(.init(stage: .align, done: 100, of: 100, bytes: bytesSent, note: "\(aligned.count) common rows"))
        return aligned
    }
}
