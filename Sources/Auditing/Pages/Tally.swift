internal import Cryptography
internal import Pages
internal import Specification
internal import Transcript

/// Adds up a transcript's frames, in memory that does not grow with their number: of messages that differ in more than their round,
/// the first thousand are told apart, the frames of others only counted.
struct Tally {
    static let messageLimit = 1_000
    /// Protocols, and members of one, that are told apart.
    private static let protocolLimit = 100

    private let party: Party
    private let specifications: [SpecificationName: CitedSpecification]
    private var protocols: [TranscriptSummary.ProtocolTotal] = []
    private(set) var unprotected: Set<String> = []
    private(set) var frames = 0
    private(set) var bytes = 0
    private(set) var omittedFrames = 0
    /// How the transcript says that the job ended.
    private(set) var ending: String?
    private var flowTotals: [Flow: Total] = [:]
    /// Where a message stands in ``protocols``.
    private var places: [MessageKey: Place] = [:]
    private var watches: [Place: SizeWatch] = [:]
    /// Rounds seen in a protocol's session under way, by protocol and phase.
    private var rounds: [String: [String: Int]] = [:]

    private struct Link: Hashable { let from, to: Party }

    private struct Flow: Hashable {
        let link: Link
        let kind: Kind
        let keyOwner: Party?
    }

    private struct Total {
        var frames = 0
        var bytes = 0

        mutating func add(_ other: Total) {
            frames += other.frames
            bytes = bytes.saturatingSum(other.bytes)
        }
    }

    private struct MessageKey: Hashable {
        let protocolName, phase, step: String
        let flow: Flow
    }

    private struct Place: Hashable { let protocolIndex, phase, message: Int }

    init(_ header: TranscriptHeader, _ conventions: Conventions) {
        party = header.party
        let known = Dictionary(conventions.specifications.map { ($0.hash, $0) }) { first, _ in first }
        let cited = header.specifications.compactMap { CitedSpecification($0, known: known) }
        specifications = Dictionary(cited.map { ($0.name, $0) }) { first, _ in first }
    }

    var flows: [TranscriptSummary.FlowTotal] {
        flowTotals.map { flow, total in
            .init(
                from: flow.link.from, to: flow.link.to, kind: flow.kind.name, keyOwner: flow.keyOwner,
                frames: total.frames, bytes: total.bytes)
        }
        .sorted {
            ($0.from, $0.to, $0.order, $0.keyOwner?.name ?? "") < ($1.from, $1.to, $1.order, $1.keyOwner?.name ?? "")
        }
    }

    var links: [TranscriptSummary.LinkTotal] {
        totals { $0.link }.sorted { ($0.key.from, $0.key.to) < ($1.key.from, $1.key.to) }
            .map { .init(from: $0.key.from, to: $0.key.to, frames: $0.value.frames, bytes: $0.value.bytes) }
    }

    var kinds: [TranscriptSummary.KindTotal] {
        totals { $0.kind }.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { .init(kind: $0.key.name, frames: $0.value.frames, bytes: $0.value.bytes) }
    }

    private func totals<Key: Hashable>(_ key: (Flow) -> Key) -> [Key: Total] {
        flowTotals.reduce(into: [:]) { $0[key($1.key), default: Total()].add($1.value) }
    }

    /// In the order of their first sessions, messages in that of their specification.
    func finished() -> [TranscriptSummary.ProtocolTotal] {
        protocols.map { entry in
            var entry = entry
            let specification = specifications[SpecificationName(entry.name, entry.version)]?.specification
            for index in entry.phases.indices {
                let steps = specification?.phases[entry.phases[index].name]?.flatMap(\.self) ?? []
                entry.phases[index].finish(steps)
            }
            return entry
        }
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
        rounds[plan.protocolName] = nil
        guard let place = place(of: plan.protocolName, version: plan.version) else { return }
        protocols[place].sessions += 1
        for member in plan.members where protocols[place].members.count < Self.protocolLimit {
            protocols[place].members[member.party] = member.role
        }
        let cited = specifications[SpecificationName(plan.protocolName, plan.version)]
        if cited?.specification.messages.values.contains(where: { $0.kind == .plain }) == true {
            unprotected.insert(plan.protocolName)
        }
    }

    private mutating func add(_ frame: TranscriptRecord.FrameRecord) {
        let header = frame.header
        bytes = bytes.saturatingSum(frame.length)
        let link = frame.isOutgoing ? Link(from: party, to: frame.peer) : Link(from: frame.peer, to: party)
        let flow = Flow(link: link, kind: header.kind, keyOwner: header.keyOwner)
        guard let place = place(of: header, flow) else { return omittedFrames += 1 }
        if header.kind == .plain { unprotected.insert(header.protocolName) }
        flowTotals[flow, default: Total()].add(Total(frames: 1, bytes: frame.length))
        watches[place, default: SizeWatch()].add(frame.length, shape: header.shape)

        let seen = rounds[header.protocolName]?[header.phase] ?? 0
        let now = max(seen, header.round.saturatingSum(1))
        rounds[header.protocolName, default: [:]][header.phase] = now
        protocols[place.protocolIndex].phases[place.phase].add(
            frame, message: place.message, newRounds: now - seen, session: protocols[place.protocolIndex].sessions,
            rule: watches[place]?.rule ?? .constant)
    }

