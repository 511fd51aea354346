import Auditing
import Cryptography
import Foundation
import Specification
import Transcript

/// A label party's transcript of a made-up protocol of hello, rounds of two frames, and seal, which an auditor accepts: as many frames
/// as wanted without anybody computing them. Payloads are noise.
final class MadeTranscript {
    let path: String
    let bytes: Int
    /// What the auditor knows of its job.
    let conventions: Conventions
    private let folder: URL

    /// What the payloads are said to be.
    enum Content {
        /// Tags, in which the auditor looks for nothing.
        case tags
        /// Masked shares, whose words it counts and compares.
        case shares

        fileprivate var kind: Kind { self == .tags ? .tag : .maskedShare }
    }

    /// - Parameters:
    ///   - rounds: Of two frames each.
    ///   - numbers: Of eight bytes, in each frame's payload.
    init(rounds: Int, numbers: Int, of content: Content, keepsPayloads: Bool) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "colonnade-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        path = folder.appending(path: "label.transcript").path
        do {
            let label = try Author(.label, keepsPayloads: keepsPayloads)
            let feature = try Author(.feature, keepsPayloads: keepsPayloads)
            conventions = try Made.conventions(label, feature, content)
            try Self.write(to: path, label, feature, rounds: rounds, numbers: numbers, content)
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            bytes = (attributes[.size] as? NSNumber)?.intValue ?? 0
        } catch {
            try? FileManager.default.removeItem(at: folder)
            throw error
        }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private static func write(
        to path: String, _ label: Author, _ feature: Author, rounds: Int, numbers: Int, _ content: Content
    ) throws {
        let certificates = try [label.party: label, feature.party: feature].mapValues {
            try $0.identity.certificate.der
        }
        let job = Made.job(label, feature)
        let writer = try TranscriptWriter(
            path: path,
            header: TranscriptHeader(
                software: "colonnade-bench", party: label.party, started: 0, jobHash: Made.hash(job), job: job,
                attempt: 0, transcriptKey: label.key.verificationKey.bytes, endorsement: label.endorsement(of: job),
                certificates: certificates, specifications: [Made.exchange(content), Made.seal], statements: [:],
                keepsPayloads: label.keepsPayloads), key: label.key)
        let members = [SessionPlan.Member(label.party, role: "label"), .init(feature.party, role: "feature")]

        func cross(_ step: String, _ phase: String, _ kind: Kind, round: Int = 0, sent: Bool, _ payload: [UInt8]) throws
        {
            let shape = kind == content.kind ? [payload.count / 8] : [payload.count]
            let header = FrameHeader(
                protocolName: phase == "seal" ? "seal" : "exchange", phase: phase, round: round, step: step, kind: kind,
                shape: shape)
            try writer.record(Frame(header: header, payload: payload), isOutgoing: sent, peer: feature.party)
        }

        try writer.record(
            SessionPlan(
                protocolName: "exchange", version: 1, members: members, dimensions: ["numbers": numbers],
                runs: [.init("greet"), .init("train", count: rounds)]))
        for (author, sent) in [(label, true), (feature, false)] {
            try cross(
                "H1", "greet", .control, sent: sent,
                author.key.verificationKey.bytes + author.endorsement(of: job))
        }
        var payload = SystemRandom.bytes(numbers * 8)
        for round in 0..<rounds {
            for (step, sent) in [("F1", false), ("F2", true)] {
                // Every payload is another one; of shares, every word.
                if content == .shares { payload = SystemRandom.bytes(numbers * 8) }
                withUnsafeBytes(of: UInt64(round * 2 + (sent ? 1 : 0))) { payload.replaceSubrange(0..<8, with: $0) }
                try cross(step, "train", content.kind, round: round, sent: sent, payload)
            }
        }

        let mine = writer.head
        let theirs = ChainHead(bytes: SHA256.hash([]), records: 1)
        try writer.record(
            SessionPlan(protocolName: "seal", version: 1, members: members, dimensions: [:], runs: [.init("seal")]))
        for (author, head, sent) in [(label, mine, true), (feature, theirs, false)] {
            let signature = author.sign(head, "head", of: author.party, job)
            var statement = CanonicalWriter()
            statement.raw(head.bytes)
            statement.count(head.records)
            try cross("S1", "seal", .signature, sent: sent, statement.bytes + signature)
        }
        try cross("S2", "seal", .signature, sent: true, label.sign(theirs, "counter-signature", of: feature.party, job))
        try cross("S2", "seal", .signature, sent: false, feature.sign(mine, "counter-signature", of: label.party, job))
        try writer.recordEnd()
    }
}

