import AuditedFederation
import Auditing
import Cryptography
import Specification
import Testing
import Transcript

/// One thing that a party changed in its own transcript before it chained and signed it anew, and who must find what.
struct Mutation: Sendable, CustomTestStringConvertible {
    let name: String
    let check: Check
    /// Changes the records; returns where the finding must point, `nil` for the file as a whole.
    let change: @Sendable (inout [TranscriptRecord]) throws -> Int?

    init(_ name: String, _ check: Check, _ change: @escaping @Sendable (inout [TranscriptRecord]) throws -> Int?) {
        self.name = name
        self.check = check
        self.change = change
    }

    /// A change to one frame that must be found in that frame.
    init(
        _ name: String, _ check: Check, step: String, isOutgoing: Bool? = nil,
        _ change: @escaping @Sendable (inout TranscriptRecord.FrameRecord) -> Void
    ) {
        self.init(name, check) { records in
            let index = try records.index(step, isOutgoing: isOutgoing)
            try records.changeFrame(index, change)
            return index
        }
    }

    var testDescription: String { name }

    static let all = order + fields + payloads + sessions + headers + seals

    private static let order = [
        Mutation("a frame dropped", .order) { records in
            let index = try records.index("F3", round: 1)
            records.remove(at: index)
            return index
        },
        Mutation("the last frame of a session dropped", .order) { records in
            records.remove(at: try records.index("F3", round: 2))
            return try records.index(ofSession: "seal")
        },
        Mutation("a frame twice", .order) { records in
            let index = try records.index("F3", round: 1)
            records.insert(records[index], at: index)
            return index + 1
        },
        Mutation("an answer before its question", .order) { records in
            let (first, second) = (try records.index("F3", round: 0), try records.index("F1", round: 1))
            records.swapAt(first, second)
            return first
        },
        Mutation("a round left out of the record", .order) { records in
            for step in ["F1", "F2", "F3"] { records.remove(at: try records.index(step, round: 1)) }
            return try records.index("F3", round: 0) + 1
        },
        Mutation("a frame of no message", .order) { records in
            let index = try records.index("F3", round: 1)
            records.insert(records[index], at: index)
            try records.changeFrame(index) { $0.header.step = "X1" }
            return index
        },
        Mutation("a frame too many at the end of a session", .order) { records in
            let index = try records.index(ofSession: "seal")
            records.insert(records[index - 1], at: index)
            return index
        },
        Mutation("another round", .order, step: "F1") { $0.header.round += 1 },
        Mutation("another phase", .order, step: "F1") { $0.header.phase = "setup" },
        Mutation("another step", .order, step: "F1") { $0.header.step = "F3" },
        Mutation("sent instead of received", .order, step: "F2") { $0.isOutgoing.toggle() },
        Mutation("a partner that is none", .order, step: "F2") { $0.peer = stranger },
        Mutation("itself as partner", .order, step: "F2") { $0.peer = weather },
    ]

    private static let fields = [
        Mutation("another protocol", .fields, step: "F1") { $0.header.protocolName = "open" },
        Mutation("another kind", .fields, step: "F1") { $0.header.kind = .maskedShare },
        Mutation("another key owner", .fields, step: "F1") { $0.header.keyOwner = weather },
        Mutation("no key owner", .fields, step: "F1") { $0.header.keyOwner = nil },
        Mutation("another subject", .fields, step: "F1") { $0.header.subject = nil },
        Mutation("another weight version", .fields, step: "F1") { $0.header.weightVersion = 6 },
        Mutation("no weight version", .fields, step: "F3") { $0.header.weightVersion = nil },
        Mutation("a version of no weights", .fields, step: "F2") { $0.header.weightVersion = 4 },
        Mutation("another shape", .fields, step: "F1") { $0.header.shape = [1, 3] },
        Mutation("one row more", .fields, step: "F1") { $0.header.shape[0] += 1 },
        Mutation("another scale", .fields, step: "F1") { $0.header.scale = 41 },
        Mutation("other slots", .fields, step: "F1") { $0.header.slots = 13 },
        Mutation("narrower slots", .fields, step: "F1") { $0.header.slotBits = 217 },
        Mutation("another length", .fields, step: "F1") { $0.length += 1 },
        Mutation("more than the limit", .fields, step: "F3") { $0.length = 11 },
        Mutation("a size other than the announced one", .fields, step: "S0") { $0.header.shape = [6] },
    ]

