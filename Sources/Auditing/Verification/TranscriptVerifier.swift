internal import Cryptography
internal import Pages
internal import Specification
internal import Transcript

/// One pass over one transcript, in memory that does not grow with its length.
struct TranscriptVerifier {
    /// How the transcript ends.
    enum Ending {
        case open
        /// The end or an abort was read; its signature must follow.
        case closing(TranscriptRecord)
        case closed(TranscriptRecord)
    }

    private let conventions: Conventions
    private(set) var findings = Findings()
    private(set) var facts: HeaderFacts?
    private(set) var ending = Ending.open
    private(set) var links: [Party: Link] = [:]
    private(set) var records = 0
    private(set) var frames = 0
    /// Records that a valid signature covers.
    private(set) var signed = 0
    /// Frames of kind `plain`.
    private(set) var unprotected = 0
    /// Frames of kind `rowList`.
    private var rowLists = 0
    /// Frames of kind `statistic`.
    private var statistics = 0
    private(set) var payloads = PayloadVerifier()
    /// Those that have begun and may still have frames: one, or several that are interleaved.
    private var sessions: [SessionVerifier] = []

    /// What one pass keeps of a link.
    struct Link {
        var streams: [LinkStream: LinkDigest] = [:]
        /// The partner's transcript key, as it announced and endorsed it.
        var peersKey: VerificationKey?
        var seal = SealVerifier()
        /// This party's head before its last session with the partner.
        var head: ChainHead?
    }

    init(_ conventions: Conventions) {
        self.conventions = conventions
    }

    /// Reads to the end of the file, or to where it is broken.
    /// - Returns: the chain's head there.
    mutating func run(_ reader: TranscriptReader) throws(AuditingError) -> ChainHead {
        while true {
            switch reader.next() {
            case .record(let record):
                findings.record = records
                try take(record, reader)
                records += 1
            case .end:
                fileEnds(reader.path, records == 0 ? "before its first record" : "after record \(records - 1)")
                return reader.head
            case .truncated:
                fileEnds(reader.path, "inside record \(records)")
                return reader.head
            case .broken(let problem):
                if records == 0 { throw .notATranscript(path: reader.path, problem: problem) }
                (findings.record, findings.frame) = (records, nil)
                findings.add(.chain, expected: "a record that continues the chain", found: problem)
                payloads.finish(reader.path, &findings)
                return reader.head
            }
        }
    }

    // MARK: - Records

    private mutating func take(_ record: TranscriptRecord, _ reader: TranscriptReader) throws(AuditingError) {
        findings.frame = nil
        guard let facts else { return try begin(with: record, reader) }
        if let what = misplaced(record) {
            findings.add(.structure, expected: what, found: "a \(record.name) record")
            return
        }
        switch record {
        case .header: break
        case .session(let plan): begin(plan, reader.headBefore, facts)
        case .frame(let frame): take(frame, facts)
        case .signature(let signature): take(signature, of: reader.headBefore, facts)
        case .abort: ending = .closing(record)
        case .end:
            for session in sessions { session.finish(&findings) }
            for peer in facts.parties.union(links.keys).sorted() where peer != facts.header.party {
                (links[peer]?.seal ?? SealVerifier()).finish(with: peer, &findings)
            }
            ending = .closing(record)
        }
    }

    /// What should stand where `record` stands; `nil` where it may.
    private func misplaced(_ record: TranscriptRecord) -> String? {
        switch (ending, record) {
        case (.closed, _): "nothing after the signature of the end"
        case (.closing, .signature): nil
        case (.closing, _): "the signature of the end"
        case (.open, .header): "one header"
        case (.open, _): nil
        }
    }

    private mutating func begin(
        with record: TranscriptRecord, _ reader: TranscriptReader
    ) throws(AuditingError) {
        guard case .header(let header) = record else {
            throw .notATranscript(path: reader.path, problem: "it does not begin with a header")
        }
        findings.party = header.party
        facts = HeaderFacts(header, conventions, &findings)
    }

    private mutating func begin(_ plan: SessionPlan, _ headBefore: ChainHead, _ facts: HeaderFacts) {
        sessions.removeAll { session in
            if conventions.areInterleaved(session.protocolName, plan.protocolName) { return false }
            session.finish(&findings)
            return true
        }
        let me = facts.header.party
        for peer in Set(plan.members.map(\.party)).intersection(facts.parties) where peer != me {
            absorb(.session(plan), of: me, with: peer)
            links[peer, default: Link()].head = headBefore
        }
        sessions.append(SessionVerifier(plan, facts, &findings))
    }

    private mutating func take(_ frame: TranscriptRecord.FrameRecord, _ facts: HeaderFacts) {
        findings.frame = frames
        frames += 1
        checkKind(of: frame, facts)
        let payload = checkPayload(of: frame, facts)
        // A frame of none of the sessions that are open is out of place in the last one.
        let name = frame.header.protocolName
        if let index = sessions.lastIndex(where: { $0.protocolName == name }) ?? sessions.indices.last {
            sessions[index].accept(frame, &findings)
        } else {
            findings.add(.structure, peer: frame.peer, expected: "a session before its frames", found: frame.place)
        }
        // Strangers were reported just now; nothing is kept of them, or a hostile file could fill the memory.
        guard facts.parties.contains(frame.peer) else { return }
        absorb(.frame(frame), of: facts.header.party, with: frame.peer)
        understand(frame, facts)
        if let payload { payloads.take(frame, payload, facts, conventions, &findings) }
    }

