package import Cryptography
package import Specification
package import Transcript

/// What parties can do to their own transcripts: records are changed, then chained, signed, sealed and counter-signed anew with their
/// real keys. Only what the records say can give that away.
package struct Forger: Sendable {
    /// Every party's transcript key.
    package let keys: [Party: SigningKey]
    package let jobHash: [UInt8]

    /// Whether partners help: they counter-sign a forged head too.
    package enum Help: Sendable { case none, partners }

    package init(keys: [Party: SigningKey], jobHash: [UInt8]) {
        self.keys = keys
        self.jobHash = jobHash
    }

    /// The bytes of forged transcripts, in which the parties that are given tell each other of their forged heads.
    ///
    /// - Parameters:
    ///   - transcripts: Records of one party or of several.
    ///   - key: What signs the chains in place of the parties' own keys.
    ///   - first: Of the signatures, the first that this key makes.
    package func forge(
        _ transcripts: [Party: [TranscriptRecord]], help: Help = .partners, key: SigningKey? = nil, from first: Int = 0
    ) throws -> [Party: [UInt8]] {
        let signing = Signing(key: key, first: first)
        // A party needs only its own head, which it comes upon; of several, each needs the others'.
        let heads = transcripts.count == 1 ? [:] : try transcripts.mapByKey { try head(of: $0, $1, signing) }
        return try transcripts.mapByKey { party, records in
            try write(party, records, heads: heads, help: help, signing).bytes
        }
    }

    private struct Signing {
        let key: SigningKey?
        let first: Int
    }

    struct NoKey: Error { let party: Party }

    private func key(of party: Party) throws -> SigningKey {
        guard let key = keys[party] else { throw NoKey(party: party) }
        return key
    }

    /// The head before the last seal.
    private func head(of party: Party, _ records: [TranscriptRecord], _ signing: Signing) throws -> ChainHead {
        let end = records.lastIndex { $0.isSession("seal") } ?? records.endIndex
        return try write(party, Array(records[..<end]), heads: [:], help: .none, signing).head
    }

    private func write(
        _ party: Party, _ records: [TranscriptRecord], heads: [Party: ChainHead], help: Help, _ signing: Signing
    ) throws -> (bytes: [UInt8], head: ChainHead) {
        var (head, sealed, signatures) = (ChainHead(), ChainHead(), 0)
        var file = CanonicalWriter()
        for var record in records {
            switch record {
            case .session(let plan) where plan.protocolName == "seal": sealed = head
            case .signature:
                let key = try signatures < signing.first ? key(of: party) : signing.key ?? key(of: party)
                record = .signature(key.sign(head.signedBytes(purpose: "head", party: party, jobHash: jobHash)))
                signatures += 1
            case .frame(var frame) where frame.header.protocolName == "seal":
                try seal(&frame, of: party, under: sealed, heads, help)
                record = .frame(frame)
            case .header, .session, .frame, .abort, .end: break
            }
            let body = record.encoded
            file.integer(UInt32(head.bytes.count + body.count))
            file.raw(head.bytes)
            file.raw(body)
            head.append(body)
        }
        return (file.bytes, head)
    }

    private func seal(
        _ frame: inout TranscriptRecord.FrameRecord, of party: Party, under own: ChainHead, _ heads: [Party: ChainHead],
        _ help: Help
    ) throws {
        let peer = frame.peer
        switch (frame.header.step, frame.isOutgoing) {
        case ("S1", true) where frame.length == Self.statementByteCount: frame.keep(try statement(of: own, by: party))
        case ("S1", false): if let head = heads[peer] { frame.keep(try statement(of: head, by: peer)) }
        case ("S2", true): if let head = heads[peer] { frame.keep(try counterSignature(of: head, of: peer, by: party)) }
        // A stranger has no key to help with.
        case ("S2", false) where help == .partners && keys[peer] != nil:
            frame.keep(try counterSignature(of: own, of: party, by: peer))
        default: break
        }
    }

    private static let statementByteCount = 104

    /// What a party states of its head: the payload of S1.
    package func statement(of head: ChainHead, by party: Party) throws -> [UInt8] {
        var writer = CanonicalWriter()
        writer.raw(head.bytes)
        writer.count(head.records)
        writer.raw(try key(of: party).sign(head.signedBytes(purpose: "head", party: party, jobHash: jobHash)))
        return writer.bytes
    }

    /// The payload of S2.
    package func counterSignature(of head: ChainHead, of owner: Party, by signer: Party) throws -> [UInt8] {
        let signed = head.signedBytes(purpose: "counter-signature", party: owner, jobHash: jobHash)
        return try key(of: signer).sign(signed)
    }
}

extension Dictionary {
    fileprivate func mapByKey<T>(_ transform: (Key, Value) throws -> T) rethrows -> [Key: T] {
        try Dictionary<Key, T>(uniqueKeysWithValues: map { ($0.key, try transform($0.key, $0.value)) })
    }
}
