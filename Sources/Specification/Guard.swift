/// Holds one link of one session to its specification: the exact order, none extra, none missing, every public field and
/// every length. The running party asks it before each send and after each receipt; the auditor asks it about records.
///
/// Payloads are not its business, but for an announced size. A frame that it refuses does not advance it.
public struct Guard: Sendable {
    private let specification: ProtocolSpecification
    private let plan: SessionPlan
    private let me: Party
    private let peer: Party
    private var learned: [String: Int] = [:]

    private var run = 0
    private var round = 0
    private var flight = 0
    /// No frame has crossed this link in the current round so far.
    private var isSilent = true
    private var outgoing: [String] = []
    private var incoming: [String] = []
    private var roundsOfPhase: [String: Int] = [:]

    /// The guard of one end of one link.
    ///
    /// - Parameters:
    ///   - me: The party that asks: ``send(_:)`` means from it, ``receive(_:)`` from `peer`.
    ///   - peer: The other end. Parties between whom the protocol sends nothing are ``isFinished`` at once.
    /// - Throws: ``SpecificationError/invalidPlan(_:)`` where plan and specification do not belong together.
    public init(
        _ specification: ProtocolSpecification, plan: SessionPlan, me: Party, peer: Party
    ) throws(SpecificationError) {
        guard plan.protocolName == specification.name, plan.version == specification.version else {
            throw .invalidPlan(
                "\(plan.protocolName) \(plan.version) is not \(specification.name) \(specification.version)")
        }
        for member in plan.members where specification.roles[member.role] == nil {
            throw .invalidPlan("\(specification.name) has no role '\(member.role)'")
        }
        for run in plan.runs where specification.phases[run.phase] == nil {
            throw .invalidPlan("\(specification.name) has no phase '\(run.phase)'")
        }
        for party in [me, peer] where plan.role(of: party) == nil {
            throw .invalidPlan("\(party) has no role in \(specification.name)")
        }
        guard Set(plan.members.map(\.party)).count == plan.members.count else {
            throw .invalidPlan("a party takes two roles in \(specification.name)")
        }
        // Counts come from other parties too: their sum is a round's number, which must not overflow.
        guard plan.runs.reduce(0, { min($0, 1 << 62) + $1.count }) < 1 << 62 else {
            throw .invalidPlan("more rounds of \(specification.name) than can be counted")
        }
        self.specification = specification
        self.plan = plan
        self.me = me
        self.peer = peer
        enterFlight()
        skipFinishedFlights()
    }

    /// True when every frame of the plan has crossed this link.
    public var isFinished: Bool { run == plan.runs.count }

    /// Where a session stands on one link.
    public struct Position: Hashable, Sendable {
        /// The phase that it is in.
        public let phase: String
        /// Counted within its phase over the whole session, from 0.
        public let round: Int
        /// The step that this party sends next, where it is its turn.
        public let outgoing: String?
        /// The step that the peer sends next, where it is the peer's turn.
        public let incoming: String?
    }

    /// Where the session stands on this link; `nil` when it is finished.
    public var position: Position? {
        guard !isFinished else { return nil }
        return Position(
            phase: plan.runs[run].phase, round: currentRound, outgoing: outgoing.first, incoming: incoming.first)
    }

    /// What may come next, for messages: `B1 to airline` or `F1 from weather`.
    public var expectation: String {
        guard let position else { return "nothing more" }
        let next = [position.outgoing.map { "\($0) to \(peer)" }, position.incoming.map { "\($0) from \(peer)" }]
        return next.compactMap { $0 }.joined(separator: " or ") + " in \(position.phase) round \(position.round)"
    }

    /// Checks a frame that is about to be sent (by `me`) and counts it.
    /// - Throws: ``ProtocolViolation``, which then blames `me`.
    public mutating func send(_ frame: Frame) throws(ProtocolViolation) {
        try accept(frame.header, length: frame.payload.count, from: me, announced: frame.payload)
    }

