import AuditedFederation
import Auditing
import Specification
import Transcript

/// Frames that are missing, too many, or elsewhere.
extension Mutation {
    static let order = [
        Mutation("a frame dropped", .order) { mutant in
            let index = try mutant.pickFrame()
            let next = try mutant.nextInStep(after: index)
            mutant.records.remove(at: index)
            mutant.expect(next - 1)
        },
        Mutation("a frame twice", .order) { mutant in
            let index = try mutant.pickFrame()
            mutant.records.insert(mutant.records[index], at: index)
            mutant.expect(index + 1)
        },
        Mutation("two frames of a link exchanged", .order) { mutant in
            let indices = try mutant.records.indices { _ in true }.filter { index in
                mutant.records[try mutant.nextInStep(after: index)].frame != nil
            }
            let index = try mutant.pick(indices, of: "frame with another one after it")
            mutant.records.swapAt(index, try mutant.nextInStep(after: index))
            mutant.expect(index)
        },
        Mutation("a round left out of the record", .order) { mutant in
            let rounds = mutant.records.compactMap { record in
                record.frame.flatMap { $0.header.phase == "train" ? $0.header.round : nil }
            }
            let round = try mutant.pick(rounds, of: "round")
            let isInRound = { (record: TranscriptRecord) in
                record.frame.map { $0.header.phase == "train" && $0.header.round == round } ?? false
            }
            guard let first = mutant.records.firstIndex(where: isInRound) else { throw NotThere("round") }
            mutant.records.removeAll(where: isInRound)
            mutant.expect(first)
        },
        Mutation("a frame of no message", .order) { mutant in
            let index = try mutant.pickFrame()
            mutant.records.insert(mutant.records[index], at: index)
            try mutant.records.changeFrame(index) { $0.header.step = "X1" }
            mutant.expect(index)
        },
        Mutation("a frame too many at the end of a session", .order) { mutant in
            let sessions = mutant.records.indices.filter { mutant.records[$0].plan != nil }.dropFirst()
            let index = try mutant.pick(Array(sessions), of: "session after another one")
            mutant.records.insert(mutant.records[index - 1], at: index)
            mutant.expect(index)
        },
        frame("another round", .order) { frame, _ in frame.header.round += 1 },
        frame("another phase", .order) { frame, _ in frame.header.phase += "-again" },
        frame("another step of the protocol", .order) { frame, _ in
            let steps = Mutant.specification(frame.header.protocolName)?.messages.keys.sorted() ?? []
            guard let other = steps.first(where: { $0 != frame.header.step }) else { throw NotThere("other step") }
            frame.header.step = other
        },
        frame(
            "sent instead of received", .order,
            where: { frame in if case .role = Mutant.message(frame)?.from { true } else { false } },
            { frame, _ in frame.isOutgoing.toggle() }),
        Mutation("a frame put down to a partner that has had it", .order, amongThree: true) { mutant in
            mutant.act(as: mutant.run.parties[0])
            let records = mutant.records
            let copies = records.indices { frame in frame.isOutgoing && frame.header.protocolName != "seal" }
            let (first, second) = try mutant.pick(
                copies.flatMap { first in
                    copies.filter { $0 > first && records[$0].frame?.isCopy(of: records[first].frame) == true }
                        .map { (first, $0) }
                }, of: "message to two partners")
            guard let other = records[first].frame?.peer else { return }
            try mutant.records.changeFrame(second) { $0.peer = other }
            mutant.expect(second)
        },
        frame("a partner that is none", .order) { frame, _ in frame.peer = try Party("stranger") },
        frame("itself as partner", .order) { frame, mutant in frame.peer = mutant.party },
        Mutation("a partner with whom the protocol has nothing to do", .order, amongThree: true) { mutant in
            let features = mutant.run.parties.dropFirst()
            mutant.act(as: try mutant.pick(Array(features), of: "feature party"))
            let index = try mutant.pickFrame { ["matmul", "key-exchange"].contains($0.header.protocolName) }
            let other = features.first { $0 != mutant.party }
            try mutant.records.changeFrame(index) { $0.peer = try other.orThrow("other feature party") }
            mutant.expect(index)
        },
        Mutation("the end before the last frame", .order) { mutant in
            let end = mutant.records.endIndex - 2
            mutant.records.swapAt(end, end - 1)
            mutant.expect(end - 1)
        },
    ]
}

extension TranscriptRecord.FrameRecord {
    /// Whether it is the same message of the same round to another partner.
    fileprivate func isCopy(of other: Self?) -> Bool {
        guard let other else { return false }
        return other.peer != peer && other.header.protocolName == header.protocolName
            && other.header.phase == header.phase && other.header.round == header.round
            && other.header.step == header.step
    }
}
