internal import Specification

extension TranscriptRecord {
    private enum Tag: UInt8 { case header = 1, session, frame, signature, abort, end }

    /// The canonical bytes of one record.
    package var encoded: [UInt8] {
        var writer = CanonicalWriter()
        func tag(_ tag: Tag) { writer.integer(tag.rawValue) }
        switch self {
        case .header(let header):
            tag(.header)
            header.write(to: &writer)
        case .session(let plan):
            tag(.session)
            writer.blob(plan.encoded)
        case .frame(let frame):
            tag(.frame)
            writer.integer(UInt8(frame.isOutgoing ? 1 : 0))
            writer.party(frame.peer)
            frame.header.write(to: &writer)
            writer.count(frame.length)
            writer.blob(frame.digest)
            writer.optional(frame.payload) { $0.blob($1) }
        case .signature(let signature):
            tag(.signature)
            writer.blob(signature)
        case .abort(let abort):
            tag(.abort)
            writer.party(abort.party)
            writer.text(abort.step)
            writer.text(abort.reason)
        case .end:
            tag(.end)
        }
        return writer.bytes
    }

    init(decoding bytes: [UInt8]) throws(SpecificationError) {
        var reader = CanonicalReader(bytes)
        let code: UInt8 = try reader.integer()
        switch Tag(rawValue: code) {
        case .header: self = .header(try TranscriptHeader(from: &reader))
        case .session: self = .session(try SessionPlan(decoding: try reader.blob()))
        case .frame: self = .frame(try FrameRecord(from: &reader))
        case .signature: self = .signature(try reader.blob(limit: 64))
        case .abort:
            self = .abort(
                AbortRecord(party: try reader.party(), step: try reader.text(), reason: try reader.text()))
        case .end: self = .end
        case nil: throw .malformed("record of type \(code)")
        }
        try reader.end()
    }
}

extension TranscriptRecord.FrameRecord {
    fileprivate init(from reader: inout CanonicalReader) throws(SpecificationError) {
        switch try reader.integer(UInt8.self) {
        case 0: isOutgoing = false
        case 1: isOutgoing = true
        case let other: throw .malformed("direction \(other)")
        }
        peer = try reader.party()
        header = try FrameHeader(from: &reader)
        length = try reader.count()
        digest = try reader.blob(limit: 32)
        payload = try reader.optional { (reader) throws(SpecificationError) in try reader.blob() }
    }
}