    /// Checks a frame that came from `peer` and counts it.
    /// - Throws: ``ProtocolViolation``, which blames `peer`.
    public mutating func receive(_ frame: Frame) throws(ProtocolViolation) {
        try accept(frame.header, length: frame.payload.count, from: peer, announced: frame.payload)
    }

    /// The same from a transcript's record.
    ///
    /// - Parameters:
    ///   - length: Bytes of the payload, as the record says.
    ///   - announced: The payload, where it was kept. Without it, a size that it defines is taken from the header's shape.
    /// - Throws: ``ProtocolViolation`` with expected and found names and numbers.
    public mutating func accept(
        _ header: FrameHeader, length: Int, from sender: Party, announced: [UInt8]?
    ) throws(ProtocolViolation) {
        func violation(_ expected: String, _ found: String) -> ProtocolViolation {
            ProtocolViolation(header, from: sender, expected: expected, found: found)
        }
        guard header.protocolName == specification.name else {
            throw violation("a frame of protocol \(specification.name)", "one of \(header.protocolName)")
        }
        guard !isFinished, let step = (sender == me ? outgoing : incoming).first,
            header.phase == plan.runs[run].phase, header.round == currentRound, header.step == step,
            let message = specification.messages[step]
        else {
            throw violation(expectation, "\(header.step) from \(sender) in \(header.phase) round \(header.round)")
        }
        let receiver = sender == me ? peer : me
        do {
            try check(header, length: length, against: message, sender: sender, receiver: receiver)
        } catch {
            switch error {
            case .mismatch(let field, let expected, let found): throw violation("\(field) \(expected)", found)
            case .specification(let error): throw violation("a plan with every size", error.description)
            }
        }
        if let dimension = message.defines {
            learned["\(dimension)[\(sender)]"] = header.shape.first ?? 0
            if let announced {
                var reader = CanonicalReader(announced)
                guard let value = try? reader.count(), [value] == header.shape else {
                    throw violation("the announced \(dimension) in its header", "another number")
                }
            }
        }
        if sender == me { outgoing.removeFirst() } else { incoming.removeFirst() }
        skipFinishedFlights()
    }

    // MARK: - Order

    private var currentRound: Int { (roundsOfPhase[plan.runs[run].phase] ?? 0) + round }

    private mutating func skipFinishedFlights() {
        while !isFinished, outgoing.isEmpty, incoming.isEmpty {
            flight += 1
            if flight == specification.phases[plan.runs[run].phase]?.count ?? 0 {
                flight = 0
                // Where one round brings this link no frame, none of the run does: they are not walked through.
                round = isSilent ? plan.runs[run].count : round + 1
                isSilent = true
            }
            if round >= plan.runs[run].count {
                roundsOfPhase[plan.runs[run].phase, default: 0] += plan.runs[run].count
                (flight, round) = (0, 0)
                run += 1
            }
            enterFlight()
        }
    }

    private mutating func enterFlight() {
        outgoing = []
        incoming = []
        guard !isFinished, plan.runs[run].count > 0, let flights = specification.phases[plan.runs[run].phase] else {
            return
        }
        for step in flights[flight] {
            guard let message = specification.messages[step] else { continue }
            if crosses(message, from: me, to: peer) { outgoing.append(step) }
            if crosses(message, from: peer, to: me) { incoming.append(step) }
        }
        if !outgoing.isEmpty || !incoming.isEmpty { isSilent = false }
    }

    private func crosses(_ message: ProtocolSpecification.Message, from sender: Party, to receiver: Party) -> Bool {
        switch message.from {
        case .role(let role): guard plan.role(of: sender) == role else { return false }
        case .each: break
        }
        switch message.to {
        case .role(let role): return plan.role(of: receiver) == role
        case .others: return true
        }
    }

    // MARK: - Fields

    private enum Refusal: Error {
        case mismatch(field: String, expected: String, found: String)
        case specification(SpecificationError)
    }

