internal import Auditing
internal import Cryptography
internal import FoundationEssentials
internal import Link
internal import PrivateView
internal import Runtime
internal import Specification
internal import Tables
internal import Transcript

/// One replay under way.
struct ReplayStage {
    let path: String
    let viewPath: String
    let file: PartyFile
    let header: TranscriptHeader
    let script: ReplayScript
    let repetition: Repetition
    /// By peer and label.
    let exported: [Party: [String: [UInt8]]]
    let assignment: Assignment

    init(transcript: String, view: String, party file: PartyFile) throws(ReplayError) {
        (path, viewPath, self.file) = (transcript, view, file)
        let reader: TranscriptReader
        do { reader = try TranscriptReader(path: transcript) } catch { throw ReplayError(error.description) }
        guard case .record(.header(let header)) = reader.next() else {
            throw ReplayError("\(transcript) is no transcript")
        }
        guard header.keepsPayloads else {
            throw ReplayError("\(transcript) kept no payloads; a replay needs 'transcript: full'")
        }
        guard header.party == file.name else {
            throw ReplayError("\(transcript) is of \(header.party), the party file of \(file.name)")
        }
        guard header.software == Software.version else {
            throw ReplayError("\(transcript) was written by \(header.software); this is \(Software.version)")
        }
        self.header = header
        script = ReplayScript(reader, of: header.party)
        let recorded: (seed: [UInt8], exported: [Party: [String: [UInt8]]])
        do { recorded = try Self.read(view, of: header) } catch {
            throw error as? ReplayError ?? ReplayError("\(error)")
        }
        repetition = Repetition(seed: recorded.seed, started: header.started)
        exported = recorded.exported
        let encoded = Array(header.job.utf8)
        guard let effective = try? EffectiveJob(decoding: encoded), effective.job.invalidities.isEmpty,
            effective.job.member(header.party) != nil
        else { throw ReplayError("\(transcript) has no job of \(header.party) that this program can run") }
        // What was decided then is not decided again.
        assignment = Assignment(
            effective: effective, encoded: encoded, attempt: header.attempt, ruling: Ruling(header.statements))
    }

    /// The seed in a view, and what links gave.
    private static func read(
        _ path: String, of header: TranscriptHeader
    ) throws -> (seed: [UInt8], exported: [Party: [String: [UInt8]]]) {
        let reader = try ViewReader(path: path)
        guard case .header(let own) = try reader.next(), own.format == ViewRecord.Header.formatVersion else {
            throw ReplayError("\(path) is no private view that this program reads")
        }
        guard own.party == header.party, own.job == header.jobHash.hexadecimal, own.attempt == header.attempt else {
            throw ReplayError("\(path) is of another party, job or attempt than the transcript")
        }
        guard let seed = own.seed.flatMap({ [UInt8](hexadecimal: $0) }) else {
            throw ReplayError("\(path) has no seed; a replay needs 'private-view: insecure-replay'")
        }
        var exported: [Party: [String: [UInt8]]] = [:]
        while let record = try reader.next() {
            guard case .exported(let given) = record else { continue }
            exported[given.peer, default: [:]][given.label] = [UInt8](hexadecimal: given.bytes)
        }
        return (seed, exported)
    }

