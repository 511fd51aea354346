import Cryptography
import Foundation
import Specification
import Transcript

/// What a party can do to its own transcript: change records, then chain and sign them anew.
struct Forger {
    let federation: Federation
    let party: Party

    /// Whether the partners help: they counter-sign the forged head too, so that only what the records say gives it away.
    enum Help { case none, partners }

    func records() throws -> [TranscriptRecord] {
        let reader = try TranscriptReader(path: federation.path(party))
        var records: [TranscriptRecord] = []
        while case .record(let record) = reader.next() { records.append(record) }
        return records
    }

    func forge(
        help: Help = .partners, key: SigningKey? = nil, _ change: (inout [TranscriptRecord]) throws -> Void
    ) throws {
        var records = try records()
        try change(&records)
        guard let key = key ?? federation.keys[party] else { throw CancellationError() }
        let jobHash = Federation.jobHash(federation.job)
        var head = ChainHead()
        var sealed = ChainHead()
        var file = CanonicalWriter()
        for var record in records {
            switch record {
            case .session(let plan) where plan.protocolName == "seal": sealed = head
            case .signature:
                record = .signature(key.sign(head.signedBytes(purpose: "head", party: party, jobHash: jobHash)))
            case .frame(var frame):
                if frame.header.step == "S1", frame.isOutgoing, frame.payload?.count == 104 {
                    frame.keep(federation.statement(of: sealed, by: party))
                } else if frame.header.step == "S2", !frame.isOutgoing, help == .partners {
                    frame.keep(federation.counterSignature(under: sealed, of: party, by: frame.peer))
                }
                record = .frame(frame)
            case .header, .session, .abort, .end: break
            }
            let body = record.encoded
            file.integer(UInt32(head.bytes.count + body.count))
            file.raw(head.bytes)
            file.raw(body)
            head.append(body)
        }
        try Data(file.bytes).write(to: URL(filePath: federation.path(party)))
    }
}

extension TranscriptRecord.FrameRecord {
    /// Puts a payload in place of the one that was kept.
    mutating func keep(_ payload: [UInt8]) {
        self.payload = payload
        length = payload.count
        digest = SHA256.hash(payload)
    }
}

extension [TranscriptRecord] {
    /// Where the frame of this step and round stands, in one direction.
    func index(_ step: String, round: Int = 0, isOutgoing: Bool? = nil) throws -> Int {
        let index = firstIndex {
            guard case .frame(let frame) = $0 else { return false }
            return frame.header.step == step && frame.header.round == round
                && (isOutgoing == nil || frame.isOutgoing == isOutgoing)
        }
        guard let index else { throw CancellationError() }
        return index
    }

    func index(ofSession name: String) throws -> Int {
        let index = firstIndex {
            guard case .session(let plan) = $0 else { return false }
            return plan.protocolName == name
        }
        guard let index else { throw CancellationError() }
        return index
    }

    mutating func changeFrame(_ index: Int, _ change: (inout TranscriptRecord.FrameRecord) -> Void) throws {
        guard case .frame(var frame) = self[index] else { throw CancellationError() }
        change(&frame)
        self[index] = .frame(frame)
    }

    mutating func changePlan(_ name: String, _ change: (inout SessionPlan) -> Void) throws {
        let index = try index(ofSession: name)
        guard case .session(var plan) = self[index] else { throw CancellationError() }
        change(&plan)
        self[index] = .session(plan)
    }

    mutating func changeHeader(_ change: (inout TranscriptHeader) throws -> Void) throws {
        guard case .header(var header) = self[0] else { throw CancellationError() }
        try change(&header)
        self[0] = .header(header)
    }

    /// Frames before this record.
    func frames(before index: Int) -> Int {
        self[..<index].filter { if case .frame = $0 { true } else { false } }.count
    }
}
