import AuditedFederation
import Auditing
import Specification
import Transcript

/// A frame whose header, or whose length, is not as planned.
extension Mutation {
    static let fields = [
        frame("another protocol", .fields) { frame, _ in frame.header.protocolName += "-2" },
        frame("another kind", .fields, where: isUnkept) { frame, _ in
            frame.header.kind = frame.header.kind == .ciphertext ? .maskedShare : .ciphertext
        },
        frame("another key owner", .fields) { frame, mutant in
            frame.header.keyOwner = frame.header.keyOwner == mutant.party ? frame.peer : mutant.party
        },
        frame("no key owner", .fields, where: { $0.header.keyOwner != nil }) { frame, _ in frame.header.keyOwner = nil
        },
        frame("another subject", .fields) { frame, _ in
            frame.header.subject = frame.header.subject == nil ? frame.peer : nil
        },
        frame("another weight version", .fields, where: { $0.header.weightVersion != nil }) { frame, _ in
            frame.header.weightVersion = (frame.header.weightVersion ?? 0) + 1
        },
        frame("no weight version", .fields, where: { $0.header.weightVersion != nil }) { frame, _ in
            frame.header.weightVersion = nil
        },
        frame("a version of no weights", .fields, where: { $0.header.weightVersion == nil }) { frame, _ in
            frame.header.weightVersion = 0
        },
        frame("another shape", .fields, where: isPlanned) { frame, _ in frame.header.shape[0] += 1 },
        frame("a dimension more", .fields) { frame, _ in frame.header.shape.append(1) },
        frame("another scale", .fields) { frame, _ in frame.header.scale += 1 },
        frame("more slots", .fields) { frame, _ in frame.header.slots += 1 },
        frame("wider slots", .fields) { frame, _ in frame.header.slotBits += 1 },
        frame("narrower slots", .fields, where: { $0.header.slotBits > 0 }) { frame, _ in frame.header.slotBits -= 1 },
        frame("another length", .fields, where: { isUnkept($0) && isPlanned($0) }) { frame, mutant in
            frame.length += mutant.run.parties.count == 2 ? 1 : -1
        },
        frame("more bytes than the limit", .fields, where: isLimited) { frame, _ in
            let length = 1 << 20
            if frame.payload == nil { frame.length = length } else { frame.keep([UInt8](repeating: 0, count: length)) }
        },
        frame("an announced size that is not the header's", .fields, where: announces) { frame, _ in
            var payload = frame.payload ?? []
            payload[7] ^= 1
            frame.keep(payload)
        },
        frame("a list of rows in a job that allows none", .rowList, where: isUnkept) { frame, _ in
            frame.header.kind = .rowList
        },
        frame("a statistic in a job that asks for none", .statistic, where: isUnkept) { frame, _ in
            frame.header.kind = .statistic
        },
        frame("plain numbers in a protected job", .protection, where: isUnkept) { frame, _ in frame.header.kind = .plain
        },
    ]

    /// Its payload is not in every transcript.
    @Sendable private static func isUnkept(_ frame: TranscriptRecord.FrameRecord) -> Bool {
        ![.shape, .control, .signature].contains(frame.header.kind)
    }

    /// Its sizes are known before it is sent, or its payload says them, which is kept.
    @Sendable private static func isPlanned(_ frame: TranscriptRecord.FrameRecord) -> Bool {
        Mutant.message(frame)?.defines == nil || frame.header.kind == .shape
    }

    @Sendable private static func isLimited(_ frame: TranscriptRecord.FrameRecord) -> Bool {
        if case .atMost = Mutant.message(frame)?.bytes { true } else { false }
    }

    @Sendable private static func announces(_ frame: TranscriptRecord.FrameRecord) -> Bool {
        Mutant.message(frame)?.defines != nil && frame.header.kind == .shape
    }
}

/// Payloads that are not what the record says of them, or should not be there.
extension Mutation {
    static let payloads = [
        frame("a hash of something else", .payload, where: isKept) { frame, _ in frame.digest[3] ^= 1 },
        frame("a short hash", .payload, where: { $0.header.protocolName != "seal" }) { frame, _ in
            frame.digest.removeLast()
        },
        frame("a payload left out", .payload, where: isKept) { frame, _ in frame.payload = nil },
        frame("a payload kept in a transcript of headers", .payload, where: isUnkept) { frame, _ in
            frame.payload = [UInt8](repeating: 0, count: frame.length)
        },
        frame("a payload with another length", .payload, where: isKept) { frame, _ in frame.payload?.append(0) },
        Mutation("headers that claim to be all payloads", .payload) { mutant in
            try mutant.records.changeHeader { $0.keepsPayloads = true }
            guard let first = mutant.records.indices(where: isUnkept).first else { throw NotThere("such frame") }
            mutant.expect(first)
        },
        Mutation("all payloads that claim to be headers", .payload, of: .full) { mutant in
            try mutant.records.changeHeader { $0.keepsPayloads = false }
            guard let first = mutant.records.indices(where: isUnkept).first else { throw NotThere("such frame") }
            mutant.expect(first)
        },
        frame("a byte of a payload that was kept", .payload, of: .full, where: isUnkept) { frame, mutant in
            var noise = mutant.noise
            guard var payload = frame.payload else { throw NotThere("payload") }
            payload[Int.random(in: payload.indices, using: &noise)] ^= UInt8(1 << Int.random(in: 0..<8, using: &noise))
            frame.payload = payload
        },
    ]

    /// Its payload is in every transcript, and no seal's, which are made anew.
    @Sendable private static func isKept(_ frame: TranscriptRecord.FrameRecord) -> Bool {
        !isUnkept(frame) && frame.header.protocolName != "seal"
    }
}