/// One of the two parties, with its keys.
private struct Author {
    let party: Party
    let identity: Identity
    let key = SigningKey.generate()
    let keepsPayloads: Bool

    init(_ seat: Seat, keepsPayloads: Bool) throws {
        party = try seat.party
        identity = try Identity.make(name: party.name)
        self.keepsPayloads = keepsPayloads
    }

    func endorsement(of job: String) -> [UInt8] {
        identity.signingKey.sign(
            TranscriptHeader.endorsedBytes(
                party: party, jobHash: Made.hash(job), transcriptKey: key.verificationKey.bytes))
    }

    func sign(_ head: ChainHead, _ purpose: String, of owner: Party, _ job: String) -> [UInt8] {
        key.sign(head.signedBytes(purpose: purpose, party: owner, jobHash: Made.hash(job)))
    }
}

/// The made-up job and its protocols.
private enum Made {
    static func exchange(_ content: MadeTranscript.Content) -> String {
        """
        protocol: exchange
        version: 1
        summary: Keys, then rounds of one frame each way.
        source: made up for this benchmark
        roles: {label: the label party, feature: the feature party}
        learns: {label: noise, feature: noise}
        dimensions: {numbers: numbers of a payload}
        phases: {greet: [[H1]], train: [[F1], [F2]]}
        messages:
          H1: {from: each, to: others, kind: control, shape: "96", bytes: "96", carries: key and endorsement, leaks: nothing}
          F1: {from: feature, to: label, kind: \(content.kind.name), shape: numbers, bytes: numbers * 8, carries: noise, leaks: nothing}
          F2: {from: label, to: feature, kind: \(content.kind.name), shape: numbers, bytes: numbers * 8, carries: noise, leaks: nothing}
        """
    }

    static let seal = """
        protocol: seal
        version: 1
        summary: Heads are signed and counter-signed.
        source: made up for this benchmark
        roles: {label: the label party, feature: the feature party}
        learns: {label: heads, feature: heads}
        phases: {seal: [[S1], [S2]]}
        messages:
          S1: {from: each, to: others, kind: signature, shape: "104", bytes: "104", carries: head, leaks: nothing}
          S2: {from: each, to: others, kind: signature, shape: "64", bytes: "64", carries: signature, leaks: nothing}
        """

    /// The fingerprints of both parties.
    static func job(_ label: Author, _ feature: Author) -> String {
        [label, feature].map { SHA256.hash($0.identity.certificate.der).hexadecimal }.joined(separator: " ")
    }

    static func hash(_ job: String) -> [UInt8] { SHA256.hash(Array(job.utf8)) }

    static func conventions(
        _ label: Author, _ feature: Author, _ content: MadeTranscript.Content
    ) throws -> Conventions {
        let specifications = try [exchange(content), seal].map { try ProtocolSpecification(yaml: $0) }
        let text = job(label, feature)
        let statement = JobStatement(
            hash: hash(text),
            certificates: [label, feature].reduce(into: [:]) {
                $0[$1.party] = SHA256.hash($1.identity.certificate.der).hexadecimal
            },
            specifications: specifications.reduce(into: [:]) {
                $0[SpecificationName($1.name, $1.version)] = $1.hash.hexadecimal
            }, isUnprotected: false, listsRows: false, keyBits: nil)
        return Conventions(
            specifications: specifications, job: { $0 == text ? statement : nil },
            announcement: { header, payload in
                header.step == "H1" && payload.count == 96
                    ? KeyAnnouncement(transcriptKey: Array(payload[..<32]), endorsement: Array(payload[32...])) : nil
            },
            key: { _, _ in nil }, proofContext: { _, _ in [] },
            seal: { header, payload in
                switch (header.step, payload.count) {
                case ("S1", 104):
                    var reader = CanonicalReader(payload[32..<40])
                    guard let records = try? reader.count() else { return nil }
                    return .head(
                        ChainHead(bytes: Array(payload[..<32]), records: records), signature: Array(payload[40...]))
                case ("S2", 64): return .counterSignature(payload)
                default: return nil
                }
            })
    }
}
