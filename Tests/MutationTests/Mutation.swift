import AuditedFederation
import Auditing
import Specification
import Testing
import Transcript

/// Draws places and numbers; ciphertexts have another noise.
typealias Noise = AuditedFederation.Noise

/// A kind of change, at which level which check must catch it, and how to make one somewhere.
struct Mutation: Sendable, CustomTestStringConvertible {
    let name: String
    let check: Check
    /// What the transcripts hold, and come with.
    let material: Material
    /// Whether it takes three parties.
    let isAmongThree: Bool
    /// Changes something somewhere, and says where the finding must point.
    let change: @Sendable (inout Mutant) throws -> Void

    /// What there is to be changed.
    enum Material: Sendable {
        /// Payloads that are always kept.
        case headers
        /// All payloads.
        case full
        /// The same, of all parties: what is changed is what crossed, and stands in the transcripts of both ends.
        case contents
        /// All payloads, and every party's private view.
        case views
    }

    init(
        _ name: String, _ check: Check, of material: Material = .headers, amongThree isAmongThree: Bool = false,
        _ change: @escaping @Sendable (inout Mutant) throws -> Void
    ) {
        self.name = name
        self.check = check
        self.material = material
        self.isAmongThree = isAmongThree
        self.change = change
    }

    var testDescription: String { name }

    /// A mutant of this kind; others have another number. Every other one is of three parties.
    func mutant(_ number: Int) throws -> Mutant {
        try mutant(number, of: .shared(features: isAmongThree ? 2 : 1 + number % 2, isFull: material != .headers))
    }

    /// The same of a certain run.
    func mutant(_ number: Int, of run: AuditedRun) throws -> Mutant {
        var mutant = Mutant(
            run, seed: name.utf8.reduce(UInt64(number)) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 })
        switch material {
        case .headers, .full: break
        case .contents:
            // The first transcript that has it is the label party's.
            mutant.isJoint = true
            mutant.act(as: run.parties[0])
        case .views: (mutant.isJoint, mutant.isRevealed) = (true, true)
        }
        try change(&mutant)
        return mutant
    }
}

extension Mutation {
    /// A change of one frame, which must be found in it.
    static func frame(
        _ name: String, _ check: Check, of material: Material = .headers,
        where matches: @escaping @Sendable (TranscriptRecord.FrameRecord) -> Bool = { _ in true },
        _ change: @escaping @Sendable (inout TranscriptRecord.FrameRecord, Mutant) throws -> Void
    ) -> Mutation {
        Mutation(name, check, of: material) { mutant in
            let index = try mutant.pickFrame(where: matches)
            let before = mutant
            try mutant.records.changeFrame(index) { try change(&$0, before) }
            mutant.expect(index)
        }
    }

    /// A change of the header.
    static func header(
        _ name: String, _ check: Check,
        _ change: @escaping @Sendable (inout TranscriptHeader, inout Mutant) throws -> Void
    ) -> Mutation {
        Mutation(name, check) { mutant in
            var header = try mutant.header
            try change(&header, &mutant)
            mutant.records[0] = .header(header)
            mutant.expect(0)
        }
    }

    /// A change of the plan of the layer, which its first frame must show.
    static func plan(
        _ name: String, _ check: Check = .fields,
        _ change: @escaping @Sendable (inout SessionPlan, inout Mutant) throws -> Void
    ) -> Mutation {
        Mutation(name, check) { mutant in
            let index = try mutant.records.index(ofSession: "matmul")
            guard var plan = mutant.records[index].plan else { return }
            try change(&plan, &mutant)
            mutant.records[index] = .session(plan)
            if mutant.expectation.records.isEmpty { mutant.expect(try mutant.firstFrame(after: index)) }
        }
    }

    static let all =
        order + fields + payloads + sessions + headers + signatures + between + files + contents + views + masks

    /// Changes of what payloads carry, which nothing but payloads shows.
    static let contents = ciphertexts + keys + shares

    /// What the auditor's README says of them: a row for each check, level by level.
    static var table: [String] {
        var checks: [Check] = []
        let all = all + replays
        for mutation in all where !checks.contains(mutation.check) { checks.append(mutation.check) }
        let rows = Level.allCases.flatMap { level in
            checks.filter { $0.level == level }.map { check in
                let names = all.filter { $0.check == check }.map(\.name).joined(separator: "; ")
                return "| \(level.rawValue) | \(check.rawValue) | \(names) |"
            }
        }
        return ["| level | check | finds |", "|---|---|---|"] + rows
    }
}

extension Mutant {
    func firstFrame(after index: Int) throws -> Int {
        guard let frame = records.indices.first(where: { $0 > index && records[$0].frame != nil }) else {
            throw NotThere("frame after record \(index)")
        }
        return frame
    }
}
