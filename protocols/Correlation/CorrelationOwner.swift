internal import Arithmetic
public import Cryptography
public import Paillier
internal import Shares
public import Specification
public import StatisticsWire

/// The role of the feature party whose columns are encrypted.
///
///     start()   --C1--> label   --C4--> partners   <--C2-- label   --C3--> label   <--C5-- each partner
///               --C7, C8, C9--> label   .done
///
/// without protection U1 and U2 stand for C1 and C4, and nothing comes back. Learns nothing but public sizes.
public struct CorrelationOwner<Key: AdditiveKey>: Role {
    /// The session is over for this party.
    public enum Output: Equatable, Sendable { case done }

    private enum State {
        case fresh
        /// Waits for C2.
        case label
        /// Waits for C5 of the first partner that has not answered: holds what was opened of the others.
        case partners([Int128], answered: Int)
        case done
    }

    private let parameters: CorrelationParameters
    private let key: Key?
    private let columns: UnitColumns
    private let informationValues: [Double]
    private let random: any RandomSource
    private var budget = MaskBudget()
    private var state = State.fresh

    /// - Parameters:
    ///   - key: Its own key; `nil` without protection.
    ///   - informationValues: Of each of its columns; zeros where the job asks for none.
    ///   - random: Its own source.
    /// - Throws: ``StatisticsError`` for other sizes than the parameters have.
    public init(
        _ parameters: CorrelationParameters, key: Key?, columns: UnitColumns, informationValues: [Double],
        random: any RandomSource
    ) throws(StatisticsError) {
        guard key?.cipher.keyBits == parameters.keyBitsInUse else {
            throw .keySize(expected: parameters.keyBitsInUse, found: key?.cipher.keyBits)
        }
        guard columns.count == parameters.owner.columns, informationValues.count == columns.count,
            informationValues.allSatisfy(\.isFinite)
        else { throw .sizes("\(parameters.owner.columns) columns, each with a finite value, are expected") }
        (self.parameters, self.key, self.columns) = (parameters, key, columns)
        (self.informationValues, self.random) = (informationValues, random)
    }

    public var awaiting: Party? {
        switch state {
        case .fresh, .done: nil
        case .label: parameters.label.party
        case .partners(_, let answered): parameters.partners[answered].party
        }
    }

    /// Sends its columns to the label party and to every partner: the same ciphertexts.
    public mutating func start() throws -> [Action<Output>] {
        guard case .fresh = state else { throw StatisticsError.outOfTurn(event: "start") }
        let receivers = (parameters.label.columns > 0 ? [parameters.label] : []) + parameters.partners
        guard let key else {
            let shape = [parameters.rows, columns.count]
            let values = (0..<parameters.rows).flatMap { row in columns.values.map { $0[row] } }
            let sent = receivers.map { receiver -> Action<Output> in
                let (step, phase) = place(of: receiver, "U1", "U2")
                return .send(.numbers(step, in: phase, .plain, shape, values), to: receiver.party)
            }
            return sent + finish(with: [])
        }
        guard !receivers.isEmpty else { return finish(with: []) }
        let conversion = try parameters.conversion()
        let noise = conversion.noise(
            rows: parameters.rows, with: key, from: try random.stream(parameters.draw("C1/randomizer")))
        let payload = key.cipher.encode(
            try conversion.encrypt(columns.rowMajor(), with: key, noise: noise).elements)
        state = parameters.label.columns > 0 ? .label : .partners([], answered: 0)
        return receivers.map { receiver in
            let (step, phase) = place(of: receiver, "C1", "C4")
            let header = CorrelationProtocol.header(
                step, in: phase, .ciphertext, [parameters.rows, columns.count], under: conversion.packing,
                of: parameters.owner.party)
            return .send(Frame(header: header, payload: payload), to: receiver.party)
        }
    }

    private func place(
        of receiver: CorrelationParameters.Member, _ toLabel: String, _ toPartner: String
    ) -> (step: String, phase: String) {
        receiver == parameters.label ? (toLabel, parameters.withLabel) : (toPartner, parameters.withPartners)
    }

    /// - Throws: `ProtocolViolation` for values outside their slots; ``StatisticsError/invalidCiphertext(of:step:_:)``.
    public mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<Output>] {
        switch state {
        case .fresh, .done: throw outOfTurn(frame, from: peer)
        case .label:
            try require("C2", frame, from: peer)
            let opened = try open(frame, from: peer, rows: parameters.label.columns)
            let answer = Action<Output>.send(.share("C3", in: parameters.withLabel, opened), to: peer)
            guard parameters.partners.isEmpty else {
                state = .partners([], answered: 0)
                return [answer]
            }
            return [answer] + finish(with: [])
        case .partners(let before, let answered):
            try require("C5", frame, from: peer)
            let opened = before + (try open(frame, from: peer, rows: parameters.partners[answered].columns)).elements
            guard answered + 1 == parameters.partners.count else {
                state = .partners(opened, answered: answered + 1)
                return []
            }
            return finish(with: opened)
        }
    }

    /// C7 where there are partners, C8 and C9.
    private mutating func finish(with opened: [Int128]) -> [Action<Output>] {
        state = .done
        let (label, count) = (parameters.label.party, columns.count)
        var frames: [Frame] = []
        if !opened.isEmpty {
            let shares = Matrix(rows: parameters.partnerColumns, columns: count, elements: opened)
            frames.append(.share("C7", in: parameters.withPartners, shares))
        }
        frames.append(
            .numbers(
                "C8", in: CorrelationParameters.within, .statistic, [count, count],
                columns.products(with: columns.values).flatMap { $0 }))
        frames.append(
            .numbers("C9", in: CorrelationParameters.within, .statistic, [count], informationValues))
        return frames.map { .send($0, to: label) } + [.output(.done)]
    }

    private mutating func open(_ frame: Frame, from peer: Party, rows: Int) throws -> Matrix<Int128> {
        guard let key else { throw outOfTurn(frame, from: peer) }
        let conversion = try parameters.conversion()
        let hidden = try frame.ciphertexts(
            from: peer, under: key.cipher, count: conversion.packing.joinedCount(rows: rows))
        do {
            return try conversion.open(hidden, rows: rows, with: key, spending: &budget).reduced(to: Int128.self)
        } catch SharesError.plaintextOutsideSlots {
            // Nothing about the plaintext: who decrypts must not become an oracle.
            throw ProtocolViolation(
                frame.header, from: peer, expected: "values within their slots", found: "a value outside")
        }
    }
}
