internal import Cryptography
internal import Specification
internal import Transcript

/// Holds one session of a transcript to its plan: a guard per link, run again over the records.
struct SessionVerifier {
    private let plan: SessionPlan
    private let me: Party
    /// Links that are in step so far. After its first finding a link is out of step, and one finding says so.
    private var guards: [Party: Guard] = [:]

    /// The protocol that it runs.
    var protocolName: String { plan.protocolName }

    init(_ plan: SessionPlan, _ facts: HeaderFacts, _ findings: inout Findings) {
        self.plan = plan
        me = facts.header.party
        let name = SpecificationName(plan.protocolName, plan.version)
        guard let specification = facts.specifications[name] else {
            findings.add(.specification, expected: "the specification of \(name) in the header", found: "none")
            return
        }
        if let stranger = plan.members.map(\.party).filter({ !facts.parties.contains($0) }).min() {
            findings.add(.plan, expected: "a session among parties of the job", found: "\(stranger) in it")
            return
        }
        for peer in Set(plan.members.map(\.party)).subtracting([me]) {
            do { guards[peer] = try Guard(specification, plan: plan, me: me, peer: peer) } catch {
                findings.add(.plan, expected: "a plan that fits \(name)", found: error.description)
                guards = [:]
                return
            }
        }
    }

    /// Checks a frame of this session.
    mutating func accept(_ frame: TranscriptRecord.FrameRecord, _ findings: inout Findings) {
        guard frame.peer != me, plan.role(of: frame.peer) != nil else {
            findings.add(
                .order, peer: frame.peer, expected: "frames among the parties of the \(plan.protocolName) session",
                found: "\(frame.header.step) \(frame.isOutgoing ? "to" : "from") \(frame.peer)")
            return
        }
        guard let index = guards.index(forKey: frame.peer) else { return }
        do {
            try guards.values[index].accept(
                frame.header, length: frame.length, from: frame.isOutgoing ? me : frame.peer, announced: frame.payload)
        } catch {
            let isOutOfOrder = guards.values[index].expectation == error.expected
            guards.remove(at: index)
            findings.add(
                isOutOfOrder ? .order : .fields, peer: frame.peer, expected: error.expected,
                found: isOutOfOrder ? error.found : "\(error.found), in \(frame.place)")
        }
    }

    /// The next session begins, or the job ends: nothing may be missing.
    func finish(_ findings: inout Findings) {
        for (peer, link) in guards.sorted(by: { $0.key < $1.key }) where !link.isFinished {
            findings.add(
                .order, peer: peer, expected: "\(link.expectation) of \(plan.protocolName)",
                found: "the end of the session")
        }
    }
}

extension TranscriptRecord.FrameRecord {
    /// `F1 of train round 3`.
    var place: String { "\(header.step) of \(header.phase) round \(header.round)" }
}