    /// Runs the job again.
    /// - Returns: What differed, and how many frames did not.
    func play() throws(ReplayError) -> (findings: [Finding], frames: Int) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "colonnade-replay-\(UUID().uuidString)")
            .path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        do {
            try StateFile.makeFolder(folder)
            let own = try repeated(in: folder)
            guard !script.isResumed else {
                throw ReplayError(
                    "\(path) is of a training that went on from a checkpoint: what came before is in another transcript"
                )
            }
            var findings = try compareHeaders(own) + [script.finding].compactMap(\.self)
            switch script.ending {
            case nil, .end: break
            case .abort(let abort):
                findings.append(
                    ended("it was aborted: \(abort.party) in \(abort.step): \(abort.reason)"))
            case .cut: findings.append(ended("a file that ends before the job does"))
            }
            if findings.isEmpty { findings = try compareViews(own) }
            return (findings, script.frames)
        } catch { throw error as? ReplayError ?? ReplayError("\(error)") }
    }

    /// Runs the job with its state in a folder, as far as the script goes.
    /// - Returns: Path of the transcript that it wrote.
    private func repeated(in folder: String) throws -> String {
        var file = file.audited(insecurely: true)
        let types = try takeModel(to: folder)
        if let name = assignment.job.align.reuse {
            try KeptRows(state: file.state, name: name).save(state: folder, name: name)
        }
        (file.state, file.scores) = (folder, folder + "/scores")
        let peers = assignment.job.parties.filter { $0 != file.name }
        let links = LinkGroup(
            party: file.name,
            links: peers.map { ScriptedLink($0, script, exported: exported[$0] ?? [:]) }, settling: 0)
        let run = PartyRun(
            assignment, file: file, credentials: try Credentials(file),
            dataset: try Dataset(file.data, in: file.space, modelTypes: types), links: links, repeating: repetition)
        do {
            _ = try run.run()
            script.finish()
        } catch { script.gaveUp(error.detail) }
        let transcripts = folder + "/transcripts"
        guard let name = try StateFile.names(in: transcripts).first(where: { $0.hasSuffix(".transcript") }) else {
            throw ReplayError("the job could not be begun again")
        }
        return transcripts + "/" + name
    }

    /// Where the job scores rows, puts the party's half of the model where it will be looked for.
    /// - Returns: How the model needs columns read.
    private func takeModel(to folder: String) throws -> [String: ColumnType] {
        guard let model = assignment.job.predict else { return [:] }
        guard assignment.job.towers[file.name]?.history?.historyBudget == nil else {
            throw ReplayError(
                "this job scored out of a store of \(file.name)'s histories, which has gone on since; what can be replayed is a job "
                    + "without history-budget")
        }
        let path = try ModelHalf.path(state: file.state, model: model)
        let half = try ModelHalf(path: path, model: model)
        try StateFile.makeFolder(folder + "/models")
        try half.save(to: ModelHalf.path(state: folder, model: model))
        return half.facts.preparation.types
    }

    private func ended(_ how: String) -> Finding {
        Finding(
            .replay, .incomplete, party: header.party, frame: script.frames, expected: "the end of the job", found: how)
    }

    // MARK: - Beside the frames

    /// Headers are the same, too: certificates, keys and statements are part of what was signed.
    private func compareHeaders(_ own: String) throws -> [Finding] {
        guard case .record(.header(let repeated)) = try TranscriptReader(path: own).next() else { return [] }
        var different: [String] = []
        func compare<Value: Equatable>(_ name: String, _ field: KeyPath<TranscriptHeader, Value>) {
            if repeated[keyPath: field] != header[keyPath: field] { different.append(name) }
        }
        compare("transcript key", \.transcriptKey)
        compare("endorsement", \.endorsement)
        compare("certificates", \.certificates)
        compare("specifications", \.specifications)
        compare("statements", \.statements)
        guard !different.isEmpty else { return [] }
        return [
            Finding(
                .replay, party: header.party, record: 0, expected: "the header that the party file and its keys give",
                found: "another one: \(different.joined(separator: ", "))")
        ]
    }

    /// All that a view has is what the run wrote again, but for the times of frames.
    private func compareViews(_ own: String) throws -> [Finding] {
        let (recorded, repeated) = (
            try ViewReader(path: viewPath), try ViewReader(path: ViewRecorder.path(beside: own))
        )
        func next(_ reader: ViewReader) throws -> ViewRecord? {
            while let record = try reader.next() {
                if case .frame = record { continue }
                return record
            }
            return nil
        }
        while true {
            let (found, expected) = (try next(recorded), try next(repeated))
            if found != expected {
                return [
                    Finding(
                        .replay, party: header.party,
                        expected: "a private view with the records that the run gives",
                        found: "another one in line \(recorded.line)")
                ]
            }
            if found == nil { return [] }
        }
    }
}