    private static let payloads = [
        Mutation("a digest of something else", .payload, step: "S0") { $0.digest[3] ^= 1 },
        Mutation("a short digest", .payload, step: "F1") { $0.digest.removeLast() },
        Mutation("a payload that was not kept", .payload, step: "S0") { $0.payload = nil },
        Mutation("a payload that should not be kept", .payload, step: "F3") { $0.keep([1, 2, 3]) },
    ]

    private static let sessions = [
        Mutation("other sizes in the plan", .fields) { records in
            try records.changePlan("exchange") { $0.dimensions["rows"] = 4 }
            return try records.index("F1")
        },
        Mutation("fewer rounds in the plan", .fields) { records in
            try records.changePlan("exchange") { $0.runs[1].count -= 1 }
            // The last run has fewer rows: it is the shape that gives it away, one round early.
            return try records.index("F1", round: 1)
        },
        Mutation("more rounds in the plan", .order) { records in
            try records.changePlan("exchange") { $0.runs[2].count += 1 }
            return try records.index(ofSession: "seal")
        },
        Mutation("a version without specification", .specification) { records in
            try records.changePlan("exchange") { $0.version = 2 }
            return try records.index(ofSession: "exchange")
        },
        Mutation("a phase that the protocol lacks", .plan) { records in
            try records.changePlan("exchange") { $0.runs[0].phase = "predict" }
            return try records.index(ofSession: "exchange")
        },
        Mutation("a role that the protocol lacks", .plan) { records in
            try records.changePlan("exchange") { $0.members[0].role = "auditor" }
            return try records.index(ofSession: "exchange")
        },
        Mutation("swapped roles", .order) { records in
            try records.changePlan("exchange") { plan in
                (plan.members[0].role, plan.members[1].role) = (plan.members[1].role, plan.members[0].role)
            }
            return try records.index("S0")
        },
        Mutation("a party from outside the job", .plan) { records in
            try records.changePlan("exchange") { $0.members.append(.init(stranger, role: "feature")) }
            return try records.index(ofSession: "exchange")
        },
        Mutation("weights of another moment in the plan", .fields) { records in
            try records.changePlan("exchange") { $0.dimensions["weight-version"] = 3 }
            return try records.index("F1")
        },
        Mutation("a size left out of the plan", .fields) { records in
            try records.changePlan("exchange") { $0.dimensions["rows"] = nil }
            return try records.index("F1")
        },
        Mutation("frames without a session", .structure) { records in
            records.remove(at: try records.index(ofSession: "hello"))
            // After the header and the session's signature: the first frame.
            return 2
        },
    ]

    private static let headers = [
        Mutation("another job", .job) { records in
            try records.changeHeader { $0.job += "\n" }
            return 0
        },
        Mutation("a text that is no job", .job) { records in
            try records.changeHeader { $0.job = "?" }
            return 0
        },
        Mutation("another job hash", .job) { records in
            try records.changeHeader { $0.jobHash[0] ^= 1 }
            return 0
        },
        Mutation("a certificate of its own making", .certificate) { records in
            try records.changeHeader { $0.certificates[airline] = try Identity.make(name: "airline").certificate.der }
            return 0
        },
        Mutation("a certificate of somebody else", .certificate) { records in
            try records.changeHeader { $0.certificates[airline] = $0.certificates[weather] }
            return 0
        },
        Mutation("no certificate", .certificate) { records in
            try records.changeHeader { $0.certificates[airline] = nil }
            return 0
        },
        Mutation("an endorsement of something else", .endorsement) { records in
            try records.changeHeader { $0.endorsement[0] ^= 1 }
            return 0
        },
        Mutation("a looser specification", .specification) { records in
            try records.changeHeader {
                $0.specifications[1].replace("count[feature] * 2", with: "count[feature] * 200")
            }
            return 0
        },
        Mutation("a specification that is none", .specification) { records in
            try records.changeHeader { $0.specifications.append("protocol: [") }
            return 0
        },
        Mutation("a specification that is not the job's", .specification) { records in
            try records.changeHeader {
                $0.specifications[1].replace("protocol: exchange", with: "protocol: barter")
            }
            return 0
        },
        Mutation("two specifications of one name", .specification) { records in
            try records.changeHeader { $0.specifications.append($0.specifications[0]) }
            return 0
        },
        Mutation("two headers", .structure) { records in
            records.insert(records[0], at: 1)
            return 1
        },
        Mutation("a record after the end", .structure) { records in
            records.append(records[records.count - 1])
            return records.count - 1
        },
        Mutation("the end before the last frame", .order) { records in
            records.swapAt(records.count - 2, records.count - 3)
            return records.count - 3
        },
    ]

