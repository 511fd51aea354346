import AuditedFederation
import Auditing
import Cryptography
import Jobs
import PrivateView
import Specification
import Transcript

/// Transcripts of one real job of which one thing is changed, and where verification must find it.
struct Mutant {
    let run: AuditedRun
    /// What is verified: every party's records.
    var transcripts: [Party: [TranscriptRecord]]
    /// Every party's private view, where there are views.
    var views: [Party: [ViewRecord]]
    /// Who changed its transcript.
    private(set) var party: Party
    /// How the parties make good for the change.
    var help = Forger.Help.partners
    var key: SigningKey?
    /// Of the signatures, the first that ``key`` makes.
    var firstSignature = 0
    /// What is done to the file of ``party`` in the end, when all is chained and signed.
    var tamper: (@Sendable (inout [UInt8]) -> Void)?
    /// Whether all parties' transcripts are verified together, or that of ``party`` alone.
    var isJoint = false
    /// Whether the others leave their own transcripts as they were.
    var isAlone = false
    /// Whether views are verified, too.
    var isRevealed = false
    /// Transcripts that are given twice.
    var doubled: Party?

    /// What the first failure must say.
    var expectation: Expectation
    var noise: Noise

    struct Expectation {
        var verdict = Verdict.rejected
        /// `nil` where no finding can name one.
        var party: Party?
        /// Where several records may be named, these; empty: the file as a whole.
        var records: [Int] = []
        /// Whether the record's frame is named, if it is one: not where no frame may stand, or where it cannot be read.
        var namesFrame = true
        /// Whether no other check finds something before.
        var isFirst = true
    }

    init(_ run: AuditedRun, seed: UInt64) {
        self.run = run
        noise = Noise(state: seed)
        party = run.parties[Int(noise.next() % UInt64(run.parties.count))]
        transcripts = run.records
        views = run.views
        expectation = Expectation(party: party)
    }

    /// The records of ``party``.
    var records: [TranscriptRecord] {
        get { transcripts[party] ?? [] }
        set { transcripts[party] = newValue }
    }

    var header: TranscriptHeader {
        get throws {
            guard let header = records.first?.header else { throw NotThere("header") }
            return header
        }
    }

    /// Lets a certain party be the one.
    mutating func act(as party: Party) { (self.party, expectation.party) = (party, party) }

    // MARK: - Where

    /// The finding must point at this record of ``party``.
    mutating func expect(_ record: Int) { expectation.records = [record] }

    mutating func pick<T>(_ choices: [T], of what: String) throws -> T {
        guard let choice = choices.randomElement(using: &noise) else { throw NotThere(what) }
        return choice
    }

    /// A frame's record.
    mutating func pickFrame(where matches: (TranscriptRecord.FrameRecord) -> Bool = { _ in true }) throws -> Int {
        try pick(records.indices(where: matches), of: "such frame")
    }

    /// A session's record.
    mutating func pickSession(where matches: (SessionPlan) -> Bool = { _ in true }) throws -> Int {
        try pick(records.indices.filter { records[$0].plan.map(matches) ?? false }, of: "such session")
    }

    /// Whether the payload of this frame is kept in whatever transcript.
    func isAlwaysKept(_ frame: TranscriptRecord.FrameRecord) -> Bool {
        [.shape, .control, .signature].contains(frame.header.kind)
    }

    /// The first record of a session after the frame at `index` that is out of step when that frame is not there: a frame on its link
    /// in its direction, or of a later flight, or the end of the session.
    func nextInStep(after index: Int) throws -> Int {
        guard let frame = records[index].frame else { throw NotThere("frame as record \(index)") }
        for next in records.indices.dropFirst(index + 1) {
            switch records[next] {
            case .session, .end: return next
            case .frame(let other) where other.peer == frame.peer:
                if other.isOutgoing == frame.isOutgoing || Self.flight(of: other) != Self.flight(of: frame) {
                    return next
                }
            case .header, .frame, .signature, .abort: break
            }
        }
        throw NotThere("end")
    }

    private struct Flight: Equatable {
        let phase: String
        let round: Int
        let number: Int?
    }

    private static func flight(of frame: TranscriptRecord.FrameRecord) -> Flight {
        let flights = specification(frame.header.protocolName)?.phases[frame.header.phase] ?? []
        return Flight(
            phase: frame.header.phase, round: frame.header.round,
            number: flights.firstIndex { $0.contains(frame.header.step) })
    }

    static func specification(_ name: String) -> ProtocolSpecification? {
        Software.specifications.first { $0.name == name }
    }

    /// The message that a frame is, in its specification.
    static func message(_ frame: TranscriptRecord.FrameRecord) -> ProtocolSpecification.Message? {
        specification(frame.header.protocolName)?.messages[frame.header.step]
    }

    /// The record of the partner's transcript that has the frame of this record, and who the partner is.
    func counterpart(of index: Int) throws -> (party: Party, record: Int) {
        guard let frame = records[index].frame, let theirs = transcripts[frame.peer] else {
            throw NotThere("counterpart of record \(index)")
        }
        let places = theirs.indices {
            $0.peer == party && $0.isOutgoing != frame.isOutgoing && $0.header == frame.header
        }
        guard places.count == 1 else { throw NotThere("one counterpart of record \(index)") }
        return (frame.peer, places[0])
    }

    // MARK: - Verification

    func verify() throws -> Verification {
        let changed = isJoint && !isAlone ? transcripts : [party: records]
        var files = try run.forger.forge(changed, help: help, key: key, from: firstSignature)
        if isJoint {
            let others = transcripts.filter { files[$0.key] == nil }
            for (party, records) in others { files[party] = try run.forger.forge([party: records])[party] }
        }
        if var file = files[party] {
            tamper?(&file)
            files[party] = file
        }
        let folder = try TemporaryFolder()
        var paths = try run.parties.compactMap { party in
            try files[party].map { try folder.write($0, "\(party).transcript") }
        }
        if let doubled { paths.append("\(folder.path)/\(doubled).transcript") }
        guard isRevealed else { return Verification(of: paths, against: Software.conventions) }
        let opened = try run.parties.map { party in
            try folder.write(views[party] ?? [], "\(party).view")
        }
        return Verification(
            of: paths, views: opened, against: Software.conventions, revealing: Software.viewConventions)
    }
}
