import AuditedFederation
import Auditing
import Specification
import Transcript

/// Plans that are not what was run, and sessions that are not there.
extension Mutation {
    static let sessions = [
        plan("another width in the plan") { plan, _ in plan.dimensions["width", default: 0] += 1 },
        plan("another key size in the plan") { plan, _ in plan.dimensions["key-bits"] = 3072 },
        plan("weights of another moment in the plan") { plan, _ in plan.dimensions["weight-version", default: 0] += 1 },
        plan("a size left out of the plan") { plan, mutant in
            plan.dimensions[try mutant.pick(["width", "key-bits", "weight-version"], of: "size")] = nil
        },
        plan("narrower slots in the plan") { plan, _ in
            for key in plan.dimensions.keys where key.hasPrefix("forward-slot-bits") { plan.dimensions[key]? -= 1 }
        },
        Mutation("another number of rows in the plan", .fields) { mutant in
            let index = try mutant.records.index(ofSession: "matmul")
            let runs = mutant.records[index].plan?.runs ?? []
            let choices = runs.indices.filter { runs[$0].dimensions["rows"] != nil && runs[$0].count > 0 }
            let run = try mutant.pick(choices, of: "run with rows")
            try mutant.records.changePlan(at: index) { $0.runs[run].dimensions["rows", default: 0] += 1 }
            let round = runs[..<run].filter { $0.phase == runs[run].phase }.reduce(0) { $0 + $1.count }
            let frames = mutant.records.indices {
                $0.header.protocolName == "matmul" && $0.header.phase == runs[run].phase && $0.header.round == round
            }
            mutant.expect(try frames.first.orThrow("frame of the run"))
        },
        Mutation("fewer rounds in the plan", .order) { mutant in
            let index = try mutant.records.index(ofSession: "matmul")
            guard let last = mutant.records[index].plan?.runs.last else { throw NotThere("run") }
            try mutant.records.changePlan(at: index) { $0.runs[$0.runs.endIndex - 1].count -= 1 }
            let rounds = mutant.records.indices { $0.header.protocolName == "matmul" && $0.header.phase == last.phase }
            let end = rounds.map { mutant.records[$0].frame?.header.round ?? 0 }.max()
            let first = rounds.first { mutant.records[$0].frame?.header.round == end }
            mutant.expect(try first.orThrow("frame of the last round"))
        },
        Mutation("more rounds in the plan", .order) { mutant in
            let name = try mutant.pick(["matmul", "columns", "key-exchange", "handshake"], of: "session")
            let index = try mutant.records.index(ofSession: name)
            try mutant.records.changePlan(at: index) { $0.runs[$0.runs.endIndex - 1].count += 1 }
            let next = mutant.records.indices.first { $0 > index && mutant.records[$0].plan != nil }
            mutant.expect(try next.orThrow("session after it"))
        },
        Mutation("a version without specification", .specification) { mutant in
            let index = try mutant.pickSession()
            try mutant.records.changePlan(at: index) { $0.version += 1 }
            mutant.expect(index)
        },
        Mutation("a phase that the protocol lacks", .plan) { mutant in
            let index = try mutant.pickSession { !$0.runs.isEmpty }
            try mutant.records.changePlan(at: index) { $0.runs[0].phase = "audit" }
            mutant.expect(index)
        },
        Mutation("a role that the protocol lacks", .plan) { mutant in
            let index = try mutant.pickSession()
            let member = Int.random(in: mutant.run.parties.indices, using: &mutant.noise)
            try mutant.records.changePlan(at: index) { $0.members[member].role = "auditor" }
            mutant.expect(index)
        },
        Mutation("swapped roles", .order) { mutant in
            let index = try mutant.records.index(ofSession: try mutant.pick(["matmul", "key-exchange"], of: "session"))
            try mutant.records.changePlan(at: index) { plan in
                (plan.members[0].role, plan.members[1].role) = (plan.members[1].role, plan.members[0].role)
            }
            mutant.expect(try mutant.firstFrame(after: index))
        },
        Mutation("a party from outside the job", .plan) { mutant in
            let index = try mutant.pickSession()
            let stranger = try Party("stranger")
            try mutant.records.changePlan(at: index) { $0.members.append(.init(stranger, role: $0.members[0].role)) }
            mutant.expect(index)
        },
        Mutation("the first session left out", .structure) { mutant in
            let index = try mutant.records.index(ofSession: "handshake")
            mutant.records.remove(at: index)
            mutant.expect(try mutant.firstFrame(after: index))
        },
        Mutation("a later session left out", .fields) { mutant in
            let index = try mutant.pickSession { !["handshake", "alignment"].contains($0.protocolName) }
            mutant.records.remove(at: index)
            mutant.expect(try mutant.firstFrame(after: index))
        },
        Mutation("a session begun twice", .order) { mutant in
            let index = try mutant.pickSession()
            mutant.records.insert(mutant.records[index], at: index)
            mutant.expect(index + 1)
        },
    ]
}
