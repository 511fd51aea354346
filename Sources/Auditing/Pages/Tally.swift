internal import Specification
internal import Transcript

/// Adds up a transcript's frames, in memory that grows with the number of different messages only.
struct Tally {
    private let party: Party
    private let specifications: [SpecificationName: ProtocolSpecification]
    private(set) var protocols: [TranscriptSummary.ProtocolTotal] = []
    private(set) var unprotected: Set<String> = []
    private(set) var frames = 0
    private(set) var bytes = 0
    /// How the transcript says that the job ended.
    private(set) var ending: String?
    private var linkTotals: [Link: Total] = [:]
    private var kindTotals: [Kind: Total] = [:]
    /// Where a message stands in ``protocols``.
    private var places: [MessageKey: (protocol: Int, phase: Int, message: Int)] = [:]
    /// Rounds seen in the session under way, by protocol and phase.
    private var rounds: [[String]: Int] = [:]

    private struct Link: Hashable { let from, to: Party }

    private struct Total {
        var frames = 0
        var bytes = 0

        mutating func add(_ length: Int) {
            frames += 1
            bytes = bytes.saturatingSum(length)
        }
    }

    private struct MessageKey: Hashable {
        let protocolName, phase, step: String
        let link: Link
        let kind: Kind
        let keyOwner: Party?
    }

    init(_ header: TranscriptHeader) {
        party = header.party
        let texts = header.specifications.compactMap { try? ProtocolSpecification(yaml: $0) }
        specifications = Dictionary(texts.map { (SpecificationName($0), $0) }) { first, _ in first }
    }

    var links: [TranscriptSummary.LinkTotal] {
        linkTotals.sorted { ($0.key.from, $0.key.to) < ($1.key.from, $1.key.to) }
            .map { .init(from: $0.key.from, to: $0.key.to, frames: $0.value.frames, bytes: $0.value.bytes) }
    }

    var kinds: [TranscriptSummary.KindTotal] {
        kindTotals.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { .init(kind: $0.key.name, frames: $0.value.frames, bytes: $0.value.bytes) }
    }

    /// Takes a record in; returns the line of a frame.
    mutating func take(_ record: TranscriptRecord, at index: Int) -> FrameLine? {
        switch record {
        case .header, .signature: return nil
        case .session(let plan): begin(plan)
        case .abort(let abort): ending = "aborted: \(abort.party) in \(abort.step): \(abort.reason)"
        case .end: ending = "complete"
        case .frame(let frame):
            defer { frames += 1 }
            add(frame)
            return FrameLine(frame, of: party, record: index, frame: frames)
        }
        return nil
    }

    private mutating func begin(_ plan: SessionPlan) {
        rounds = [:]
        let place = place(of: plan.protocolName, version: plan.version)
        protocols[place].sessions += 1
        for member in plan.members { protocols[place].members[member.party] = member.role }
        let specification = specifications[SpecificationName(plan.protocolName, plan.version)]
        if specification?.messages.values.contains(where: { $0.kind == .plain }) == true {
            unprotected.insert(plan.protocolName)
        }
    }

    private mutating func add(_ frame: TranscriptRecord.FrameRecord) {
        let header = frame.header
        bytes = bytes.saturatingSum(frame.length)
        let link = frame.isOutgoing ? Link(from: party, to: frame.peer) : Link(from: frame.peer, to: party)
        linkTotals[link, default: Total()].add(frame.length)
        kindTotals[header.kind, default: Total()].add(frame.length)
        if header.kind == .plain { unprotected.insert(header.protocolName) }

        let place = place(of: frame, link)
        let key = [header.protocolName, header.phase]
        let seen = rounds[key] ?? 0
        rounds[key] = max(seen, header.round + 1)
        protocols[place.protocol].phases[place.phase].add(
            frame, message: place.message, newRounds: max(seen, header.round + 1) - seen)
    }

    private mutating func place(
        of frame: TranscriptRecord.FrameRecord, _ link: Link
    ) -> (protocol: Int, phase: Int, message: Int) {
        let header = frame.header
        let key = MessageKey(
            protocolName: header.protocolName, phase: header.phase, step: header.step, link: link, kind: header.kind,
            keyOwner: header.keyOwner)
        if let place = places[key] { return place }
        let index = place(of: header.protocolName, version: nil)
        var phases = protocols[index].phases
        if !phases.contains(where: { $0.name == header.phase }) {
            phases.append(.init(name: header.phase, rounds: 0, frames: 0, bytes: 0, messages: []))
        }
        let phase = phases.firstIndex { $0.name == header.phase } ?? 0
        phases[phase].messages.append(
            .init(
                step: header.step, from: link.from, to: link.to, kind: header.kind.name, keyOwner: header.keyOwner,
                shape: header.shape, shapeVaries: false, frames: 0, bytes: 0))
        protocols[index].phases = phases
        let place = (index, phase, phases[phase].messages.count - 1)
        places[key] = place
        return place
    }

    /// The last entry of this protocol, of this version where one is asked for; a new one where there is none.
    private mutating func place(of name: String, version: Int?) -> Int {
        if let index = protocols.lastIndex(where: { $0.name == name && (version ?? $0.version) == $0.version }) {
            return index
        }
        let specification = version.flatMap { specifications[SpecificationName(name, $0)] }
        protocols.append(
            .init(
                name: name, version: version ?? 0, summary: specification?.summary ?? "no specification of it here",
                members: [:], sessions: 0, phases: []))
        return protocols.count - 1
    }
}

extension TranscriptSummary.PhaseTotal {
    fileprivate mutating func add(_ frame: TranscriptRecord.FrameRecord, message: Int, newRounds: Int) {
        rounds = rounds.saturatingSum(newRounds)
        frames += 1
        bytes = bytes.saturatingSum(frame.length)
        messages[message].add(frame)
    }
}

extension TranscriptSummary.MessageTotal {
    fileprivate mutating func add(_ frame: TranscriptRecord.FrameRecord) {
        frames += 1
        bytes = bytes.saturatingSum(frame.length)
        let other = frame.header.shape
        guard other != shape else { return }
        shapeVaries = true
        shape = other.count == shape.count ? zip(shape, other).map(max) : shape
    }
}

extension Int {
    /// The sum, or the largest number where a hostile file claims more.
    fileprivate func saturatingSum(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
