import AuditedFederation
import Auditing
import Cryptography
import Specification
import Transcript

/// What a transcript says of itself, and where it begins and ends.
extension Mutation {
    static let headers = [
        header("another job", .job) { header, mutant in
            let changes = [("\"epochs\":1", "\"epochs\":2"), ("2048", "3072"), ("\"y\"", "\"z\"")]
            let (old, new) = try mutant.pick(changes, of: "change")
            let text = header.job.replacing(old, with: new)
            header.job = text == header.job ? text + " " : text
        },
        header("a text that is no job", .job) { header, _ in header.job = "?" },
        header("another job hash", .job) { header, mutant in
            header.jobHash[Int.random(in: 0..<32, using: &mutant.noise)] ^= 1
        },
        header("a certificate of its own making", .certificate) { header, mutant in
            let party = try mutant.pick(mutant.run.parties, of: "party")
            header.certificates[party] = try Identity.make(name: party.name).certificate.der
        },
        header("a certificate of somebody else", .certificate) { header, mutant in
            let (first, second) = (mutant.run.parties[0], mutant.run.parties[1])
            let (from, to) = try mutant.pick([(first, second), (second, first)], of: "pair")
            header.certificates[to] = header.certificates[from]
        },
        header("no certificate", .certificate) { header, mutant in
            header.certificates[try mutant.pick(mutant.run.parties, of: "party")] = nil
        },
        header("a certificate that is none", .certificate) { header, mutant in
            let party = try mutant.pick(mutant.run.parties, of: "party")
            header.certificates[party]?.removeLast()
        },
        header("an endorsement of something else", .endorsement) { header, mutant in
            header.endorsement[Int.random(in: 0..<64, using: &mutant.noise)] ^= 1
        },
        header("a transcript key without endorsement", .endorsement) { header, mutant in
            let key = SigningKey.generate()
            header.transcriptKey = key.verificationKey.bytes
            mutant.key = key
        },
        header("the meaning of a specification changed", .specification) { header, mutant in
            let changes = [
                ("shape: \"1\"", "shape: \"2\""), ("scale: 40", "scale: 41"), ("bytes: \"8\"", "bytes: \"9\""),
                ("kind: masked-share", "kind: plain"),
            ]
            let (old, new) = try mutant.pick(changes, of: "change")
            let texts = header.specifications.indices.filter { header.specifications[$0].contains(old) }
            let index = try mutant.pick(texts, of: "specification with \(old)")
            header.specifications[index] = header.specifications[index].replacing(old, with: new)
        },
        header("a specification that is none", .specification) { header, mutant in
            let index = Int.random(in: header.specifications.indices, using: &mutant.noise)
            header.specifications[index] = "protocol: ["
        },
        header("a specification that is not the job's", .specification) { header, mutant in
            let index = Int.random(in: header.specifications.indices, using: &mutant.noise)
            header.specifications.append(
                header.specifications[index].replacing("\nversion: ", with: "\nversion: 9").replacing(
                    "protocol: ", with: "protocol: other-", maxReplacements: 1))
        },
        header("two specifications of one name", .specification) { header, mutant in
            header.specifications.append(try mutant.pick(header.specifications, of: "specification"))
        },
        Mutation("a specification left out", .specification) { mutant in
            var header = try mutant.header
            // Not every one that a job may use is used.
            let used = try header.specifications.compactMap { text in
                let name = try ProtocolSpecification(yaml: text).name
                return (try? mutant.records.index(ofSession: name)).map { (text, $0) }
            }
            let (text, session) = try mutant.pick(used, of: "specification")
            header.specifications.removeAll { $0 == text }
            mutant.records[0] = .header(header)
            mutant.expect(session)
        },
        Mutation("two headers", .structure) { mutant in
            let index = Int.random(in: 1..<mutant.records.endIndex, using: &mutant.noise)
            mutant.records.insert(mutant.records[0], at: index)
            mutant.expect(index)
        },
        Mutation("a record after the end", .structure) { mutant in
            mutant.records.append(try mutant.pick(mutant.records, of: "record"))
            mutant.expect(mutant.records.endIndex - 1)
            mutant.expectation.namesFrame = false
        },
        Mutation("a record between the end and its signature", .structure) { mutant in
            let index = mutant.records.endIndex - 1
            mutant.records.insert(mutant.records[try mutant.pickFrame()], at: index)
            mutant.expect(index)
            mutant.expectation.namesFrame = false
        },
    ]
}

/// Keys and signatures: the chain's, the seal's, and the keys that the handshake announces.
extension Mutation {
    static let signatures = [
        Mutation("signed by another key", .signature) { mutant in
            let places = mutant.records.indices.filter {
                if case .signature = mutant.records[$0] { true } else { false }
            }
            let index = try mutant.pick(Array(places.indices), of: "signature")
            (mutant.key, mutant.firstSignature) = (.generate(), index)
            mutant.expect(places[index])
        },
        Mutation("another history that partners have not counter-signed", .seal) { mutant in
            let index = try mutant.pickFrame { $0.header.protocolName != "seal" && $0.payload == nil }
            try mutant.records.changeFrame(index) { $0.digest[0] ^= 1 }
            mutant.help = .none
            mutant.expect(try mutant.records.index("S2", isOutgoing: false))
        },
        Mutation("no seal", .seal) { mutant in
            let index = try mutant.records.index(ofSession: "seal")
            mutant.records.removeSubrange(index..<mutant.records.count - 2)
            mutant.expect(index)
        },
        Mutation("a session after the seal", .seal) { mutant in
            let (first, next) = (
                try mutant.records.index(ofSession: "columns"), try mutant.records.index(ofSession: "seal")
            )
            let end = mutant.records[(first + 1)...].firstIndex { $0.plan != nil } ?? next
            mutant.records.insert(contentsOf: mutant.records[first..<end], at: mutant.records.count - 2)
            mutant.expect(mutant.records.count - 2)
        },
        frame(
            "a partner's head with a signature of something else", .seal,
            where: { $0.header.step == "S1" && !$0.isOutgoing }, { frame, mutant in try flip(&frame, mutant) }),
        frame(
            "a counter-signature of something else", .seal, where: { $0.header.step == "S2" && $0.isOutgoing },
            { frame, mutant in try flip(&frame, mutant) }),
        frame(
            "an announced key that is not the header's", .endorsement,
            where: { $0.header.step == "H1" && $0.isOutgoing }, { frame, mutant in try anotherKey(&frame, mutant) }),
        frame(
            "a partner's key without endorsement", .endorsement, where: { $0.header.step == "H1" && !$0.isOutgoing },
            { frame, mutant in try anotherKey(&frame, mutant) }),
    ]

    /// A bit of a payload.
    private static func flip(_ frame: inout TranscriptRecord.FrameRecord, _ mutant: Mutant) throws {
        var (payload, noise) = (frame.payload ?? [], mutant.noise)
        payload[Int.random(in: payload.indices, using: &noise)] ^= UInt8(1 << Int.random(in: 0..<8, using: &noise))
        frame.keep(payload)
    }

    /// A hello that announces another transcript key.
    private static func anotherKey(_ frame: inout TranscriptRecord.FrameRecord, _ mutant: Mutant) throws {
        let owner = frame.isOutgoing ? mutant.party : frame.peer
        guard let key = mutant.run.forger.keys[owner]?.verificationKey.bytes, let payload = frame.payload,
            payload.firstRange(of: key) != nil
        else { throw NotThere("announced key") }
        frame.keep(payload.replacing(key, with: SigningKey.generate().verificationKey.bytes, maxReplacements: 1))
    }
}