    /// Reports the first frame of a kind that the job does not allow.
    private mutating func checkKind(of frame: TranscriptRecord.FrameRecord, _ facts: HeaderFacts) {
        switch frame.header.kind {
        case .plain:
            if unprotected == 0, facts.job?.isUnprotected != true {
                findings.add(
                    .protection, peer: frame.peer, expected: "no plain numbers in a protected job", found: frame.place)
            }
            unprotected += 1
        case .rowList:
            if rowLists == 0, facts.job?.listsRows != true {
                findings.add(
                    .rowList, peer: frame.peer, expected: "no lists of rows: the job does not allow them",
                    found: frame.place)
            }
            rowLists += 1
        case .statistic:
            if statistics == 0, facts.job?.tellsStatistics != true {
                findings.add(
                    .statistic, peer: frame.peer, expected: "no statistics: the job does not ask for any",
                    found: frame.place)
            }
            statistics += 1
        case .ciphertext, .maskedShare, .publicKey, .proof, .blindedPoint, .tag, .shape, .control, .signature,
            .membership:
            break
        }
    }

    private mutating func take(_ signature: [UInt8], of head: ChainHead, _ facts: HeaderFacts) {
        let bytes = head.signedBytes(purpose: "head", party: facts.header.party, jobHash: facts.header.jobHash)
        if let key = facts.key, key.verify(signature, of: bytes) {
            signed = head.records
        } else {
            findings.add(
                .signature, expected: "\(facts.header.party)'s signature over the records before it",
                found: "one that does not verify under the header's transcript key")
        }
        if case .closing(let record) = ending { ending = .closed(record) }
    }

    private mutating func absorb(_ record: TranscriptRecord, of me: Party, with peer: Party) {
        guard let event = LinkEvent(record, of: me, with: peer) else { return }
        links[peer, default: Link()].streams[event.stream, default: LinkDigest()].append(event.bytes)
    }

    // MARK: - Payloads

    /// - Returns: the payload, where it was kept and is the one that crossed.
    private mutating func checkPayload(of frame: TranscriptRecord.FrameRecord, _ facts: HeaderFacts) -> [UInt8]? {
        if frame.digest.count != SHA256.byteCount {
            findings.add(
                .payload, peer: frame.peer, expected: "a hash of \(SHA256.byteCount) bytes",
                found: "\(frame.digest.count) bytes")
        }
        let isKept = facts.header.keepsPayload(of: frame.header.kind)
        guard let payload = frame.payload else {
            if isKept {
                findings.add(
                    .payload, peer: frame.peer, expected: "the payload of a \(frame.header.kind.name) frame",
                    found: "none kept")
            }
            return nil
        }
        if !isKept {
            findings.add(
                .payload, peer: frame.peer, expected: "no \(frame.header.kind.name) payload in a transcript of headers",
                found: "\(payload.count) bytes kept")
        }
        if payload.count != frame.length {
            findings.add(
                .payload, peer: frame.peer, expected: "\(frame.length) bytes", found: "\(payload.count) bytes kept")
        }
        let digest = SHA256.hash(payload)
        if digest != frame.digest {
            findings.add(
                .payload, peer: frame.peer, expected: "a payload with SHA-256 \(frame.digest.hexadecimal)",
                found: digest.hexadecimal)
            return nil
        }
        return payload
    }

    /// Takes up the frames whose contents the auditor knows: announced keys and seals.
    private mutating func understand(_ frame: TranscriptRecord.FrameRecord, _ facts: HeaderFacts) {
        let me = facts.header.party
        if let payload = frame.payload {
            if let announced = conventions.announcement(frame.header, payload) {
                let mine = KeyAnnouncement(
                    transcriptKey: facts.header.transcriptKey, endorsement: facts.header.endorsement)
                if !frame.isOutgoing {
                    links[frame.peer, default: Link()].peersKey = facts.checkEndorsement(
                        announced, of: frame.peer, &findings)
                } else if announced != mine {
                    findings.add(
                        .endorsement, peer: frame.peer, expected: "the header's transcript key and endorsement",
                        found: "others")
                }
            } else if let message = conventions.seal(frame.header, payload), let link = links[frame.peer],
                let head = link.head
            {
                links[frame.peer]?.seal.take(
                    message, isOutgoing: frame.isOutgoing,
                    on: .init(
                        me: me, peer: frame.peer, jobHash: facts.header.jobHash, myKey: facts.key,
                        peersKey: link.peersKey, head: head), &findings)
                return
            }
        }
        // A seal covers the frames before it: after one more, another seal is due.
        links[frame.peer]?.seal = SealVerifier()
    }

    // MARK: - The end

    private mutating func fileEnds(_ path: String, _ place: String) {
        findings.record = nil
        findings.frame = nil
        payloads.finish(path, &findings)
        if unprotected > 0 {
            findings.add(
                .protection, .note, expected: "protected frames",
                found: "UNPROTECTED: \(unprotected.counted("frame")) of plain numbers")
        }
        if case .closed(let record) = ending {
            if case .abort(let abort) = record {
                findings.add(
                    .completeness, .incomplete, expected: "the end of the job",
                    found: "it was aborted: \(abort.party) in \(abort.step): \(abort.reason)")
            }
            return
        }
        let prefix =
            findings.verdict == .rejected
            ? "a prefix: \(records) records were read" : "a valid prefix: \(records) records verify"
        let cover = signed == 0 ? "no signature covers them" : "the last signature covers the first \(signed)"
        findings.add(
            .completeness, .incomplete, expected: "the end of the job and its signature",
            found: "\(prefix), the file ends \(place); \(cover)")
    }
}

extension TranscriptRecord {
    fileprivate var name: String {
        switch self {
        case .header: "header"
        case .session: "session"
        case .frame: "frame"
        case .signature: "signature"
        case .abort: "abort"
        case .end: "end"
        }
    }
}
