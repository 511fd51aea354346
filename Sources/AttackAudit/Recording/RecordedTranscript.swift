package import Arithmetic
internal import Cryptography
package import Specification
package import Transcript

/// The frames that a party received, from its full transcript. Reads the file once for each question, in the memory of one record.
package struct RecordedTranscript: Sendable {
    /// A frame that was received, with its place.
    package struct Received: Sendable {
        /// Counted in the file from 0, sent ones too.
        package let number: Int
        package let record: TranscriptRecord.FrameRecord
        package let payload: [UInt8]
    }

    package let path: String
    package let party: Party
    /// The job's hash in hex.
    package let job: String
    package let attempt: Int
    /// In the order in which the first of each was received.
    package let kinds: [FrameKind]
    /// Of partners, as they sent them: the one number of a public key.
    package let moduli: [Party: Integer]
    /// Protocols whose messages hold numbers of rows or weights: their rounds are those that the party's view tells of. Others may have
    /// phases of the same names.
    package let protocolsOfRounds: Set<String>
    /// Whether plain numbers were received.
    package let isUnprotected: Bool

    /// Reads what there is.
    /// - Throws: ``AttackError``.
    package init(path: String) throws(AttackError) {
        var messages: [String: ProtocolSpecification.Message] = [:]
        var kinds: [FrameKind] = []
        var seen: Set<FrameKind> = []
        var moduli: [Party: Integer] = [:]
        var protocolsOfRounds: Set<String> = []
        var writer: (party: Party, job: String, attempt: Int)?
        try Self.read(path) { record, number throws(AttackError) in
            switch record {
            case .header(let header):
                guard header.keepsPayloads else { throw .payloadsNotKept(path: path) }
                writer = (header.party, header.jobHash.hexadecimal, header.attempt)
                for text in header.specifications {
                    guard let specification = try? ProtocolSpecification(yaml: text) else { continue }
                    for message in specification.messages.values {
                        messages["\(specification.name)/\(message.step)"] = message
                        if ShapeClass(message) != .other { protocolsOfRounds.insert(specification.name) }
                    }
                }
            case .frame(let frame) where !frame.isOutgoing:
                let name = "\(frame.header.protocolName)/\(frame.header.step)"
                let kind = FrameKind(frame, messages[name])
                if seen.insert(kind).inserted { kinds.append(kind) }
                // A Paillier modulus is one number; keys of other kinds are several.
                if frame.header.kind == .publicKey, frame.header.shape == [1], let payload = frame.payload {
                    moduli[frame.peer] = Integer(bigEndian: payload)
                }
            default: break
            }
        }
        guard let writer else { throw .unreadable(path: path, problem: "it does not begin with a header") }
        self.path = path
        (party, job, attempt) = writer
        (self.kinds, self.moduli, self.protocolsOfRounds) = (kinds, moduli, protocolsOfRounds)
        isUnprotected = kinds.contains { $0.kind == .plain }
    }

    /// Goes through the frames of a kind.
    /// - Throws: ``AttackError``.
    package func each(
        _ kind: FrameKind, _ body: (Received) throws(AttackError) -> Void
    ) throws(AttackError) {
        try Self.read(path) { record, number throws(AttackError) in
            guard case .frame(let frame) = record, !frame.isOutgoing, frame.peer == kind.sender,
                frame.header.step == kind.step, frame.header.protocolName == kind.protocolName
            else { return }
            guard let payload = frame.payload else { throw .payloadsNotKept(path: path) }
            try body(Received(number: number, record: frame, payload: payload))
        }
    }

    /// - Parameter body: Takes a record and how many frames stood before it.
    private static func read(
        _ path: String, _ body: (TranscriptRecord, Int) throws(AttackError) -> Void
    ) throws(AttackError) {
        let reader: TranscriptReader
        do { reader = try TranscriptReader(path: path) } catch {
            throw .unreadable(path: path, problem: error.description)
        }
        var frames = 0
        while true {
            switch reader.next() {
            case .record(let record):
                try body(record, frames)
                if case .frame = record { frames += 1 }
            // What was received before a job was cut short was received.
            case .end, .truncated: return
            case .broken(let problem): throw .unreadable(path: path, problem: problem)
            }
        }
    }
}

extension FrameKind {
    /// - Parameter message: What the transcript's specification says of it.
    fileprivate init(_ frame: TranscriptRecord.FrameRecord, _ message: ProtocolSpecification.Message?) {
        self.init(
            protocolName: frame.header.protocolName, step: frame.header.step, sender: frame.peer,
            kind: frame.header.kind, shape: message.map(ShapeClass.init) ?? .other,
            carries: message?.carries ?? "no specification of it here")
    }
}
