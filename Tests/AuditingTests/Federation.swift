import AuditedFederation
import Auditing
import Cryptography
import Foundation
import LayerTesting
import Paillier
import Specification
import Transcript

/// Organisations that run a made-up job in memory, each writing its transcript. What crosses is noise of the right sizes; where keys
/// are exchanged, these are real, and the noise is of numbers that are ciphertexts under them.
final class Federation: Sendable {
    let parties: [Party]
    let identities: [Party: Identity]
    let keys: [Party: SigningKey]
    /// Its name. A line per party: its name, its certificate's SHA-256. A line per protocol: name, version, hash. And in lines of a
    /// word whether plain numbers or lists of rows may be sent, and the size of keys.
    let job: String
    let folder: URL
    let specificationTexts: [String]
    let contents: Contents

    /// What a job is made of, beside hello and seal.
    enum Contents { case nothing, exchange, ciphertexts }

    /// Bits of keys.
    static let keyBits = 2048

    /// The label party and as many feature parties as asked for.
    ///
    /// - Parameter terms: Words of the job: `unprotected`, `lists`.
    init(features: Int = 1, _ contents: Contents = .exchange, terms: [String] = []) throws {
        self.contents = contents
        specificationTexts =
            switch contents {
            case .nothing: [MadeUpProtocols.hello, MadeUpProtocols.seal]
            case .exchange:
                [MadeUpProtocols.hello, MadeUpProtocols.exchange, MadeUpProtocols.open, MadeUpProtocols.seal]
            case .ciphertexts:
                [MadeUpProtocols.hello, MadeUpProtocols.exchangeOfKeys, MadeUpProtocols.layer, MadeUpProtocols.seal]
            }
        parties = try ["airline", "weather", "airport", "bank"].prefix(features + 1).map { try Party($0) }
        identities = try Dictionary(
            uniqueKeysWithValues: parties.map { ($0, try Identity.make(name: $0.name)) })
        keys = Dictionary(uniqueKeysWithValues: parties.map { ($0, SigningKey.generate()) })
        let identities = identities
        let members = parties.map { "\($0) \(identities[$0]?.certificate.fingerprint.hexadecimal ?? "")" }
        let protocols = Self.conventions.specifications.map { "\($0.name) \($0.version) \($0.hash.hexadecimal)" }
        let sizes = contents == .ciphertexts ? ["\(Self.keyBits)"] : []
        job = (["name flights"] + members + protocols + terms + sizes).joined(separator: "\n")
        folder = FileManager.default.temporaryDirectory.appending(path: "colonnade-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    var label: Party { parties[0] }

    func path(_ party: Party) -> String { folder.appending(path: "\(party).transcript").path }

    /// The transcripts of all parties, in the job's order.
    var paths: [String] { parties.map(path) }

    // MARK: - What everybody knows

    static func jobHash(_ text: String) -> [UInt8] { SHA256.hash(Array(text.utf8)) }

    static let conventions = Conventions(
        specifications: MadeUpProtocols.all.compactMap { try? ProtocolSpecification(yaml: $0) },
        job: { text in
            var statement = JobStatement(
                hash: jobHash(text), certificates: [:], specifications: [:], isUnprotected: false, listsRows: false,
                keyBits: nil)
            for line in text.split(separator: "\n") {
                if line.hasPrefix("name ") {
                    statement.name = String(line.dropFirst(5))
                    continue
                }
                let words = line.split(separator: " ").map(String.init)
                switch words.count {
                case 1 where words[0] == "unprotected": statement.isUnprotected = true
                case 1 where words[0] == "lists": statement.listsRows = true
                case 1: statement.keyBits = Int(words[0])
                case 2: if let party = try? Party(words[0]) { statement.certificates[party] = words[1] }
                default: statement.specifications[.init(words[0], Int(words[1]) ?? 0)] = words[2]
                }
            }
            return statement.certificates.isEmpty ? nil : statement
        },
        announcement: { header, payload in
            guard header.step == "H1", payload.count == 96 else { return nil }
            return KeyAnnouncement(transcriptKey: Array(payload[..<32]), endorsement: Array(payload[32...]))
        },
        key: { header, payload in
            switch header.kind {
            case .publicKey: .modulus(payload)
            case .proof: .proof(payload)
            default: nil
            }
        },
        proofContext: { jobHash, owner in jobHash + Array(owner.name.utf8) },
        seal: { header, payload in
            var reader = CanonicalReader(payload)
            switch (header.step, payload.count) {
            case ("S1", 104):
                guard let head = try? reader.raw(32), let records = try? reader.count() else { return nil }
                return .head(ChainHead(bytes: head, records: records), signature: Array(payload[40...]))
            case ("S2", 64): return .counterSignature(payload)
            default: return nil
            }
        })

    func verify(_ paths: [String]? = nil) -> Verification {
        Verification(of: paths ?? self.paths, against: Self.conventions)
    }

    /// What `show` makes of a transcript, of the label party's where no other is named.
    func summary(
        _ path: String? = nil, against conventions: Conventions = Federation.conventions,
        eachFrame: (FrameLine) throws -> Void = { _ in }
    ) throws -> TranscriptSummary {
        try TranscriptSummary(path: path ?? self.path(label), against: conventions, eachFrame: eachFrame)
    }

    // MARK: - The run

    /// How a run goes.
    struct Course {
        var rounds = 2
        var rows = 3
        var keepsPayloads = false
        var isUnprotected = false
        /// Rounds begin with lists of rows.
        var listsRows = false
        /// The label party aborts in place of the seal.
        var aborts = false
        var seed: UInt64 = 1
    }

    func header(_ party: Party, keepsPayloads: Bool = false) -> TranscriptHeader {
        let jobHash = Self.jobHash(job)
        let key = keys[party]?.verificationKey.bytes ?? []
        let endorsed = TranscriptHeader.endorsedBytes(party: party, jobHash: jobHash, transcriptKey: key)
        return TranscriptHeader(
            software: "colonnade 0.1", party: party, started: 1_700_000_000, jobHash: jobHash, job: job, attempt: 0,
            transcriptKey: key, endorsement: identities[party]?.signingKey.sign(endorsed) ?? [],
            certificates: identities.mapValues(\.certificate.der), specifications: specificationTexts,
            statements: ["leaks": "shapes, batch order, number of rounds, timing"], keepsPayloads: keepsPayloads)
    }

    func run(_ course: Course = Course()) throws {
        for path in paths { try? FileManager.default.removeItem(atPath: path) }
        var run = try Run(self, course)
        try run.play("hello", [.init("greet")])
        if course.isUnprotected { try run.play("open", [.init("compare", count: course.rounds)]) }
        switch contents {
        case .nothing: break
        case .ciphertexts:
            try run.play("keys", [.init("keys")])
            try run.play("layer", [.init(course.listsRows ? "listed-layer" : "layer", count: course.rounds)])
        case .exchange:
            try run.play(
                "exchange",
                [
                    .init("setup"), .init("train", count: course.rounds),
                    .init("train", dimensions: ["rows": course.rows - 1]),
                ])
        }
        if course.aborts {
            for writer in run.writers.values {
                try writer.recordAbort(party: label, step: "evaluate", reason: "disk full")
            }
            return
        }
        try run.play("seal", [.init("seal")])
        for writer in run.writers.values { try writer.recordEnd() }
    }
}

/// One run under way.
private struct Run {
    let federation: Federation
    let course: Federation.Course
    let writers: [Party: TranscriptWriter]
    var heads: [Party: ChainHead] = [:]
    var random: Noise

    init(_ federation: Federation, _ course: Federation.Course) throws {
        self.federation = federation
        self.course = course
        random = Noise(state: course.seed)
        writers = try Dictionary(
            uniqueKeysWithValues: federation.parties.map { party in
                let header = federation.header(party, keepsPayloads: course.keepsPayloads)
                guard let key = federation.keys[party] else { throw CancellationError() }
                return (party, try TranscriptWriter(path: federation.path(party), header: header, key: key))
            })
    }

    /// Plays a session: every flight in an order of its own, every frame taken at some time after it was sent.
    mutating func play(_ name: String, _ runs: [SessionPlan.PhaseRun]) throws {
        let members = federation.parties.map {
            SessionPlan.Member($0, role: $0 == federation.label ? "label" : "feature")
        }
        var dimensions: [String: Int] = [:]
        if name == "exchange" {
            dimensions = ["rows": course.rows, "weight-version": 4]
            for (index, party) in federation.parties.enumerated() { dimensions["columns[\(party)]"] = index + 2 }
        } else if name == "layer" {
            dimensions = ["rows": course.rows, "ciphertext-bytes": Federation.keyBits / 4]
        }
        let plan = SessionPlan(
            protocolName: name, version: 1, members: members, dimensions: dimensions, runs: runs)
        heads = writers.mapValues(\.head)
        for writer in writers.values { try writer.record(plan) }
        var rounds: [String: Int] = [:]
        for run in runs {
            for _ in 0..<run.count {
                for flight in flights(of: run.phase) {
                    try fly(flight, run: run, round: rounds[run.phase, default: 0])
                }
                rounds[run.phase, default: 0] += 1
            }
        }
    }

    private func flights(of phase: String) -> [[String]] {
        switch phase {
        case "greet": [["H1"]]
        case "setup": [["S0"]]
        case "compare": [["P1"]]
        case "train": [["F1", "F2"], ["F3"]]
        case "keys": [["K1", "K2"], ["K3", "K4"]]
        case "layer": [["C1"], ["C2"], ["C3"]]
        case "listed-layer": [["L1"], ["C1"], ["C2"], ["C3"]]
        default: [["S1"], ["S2"]]
        }
    }

    private mutating func fly(_ steps: [String], run: SessionPlan.PhaseRun, round: Int) throws {
        var due: [(step: String, from: Party, to: Party, frame: Frame?)] = []
        for step in steps {
            for sender in federation.parties {
                for receiver in federation.parties where crosses(step, from: sender, to: receiver) {
                    due.append((step, sender, receiver, nil))
                }
            }
        }
        while !due.isEmpty {
            let index = Int(random.next() % UInt64(due.count))
            let (step, sender, receiver, sent) = due[index]
            if let sent {
                try writers[receiver]?.record(sent, isOutgoing: false, peer: sender)
                due.remove(at: index)
            } else {
                let frame = try frame(step, from: sender, to: receiver, run: run, round: round)
                try writers[sender]?.record(frame, isOutgoing: true, peer: receiver)
                due[index].frame = frame
            }
        }
    }

    private func crosses(_ step: String, from sender: Party, to receiver: Party) -> Bool {
        let label = federation.label
        switch step {
        case "S0", "F1", "F3", "P1", "K2", "K4", "L1", "C2", "C3": return sender != label && receiver == label
        case "F2", "K1", "K3", "C1": return sender == label && receiver != label
        default: return sender != receiver
        }
    }

    private mutating func frame(
        _ step: String, from sender: Party, to receiver: Party, run: SessionPlan.PhaseRun, round: Int
    ) throws -> Frame {
        var header = FrameHeader(
            protocolName: "exchange", phase: run.phase, round: round, step: step, kind: .control, shape: [])
        let rows = run.dimensions["rows"] ?? course.rows
        func columns(_ party: Party) -> Int { (federation.parties.firstIndex(of: party) ?? 0) + 2 }
        var payload: [UInt8] = []
        switch step {
        case "H1":
            header.protocolName = "hello"
            header.shape = [96]
            let own = federation.header(sender)
            payload = own.transcriptKey + own.endorsement
        case "P1":
            (header.protocolName, header.kind, header.shape) = ("open", .plain, [2])
            payload = random.bytes(16)
        case "S0":
            (header.kind, header.shape) = (.shape, [5])
            payload = [0, 0, 0, 0, 0, 0, 0, 5]
        case "F1":
            (header.kind, header.keyOwner, header.subject) = (.ciphertext, federation.label, sender)
            header.weightVersion = 4 + round
            (header.shape, header.scale, header.slotBits, header.slots) = ([rows, 1], 40, 218, 14)
            payload = random.bytes(rows * 16)
        case "F2":
            (header.kind, header.shape) = (.maskedShare, [columns(receiver), 1])
            payload = random.bytes(columns(receiver) * 8)
        case "F3":
            (header.kind, header.weightVersion, header.shape) = (.tag, 5 + round, [5])
            payload = random.bytes(7)
        case "K1", "K2":
            (header.protocolName, header.kind, header.shape) = ("keys", .publicKey, [1])
            payload = Federation.key(of: sender).cipher.encoded
        case "K3", "K4":
            (header.protocolName, header.kind, header.shape) = ("keys", .proof, [8])
            payload = federation.proof(of: sender)
        case "L1":
            (header.protocolName, header.kind, header.shape) = ("layer", .rowList, [2])
            payload = [0, 0, 0, 3, 0, 0, 0, 9]
        case "C1", "C2":
            (header.protocolName, header.kind, header.keyOwner) = ("layer", .ciphertext, federation.label)
            header.shape = [rows]
            if step == "C1" {
                // One encryption goes to everybody.
                var derivative = Noise(state: ~course.seed &- UInt64(round))
                payload = derivative.ciphertexts(rows)
            } else {
                payload = random.ciphertexts(rows)
            }
        case "C3":
            (header.protocolName, header.kind, header.shape) = ("layer", .maskedShare, [rows])
            payload = random.bytes(rows * 8)
        case "S1":
            (header.protocolName, header.kind, header.shape) = ("seal", .signature, [104])
            payload = try federation.forger.statement(of: heads[sender] ?? ChainHead(), by: sender)
        default:
            (header.protocolName, header.kind, header.shape) = ("seal", .signature, [64])
            payload = try federation.forger.counterSignature(
                of: heads[receiver] ?? ChainHead(), of: receiver, by: sender)
        }
        return Frame(header: header, payload: payload)
    }
}

extension Federation {
    /// The key that a party has in every job.
    static func key(of party: Party) -> PrivateKey { Keys.recorded(bits: keyBits, party) }

    /// That a party's key, or another one, is sound, as the party proves it in this job.
    func proof(of owner: Party, key: PrivateKey? = nil) -> [UInt8] {
        let context = Self.conventions.proofContext(Self.jobHash(job), owner)
        return ModulusProof(of: key ?? Self.key(of: owner), context: context).encoded
    }
}

extension Noise {
    /// Numbers below the square of any modulus of the size: all but 2^-1000 of them are ciphertexts under any key.
    mutating func ciphertexts(_ count: Int) -> [UInt8] {
        let size = Federation.keyBits / 4
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count * size)
        for _ in 0..<count * size / 8 { withUnsafeBytes(of: next()) { bytes.append(contentsOf: $0) } }
        for index in 0..<count { bytes[index * size] = 0 }
        return bytes
    }
}
