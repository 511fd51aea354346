package import Cryptography
package import Specification
package import Transcript

/// Nothing of what was looked for stands in a transcript.
package struct NotThere: Error, CustomStringConvertible {
    package let description: String

    package init(_ what: String) { description = "the transcript has no \(what)" }
}

extension TranscriptRecord.FrameRecord {
    /// Puts a payload in place of the one that was kept.
    package mutating func keep(_ payload: [UInt8]) {
        self.payload = payload
        length = payload.count
        digest = SHA256.hash(payload)
    }
}

extension TranscriptRecord {
    package var frame: FrameRecord? { if case .frame(let frame) = self { frame } else { nil } }
    package var plan: SessionPlan? { if case .session(let plan) = self { plan } else { nil } }
    package var header: TranscriptHeader? { if case .header(let header) = self { header } else { nil } }

    package func isSession(_ name: String) -> Bool { plan?.protocolName == name }
}

extension [TranscriptRecord] {
    /// All records of a file.
    package init(path: String) throws {
        let reader = try TranscriptReader(path: path)
        self = []
        while case .record(let record) = reader.next() { append(record) }
        guard reader.next() == .end else { throw NotThere("end") }
    }

    /// Where frames of which this holds stand.
    package func indices(where matches: (TranscriptRecord.FrameRecord) -> Bool) -> [Int] {
        indices.filter { self[$0].frame.map(matches) ?? false }
    }

    /// Where the frame of this step and round stands, in one direction.
    package func index(_ step: String, round: Int = 0, isOutgoing: Bool? = nil) throws -> Int {
        let index = indices { frame in
            frame.header.step == step && frame.header.round == round
                && (isOutgoing == nil || frame.isOutgoing == isOutgoing)
        }.first
        guard let index else { throw NotThere("\(step) of round \(round)") }
        return index
    }

    package func index(ofSession name: String) throws -> Int {
        guard let index = firstIndex(where: { $0.isSession(name) }) else { throw NotThere("session of \(name)") }
        return index
    }

    package mutating func changeFrame(
        _ index: Int, _ change: (inout TranscriptRecord.FrameRecord) throws -> Void
    ) throws {
        guard var frame = self[index].frame else { throw NotThere("frame as record \(index)") }
        try change(&frame)
        self[index] = .frame(frame)
    }

    package mutating func changePlan(_ name: String, _ change: (inout SessionPlan) -> Void) throws {
        try changePlan(at: index(ofSession: name), change)
    }

    package mutating func changePlan(at index: Int, _ change: (inout SessionPlan) -> Void) throws {
        guard var plan = self[index].plan else { throw NotThere("session as record \(index)") }
        change(&plan)
        self[index] = .session(plan)
    }

    package mutating func changeHeader(_ change: (inout TranscriptHeader) throws -> Void) throws {
        guard var header = first?.header else { throw NotThere("header") }
        try change(&header)
        self[0] = .header(header)
    }

    /// Frames before this record.
    package func frames(before index: Int) -> Int { self[..<index].count { $0.frame != nil } }
}