    private static let seals = [
        Mutation("no seal", .seal) { records in
            let index = try records.index(ofSession: "seal")
            records.removeSubrange(index..<records.count - 2)
            return records.count - 2
        },
        Mutation("a session after the seal", .seal) { records in
            let (hello, exchange) = (try records.index(ofSession: "hello"), try records.index(ofSession: "exchange"))
            records.insert(contentsOf: records[hello..<exchange], at: records.count - 2)
            return records.count - 2
        },
        Mutation("a partner's head with a signature of something else", .seal, step: "S1", isOutgoing: false) {
            var payload = $0.payload ?? []
            payload[35] ^= 1
            $0.keep(payload)
        },
        Mutation("a counter-signature of something else", .seal, step: "S2", isOutgoing: true) {
            var payload = $0.payload ?? []
            payload[0] ^= 1
            $0.keep(payload)
        },
        Mutation("an announced key that is not the header's", .endorsement, step: "H1", isOutgoing: true) {
            $0.keep([UInt8](repeating: 9, count: 96))
        },
        Mutation("a partner's key without endorsement", .endorsement, step: "H1", isOutgoing: false) {
            $0.keep([UInt8](repeating: 9, count: 96))
        },
    ]
}

// swift-format-ignore: NeverUseForceTry
private let (airline, weather, stranger) =  // Constant names.
    (try! Party("airline"), try! Party("weather"), try! Party("stranger"))

@Suite struct MutationTests {
    @Test(arguments: Mutation.all)
    func isFoundWhereItIs(mutation: Mutation) throws {
        let federation = try Federation()
        try federation.run(.init(rounds: 2, rows: 3))
        var place: Int?
        var frame: Int?
        try federation.forge(weather) { records in
            place = try mutation.change(&records)
            if let place, case .frame = records[place] { frame = records.frames(before: place) }
        }
        let verification = federation.verify([federation.path(weather)])
        #expect(verification.verdict == .rejected)
        let first = try #require(verification.transcripts[0].findings.first { $0.severity == .failure })
        #expect(first.check == mutation.check)
        #expect(first.party == weather)
        #expect(first.record == place)
        #expect(first.frame == frame)
    }

    @Test func signaturesOfAnotherKeyAreFound() throws {
        let federation = try Federation()
        try federation.run()
        try federation.forge(weather, key: .generate()) { _ in }
        let findings = federation.verify([federation.path(weather)]).transcripts[0].findings
        #expect(!findings.isEmpty && findings.allSatisfy { $0.check == .signature })
    }

    @Test func anotherTranscriptKeyNeedsItsEndorsement() throws {
        let federation = try Federation()
        try federation.run()
        let key = SigningKey.generate()
        try federation.forge(weather, key: key) { records in
            try records.changeHeader { $0.transcriptKey = key.verificationKey.bytes }
        }
        let findings = federation.verify([federation.path(weather)]).transcripts[0].findings
        #expect(findings.first?.check == .endorsement)
        #expect(findings.first?.record == 0)
    }

    @Test func anotherHistoryIsNotCounterSigned() throws {
        let federation = try Federation()
        try federation.run()
        try federation.forge(weather, help: .none) { records in
            try records.changeFrame(try records.index("F1")) { $0.digest[0] ^= 1 }
        }
        let findings = federation.verify([federation.path(weather)]).transcripts[0].findings
        #expect(findings.map(\.check) == [.seal])
        #expect(findings.first?.peer == airline)
    }

    @Test func aFrameForAnotherPartner() throws {
        let federation = try Federation(features: 2)
        try federation.run()
        let other = federation.parties[2]
        var place = 0
        try federation.forge(airline) { records in
            place = try records.index("F2")
            try records.changeFrame(place) { $0.peer = $0.peer == weather ? other : weather }
        }
        let first = try #require(federation.verify([federation.path(airline)]).transcripts[0].findings.first)
        #expect(first.party == airline)
        #expect([Check.order, .fields].contains(first.check))
        #expect((first.record ?? 0) >= place)
    }
}
