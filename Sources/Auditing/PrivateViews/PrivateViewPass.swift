internal import Arithmetic
internal import Cryptography
internal import Pages
internal import Paillier
internal import Specification
internal import Transcript

/// One pass over a transcript with the private view that its party wrote: does the view belong to it, and did every masked value and
/// every product cross as it should.
///
/// What holds a transcript together is for `TranscriptVerifier`; this one stops where it breaks.
struct PrivateViewPass {
    private let view: LoadedView
    private let conventions: ViewConventions
    private(set) var findings = Findings()
    private let key: PrivateKey?
    private var masks: OpenedMasks?
    private var products: Rerandomisation
    private var frames = 0
    private var isKeySent = false
    /// Sessions of whose rounds the view has records.
    private var plans: [SessionPlan] = []

    /// - Parameters:
    ///   - view: Of the transcript's party; whether it is of the same job shows here.
    ///   - path: The transcript.
    init(_ view: LoadedView, _ path: String, _ conventions: ViewConventions) throws(AuditingError) {
        self.view = view
        self.conventions = conventions
        key = view.key
        masks = key.map { OpenedMasks($0) }
        products = Rerandomisation(view, conventions)
        let reader = try TranscriptReader.open(path)
        findings.party = view.header.party
        while case .record(let record) = reader.next() {
            findings.record = reader.headBefore.records
            switch record {
            case .header(let header):
                guard begin(header) else { return }
            case .session(let plan): if conventions.roundProtocols.contains(plan.protocolName) { plans.append(plan) }
            case .frame(let frame):
                findings.frame = frames
                take(frame)
                frames += 1
            case .signature, .abort: break
            case .end: finish()
            }
        }
        (findings.record, findings.frame) = (nil, nil)
        if view.frames < frames {
            findings.add(
                .view, expected: "times of all \(frames.counted("frame"))", found: "of \(view.frames.counted("frame"))")
        }
        masks?.finish(&findings)
    }

    /// - Returns: Whether the view is of this attempt of this job.
    private mutating func begin(_ header: TranscriptHeader) -> Bool {
        func expect(_ field: String, _ expected: String, _ found: String) -> Bool {
            if expected != found {
                findings.add(.view, expected: "a view of \(field) \(expected)", found: "of \(found)")
            }
            return expected == found
        }
        guard expect("party", header.party.name, view.header.party.name),
            expect("job", header.jobHash.hexadecimal, view.header.job),
            expect("attempt", "\(header.attempt)", "\(view.header.attempt)")
        else { return false }
        for problem in view.problems { findings.add(.view, expected: "a view that holds by itself", found: problem) }
        if view.keys.count > 1 || (view.keys.count == 1 && key == nil) {
            findings.add(
                .view, expected: "one key, whose primes multiply to its modulus",
                found: view.keys.count > 1 ? "\(view.keys.count) keys" : "another one")
        }
        if !header.keepsPayloads {
            findings.add(
                .view, .note, expected: "payloads, which the key opens",
                found: "a transcript of headers: nothing was opened")
        }
        return true
    }

    private mutating func take(_ frame: TranscriptRecord.FrameRecord) {
        let (header, me) = (frame.header, view.header.party)
        if let payload = frame.payload, let modulus = conventions.modulus(header, payload) {
            if frame.isOutgoing {
                compareKey(modulus, frame)
            } else if (32...1024).contains(modulus.count), modulus[0] != 0, Integer(bigEndian: modulus).isOdd {
                products.learn(Integer(bigEndian: modulus), of: frame.peer)
            }
        }
        switch (header.kind, frame.isOutgoing) {
        case (.ciphertext, false) where header.keyOwner == me: masks?.take(frame, frames, &findings)
        case (.ciphertext, false) where header.keyOwner == frame.peer: products.keep(frame, frames)
        case (.ciphertext, true) where header.keyOwner == frame.peer: products.check(frame, &findings)
        case (.rowList, true): products.keep(frame, frames)
        default: break
        }
    }

    private mutating func compareKey(_ modulus: [UInt8], _ frame: TranscriptRecord.FrameRecord) {
        guard !isKeySent else { return }
        isKeySent = true
        if let key, key.cipher.modulus == Integer(bigEndian: modulus) { return }
        masks = nil
        findings.add(
            .view, peer: frame.peer,
            expected: "the key that the party sent, with SHA-256 \(SHA256.hash(modulus).hexadecimal)",
            found: key.map { "one with SHA-256 \(SHA256.hash($0.cipher.encoded).hexadecimal)" } ?? "none")
    }

    /// The job ran to its end, so the view has all of its rounds.
    private mutating func finish() {
        findings.frame = nil
        for plan in plans {
            var counts: [String: Int] = [:]
            for run in plan.runs {
                guard let rows = run.dimensions["rows"] else { continue }
                let first = counts[run.phase, default: 0]
                counts[run.phase] = first + run.count
                let lacking = (first..<first + run.count).first { round in
                    let name = LoadedView.RoundName(
                        protocolName: plan.protocolName, phase: run.phase, round: round)
                    return view.rounds[name]?.count != rows
                }
                guard let lacking else { continue }
                findings.add(
                    .view,
                    expected: "\(run.phase) round \(lacking) of \(plan.protocolName) with \(rows.counted("row"))",
                    found: "another one, or none")
                return
            }
            for (phase, count) in counts where view.count(of: plan.protocolName, phase) > count {
                findings.add(
                    .view, expected: "\(count.counted("round")) of \(plan.protocolName) \(phase)",
                    found: view.count(of: plan.protocolName, phase).counted("round"))
            }
        }
        if !isKeySent, !view.keys.isEmpty { findings.add(.view, expected: "no key, as none was sent", found: "one") }
    }
}
