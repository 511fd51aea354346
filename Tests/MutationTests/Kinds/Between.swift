import AuditedFederation
import Auditing
import Cryptography
import Specification
import Transcript

/// What only two transcripts side by side give away: each of them is accepted alone.
extension Mutation {
    static let between = [
        joint("another payload than the partner's", .agreement) { mutant in
            let index = try mutant.pickFrame(where: isFree)
            try mutant.records.changeFrame(index) { $0.digest[0] ^= 1 }
            try mutant.expectAtReceiver(of: index)
        },
        joint("payloads of two rounds exchanged", .agreement) { mutant in
            let isRepeated = { (frame: TranscriptRecord.FrameRecord) in
                isFree(frame) && frame.header.phase == "train"
            }
            let index = try mutant.pickFrame(where: isRepeated)
            guard let frame = mutant.records[index].frame else { return }
            let others = mutant.records.indices { other in
                isRepeated(other) && other.header.step == frame.header.step && other.peer == frame.peer
                    && other.header.round != frame.header.round
            }
            let other = try mutant.pick(others, of: "other round")
            guard let second = mutant.records[other].frame else { return }
            try mutant.records.changeFrame(index) { $0.digest = second.digest }
            try mutant.records.changeFrame(other) { $0.digest = frame.digest }
            try mutant.expectAtReceiver(of: min(index, other))
        },
        joint("another history with the partners' help", .seal) { mutant in
            let index = try mutant.pickFrame(where: isFree)
            try mutant.records.changeFrame(index) { $0.digest[0] ^= 1 }
            // Partners counter-sign, but keep their own transcripts, in which the first head stands.
            mutant.isAlone = true
        },
        joint("another plan than the partners'", .plan) { mutant in
            let index = try mutant.pickSession()
            try mutant.records.changePlan(at: index) { $0.dimensions["audits"] = 1 }
            let (first, second) = (mutant.run.parties[0], mutant.run.parties[1])
            let other = mutant.party == first ? second : mutant.party
            let number = mutant.records[...index].count { $0.plan != nil }
            let places = mutant.transcripts[other]?.indices.filter { mutant.transcripts[other]?[$0].plan != nil } ?? []
            mutant.expectation.party = other
            mutant.expect(places[number - 1])
        },
        joint("another attempt", .job) { mutant in
            try mutant.records.changeHeader { $0.attempt += 1 }
            if mutant.party == mutant.run.parties[0] { mutant.expectation.party = mutant.run.parties[1] }
            mutant.expect(0)
        },
        joint("one transcript twice", .attendance) { mutant in mutant.doubled = mutant.party },
    ]

    private static func joint(
        _ name: String, _ check: Check, _ change: @escaping @Sendable (inout Mutant) throws -> Void
    ) -> Mutation {
        Mutation(name, check) { mutant in
            mutant.isJoint = true
            try change(&mutant)
        }
    }

    /// No check of one transcript alone knows what this carries.
    @Sendable private static func isFree(_ frame: TranscriptRecord.FrameRecord) -> Bool {
        frame.payload == nil && frame.header.protocolName != "seal"
    }
}

extension Mutant {
    /// Of two copies of a frame, the receiver's is compared with the sender's.
    mutating func expectAtReceiver(of index: Int) throws {
        guard records[index].frame?.isOutgoing == true else { return expect(index) }
        let transcripts = transcripts
        self.transcripts = run.records
        let (receiver, record) = try counterpart(of: index)
        self.transcripts = transcripts
        expectation.party = receiver
        expect(record)
    }
}