    private mutating func place(of header: FrameHeader, _ flow: Flow) -> Place? {
        let key = MessageKey(protocolName: header.protocolName, phase: header.phase, step: header.step, flow: flow)
        if let place = places[key] { return place }
        guard places.count < Self.messageLimit, let index = place(of: header.protocolName, version: nil) else {
            return nil
        }
        let entry = protocols[index]
        let phase = entry.phases.firstIndex { $0.name == header.phase } ?? entry.phases.count
        if phase == entry.phases.count { protocols[index].phases.append(.init(name: header.phase)) }
        let words = specifications[SpecificationName(entry.name, entry.version)]?.specification.messages[header.step]
        protocols[index].phases[phase].messages.append(
            .init(
                step: header.step, from: flow.link.from, to: flow.link.to, kind: header.kind.name,
                keyOwner: header.keyOwner, shape: header.shape,
                carries: (words?.carries).map(cut),
                leaks: (words?.leaks).map(cut)))
        let place = Place(
            protocolIndex: index, phase: phase, message: protocols[index].phases[phase].messages.count - 1)
        places[key] = place
        return place
    }

    /// The last entry of this protocol, of this version where one is asked for; a new one where there is none and there is room.
    private mutating func place(of name: String, version: Int?) -> Int? {
        if let index = protocols.lastIndex(where: { $0.name == name && (version ?? $0.version) == $0.version }) {
            return index
        }
        guard protocols.count < Self.protocolLimit else { return nil }
        protocols.append(
            .init(
                name: name, version: version ?? 0, version.flatMap { specifications[SpecificationName(name, $0)] }))
        return protocols.count - 1
    }
}

/// A specification that a transcript embeds, in whose words. What `carries` and `leaks` say is no part of a specification's hash, so
/// that a transcript could say what it likes there: where this program carries the same specification, its own words are taken.
struct CitedSpecification {
    let specification: ProtocolSpecification
    /// This program carries it.
    let isKnown: Bool

    var name: SpecificationName { SpecificationName(specification) }

    /// `nil` for a text that is no specification.
    /// - Parameter known: What this program carries, by hash.
    init?(_ text: String, known: [[UInt8]: ProtocolSpecification]) {
        guard let embedded = try? ProtocolSpecification(yaml: text) else { return nil }
        let own = known[embedded.hash]
        specification = own ?? embedded
        isKnown = own != nil
    }
}

extension TranscriptSummary.FlowTotal {
    /// Kinds in the order of their closed list.
    fileprivate var order: UInt8 { Kind(name: kind)?.rawValue ?? 0 }
}

extension TranscriptSummary.ProtocolTotal {
    fileprivate init(name: String, version: Int, _ cited: CitedSpecification?) {
        self.init(
            name: name, version: version, hash: cited?.specification.hash.hexadecimal, isKnown: cited?.isKnown ?? false,
            summary: cited?.specification.summary ?? "no specification of it here",
            learns: (cited?.specification.learns ?? [:]).mapValues(cut), members: [:], sessions: 0, phases: [])
    }
}

extension TranscriptSummary.PhaseTotal {
    fileprivate init(name: String) {
        self.init(name: name, rounds: 0, frames: 0, bytes: 0, messages: [], series: [])
    }

    fileprivate mutating func add(
        _ frame: TranscriptRecord.FrameRecord, message: Int, newRounds: Int, session: Int, rule: SizeRule
    ) {
        rounds = rounds.saturatingSum(newRounds)
        frames += 1
        bytes = bytes.saturatingSum(frame.length)
        messages[message].add(frame)
        messages[message].sizes = rule
        let link = series.firstIndex { $0.partner == frame.peer } ?? series.count
        if link == series.count { series.append(.init(partner: frame.peer, rounds: RoundSeries())) }
        series[link].rounds.add(
            frame.length, isOutgoing: frame.isOutgoing, round: frame.header.round, session: session)
    }

    /// Ends the last round of each link, and brings messages into the order of their steps.
    fileprivate mutating func finish(_ steps: [String]) {
        for index in series.indices { series[index].rounds.close() }
        let order = Dictionary(zip(steps, steps.indices)) { first, _ in first }
        let places = messages.map { order[$0.step] ?? steps.count }
        messages = zip(places, messages).enumerated()
            .sorted { ($0.element.0, $0.offset) < ($1.element.0, $1.offset) }.map(\.element.1)
    }
}

extension TranscriptSummary.MessageTotal {
    fileprivate init(
        step: String, from: Party, to: Party, kind: String, keyOwner: Party?, shape: [Int], carries: String?,
        leaks: String?
    ) {
        self.init(
            step: step, from: from, to: to, kind: kind, keyOwner: keyOwner, shape: shape, shapeVaries: false, frames: 0,
            bytes: 0, leastBytes: .max, mostBytes: 0, sizes: .constant, carries: carries, leaks: leaks)
    }

    fileprivate mutating func add(_ frame: TranscriptRecord.FrameRecord) {
        frames += 1
        bytes = bytes.saturatingSum(frame.length)
        leastBytes = min(leastBytes, frame.length)
        mostBytes = max(mostBytes, frame.length)
        let other = frame.header.shape
        guard other != shape else { return }
        shapeVaries = true
        shape = other.count == shape.count ? zip(shape, other).map(max) : shape
    }
}