    private func check(
        _ header: FrameHeader, length: Int, against message: ProtocolSpecification.Message, sender: Party,
        receiver: Party
    ) throws(Refusal) {
        func require<Value: Equatable>(_ field: String, _ expected: Value, _ found: Value) throws(Refusal) {
            guard expected == found else {
                throw .mismatch(field: field, expected: "\(expected)", found: "\(found)")
            }
        }
        func name(_ party: Party?) -> String { party?.name ?? "none" }

        try require("kind", message.kind.name, header.kind.name)
        try require("key owner", name(message.key.flatMap { party($0, sender, receiver) }), name(header.keyOwner))
        let subject: Party? =
            switch message.subject {
            case nil: nil
            case .sender: sender
            case .receiver: receiver
            }
        try require("subject", name(subject), name(header.subject))
        func number(_ version: Int?) -> String { version.map(String.init) ?? "none" }
        try require("weight version", number(try weightVersion(of: message)), number(header.weightVersion))
        try require("scale", message.scale, header.scale)
        func value(_ expression: Expression) throws(Refusal) -> Int {
            do {
                return try expression.value { (name, scope) throws(SpecificationError) in
                    try dimension(name, scope: scope, sender: sender, receiver: receiver, subject: subject, depth: 0)
                }
            } catch { throw .specification(error) }
        }
        if message.defines == nil {
            var shape: [Int] = []
            for expression in message.shape { shape.append(try value(expression)) }
            try require("shape", shape, header.shape)
        } else {
            try require("dimensions of the shape", 1, header.shape.count)
        }
        try require("slot bits", try message.slotBits.map(value) ?? 0, header.slotBits)
        try require("slots", try message.slots.map(value) ?? 0, header.slots)
        switch message.bytes {
        case .exactly(let size): try require("payload bytes", try value(size), length)
        case .atMost(let size):
            let limit = try value(size)
            guard length <= limit else {
                throw .mismatch(field: "payload of", expected: "at most \(limit) bytes", found: "\(length)")
            }
        }
    }

    /// How many updates the weights have had that a message of the current round is of: those before the session, and one for each
    /// round since that updates.
    private func weightVersion(of message: ProtocolSpecification.Message) throws(Refusal) -> Int? {
        guard let weights = message.weights else { return nil }
        guard let first = plan.dimensions[ProtocolSpecification.weightVersion] else {
            throw .specification(.unknownDimension(ProtocolSpecification.weightVersion))
        }
        let finished = specification.updates.reduce(0) { $0 + (roundsOfPhase[$1] ?? 0) }
        let current = specification.updates.contains(plan.runs[run].phase) ? round : 0
        return first + finished + current + (weights == .after ? 1 : 0)
    }

    private func dimension(
        _ name: String, scope: String?, sender: Party, receiver: Party, subject: Party?, depth: Int
    ) throws(SpecificationError) -> Int {
        guard depth < 16 else { throw .invalidPlan("derived dimension '\(name)' depends on itself") }
        if let expression = specification.derived[name] {
            // In a derived dimension, the scope that it is used with goes through to scoped names as `this`.
            return try expression.value { (inner, innerScope) throws(SpecificationError) in
                try dimension(
                    inner, scope: innerScope == "this" ? scope : innerScope, sender: sender, receiver: receiver,
                    subject: subject, depth: depth + 1)
            }
        }
        var key = name
        if let scope {
            guard let party = scope == "subject" ? subject : party(scope, sender, receiver) else {
                throw .unknownDimension("\(name)[\(scope)]")
            }
            key = "\(name)[\(party)]"
        }
        guard let value = plan.runs[run].dimensions[key] ?? learned[key] ?? plan.dimensions[key] else {
            throw .unknownDimension(key)
        }
        return value
    }

    /// The party that a role name means on this link: `sender`, `receiver`, the end that has the role, or its only holder.
    private func party(_ role: String, _ sender: Party, _ receiver: Party) -> Party? {
        switch role {
        case "sender": return sender
        case "receiver": return receiver
        default: break
        }
        if let end = [sender, receiver].first(where: { plan.role(of: $0) == role }) { return end }
        let holders = plan.members.filter { $0.role == role }
        return holders.count == 1 ? holders[0].party : nil
    }
}
