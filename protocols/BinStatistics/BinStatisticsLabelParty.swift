internal import Arithmetic
public import Cryptography
public import Paillier
internal import Shares
public import Specification
public import StatisticsWire

/// The label party's role: encrypts labels, opens the counts of each feature party's bins, and tells what they come to.
///
///     start()      --S3-->   <--S1, S2--   <--S4, S5--   .counted
///     tell(_:)     --S6, S7-->                           .told
///
/// with every feature party, in the job's order; without protection U3 and U4 stand for S3 and for S4 with S5. Between the two events
/// its party decides whether it tells anything at all: nothing about labels has left before but ciphertexts. Learns rows and events of
/// each bin: README.md.
public struct BinStatisticsLabelParty<Key: AdditiveKey>: Role {
    /// What the role gives to its own party.
    public enum Output: Equatable, Sendable {
        /// Of each feature party, the bins of each of its columns: as many as the parameters say, empty ones among them.
        case counted([Party: [[BinCount]]])
        /// The session is over.
        case told
    }

    /// What has come of one feature party.
    private struct Question {
        var columns = 0
        var weighed = 0
        /// What was opened of S4.
        var opened: Matrix<Integer>?
        var counts: [[BinCount]] = []
    }

    private enum State {
        case fresh
        /// Waits for this step of the feature party whose turn it is.
        case asking(Question, next: String, done: [Question])
        case counted([Question])
        case done
    }

    private let parameters: BinStatisticsParameters
    private let key: Key?
    private let labels: [Int?]
    private let random: any RandomSource
    private var budget = MaskBudget()
    private var state = State.fresh

    /// - Parameters:
    ///   - key: Its own key; `nil` without protection.
    ///   - labels: Of each training row: 0 or 1; `nil` where it has none.
    ///   - random: Its own source.
    /// - Throws: ``StatisticsError`` for other sizes than the parameters have.
    public init(
        _ parameters: BinStatisticsParameters, key: Key?, labels: [Int?], random: any RandomSource
    ) throws(StatisticsError) {
        guard key?.cipher.keyBits == parameters.keyBitsInUse else {
            throw .keySize(expected: parameters.keyBitsInUse, found: key?.cipher.keyBits)
        }
        guard labels.count == parameters.rows, labels.allSatisfy({ $0 == nil || $0 == 0 || $0 == 1 }) else {
            throw .sizes("\(parameters.rows) labels of 0 or 1 are expected")
        }
        (self.parameters, self.key, self.labels, self.random) = (parameters, key, labels, random)
    }

    public var awaiting: Party? {
        guard case .asking(_, _, let done) = state else { return nil }
        return parameters.features[done.count]
    }

    /// Sends the labels, encrypted, to every feature party.
    public mutating func start() throws -> [Action<Output>] {
        guard case .fresh = state else { throw StatisticsError.outOfTurn(event: "start") }
        state = .asking(Question(), next: "S1", done: [])
        let pairs = Matrix(
            rows: labels.count, columns: 2,
            elements: labels.flatMap { label -> [Int64] in label.map { [1, Int64($0)] } ?? [0, 0] })
        let frame: Frame
        if let key {
            let conversion = try parameters.conversion()
            let noise = conversion.noise(
                rows: pairs.rows, with: key, from: try random.stream(parameters.draw("S3/randomizer")))
            frame = Frame(
                header: parameters.header("S3", .ciphertext, [pairs.rows, 2], under: conversion.packing),
                payload: key.cipher.encode(try conversion.encrypt(pairs, with: key, noise: noise).elements))
        } else {
            frame = parameters.numbers("U3", .plain, [pairs.rows, 2], pairs.elements.map { Double($0) })
        }
        return parameters.features.map { .send(frame, to: $0) }
    }

    /// - Throws: `ProtocolViolation` for a size outside its limits, values outside their slots and counts that no bins have;
    ///   ``StatisticsError/invalidCiphertext(of:step:_:)``.
    public mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<Output>] {
        guard case .asking(var question, let step, let done) = state else { throw outOfTurn(frame, from: peer) }
        try require(step, frame, from: peer)
        let bins = question.columns * parameters.bins
        switch step {
        case "S1":
            question.columns = try parameters.size(
                frame, from: peer, in: 1...BinStatisticsParameters.columnLimit)
            state = .asking(question, next: "S2", done: done)
            return []
        case "S2":
            question.weighed = try parameters.size(frame, from: peer, in: 0...question.columns)
            state = .asking(question, next: key == nil ? "U4" : "S4", done: done)
            return []
        case "S4":
            question.opened = try open(frame, from: peer, bins: bins)
            state = .asking(question, next: "S5", done: done)
            return []
        case "S5":
            guard let opened = question.opened else { throw outOfTurn(frame, from: peer) }
            let masks = try parameters.share(frame, from: peer, rows: bins)
            question.counts = try counts(opened.map { Int64(reducing: $0) } &+ masks, frame, from: peer)
        default:
            let numbers = try frame.numbers(from: peer, count: 2 * bins)
            let whole = numbers.map { Int64(exactly: $0) ?? -1 }
            question.counts = try counts(Matrix(rows: bins, columns: 2, elements: whole), frame, from: peer)
        }
        let questions = done + [question]
        guard questions.count == parameters.features.count else {
            state = .asking(Question(), next: "S1", done: questions)
            return []
        }
        state = .counted(questions)
        let counts = questions.map(\.counts)
        return [.output(.counted(Dictionary(uniqueKeysWithValues: zip(parameters.features, counts))))]
    }

    /// Answers every feature party.
    ///
    /// - Parameter answers: Of each, what is told of each of its columns; weights of the first ones, as many as it wants.
    /// - Throws: ``StatisticsError``.
    public mutating func tell(_ answers: [Party: [BinnedColumnStatistics]]) throws -> [Action<Output>] {
        guard case .counted(let questions) = state else { throw StatisticsError.outOfTurn(event: "tell") }
        state = .done
        let frames = try zip(parameters.features, questions).flatMap { party, question -> [Action<Output>] in
            let answer = answers[party] ?? []
            let weights = answer.prefix(question.weighed).compactMap(\.weights)
            guard answer.count == question.columns, weights.count == question.weighed,
                weights.allSatisfy({ $0.count == parameters.bins })
            else { throw StatisticsError.sizes("an answer to each question of \(party) is expected") }
            return [
                .send(
                    parameters.numbers("S6", .statistic, [question.columns], answer.map(\.informationValue)), to: party),
                .send(
                    parameters.numbers(
                        "S7", .statistic, [question.weighed, parameters.bins], weights.flatMap { $0 }), to: party),
            ]
        }
        return frames + [.output(.told)]
    }

    /// For how many columns each feature party wants weights; known once all have been counted.
    public var weighed: [Party: Int] {
        guard case .counted(let questions) = state else { return [:] }
        return Dictionary(uniqueKeysWithValues: zip(parameters.features, questions.map(\.weighed)))
    }

    // MARK: - Counts

    private mutating func open(_ frame: Frame, from peer: Party, bins: Int) throws -> Matrix<Integer> {
        guard let key else { throw outOfTurn(frame, from: peer) }
        let conversion = try parameters.conversion()
        let hidden = try frame.ciphertexts(
            from: peer, under: key.cipher, count: conversion.packing.joinedCount(rows: bins))
        do { return try conversion.open(hidden, rows: bins, with: key, spending: &budget) } catch SharesError
            .plaintextOutsideSlots
        {
            // Nothing about the plaintext: who decrypts must not become an oracle.
            throw ProtocolViolation(
                frame.header, from: peer, expected: "values within their slots", found: "a value outside")
        }
    }

    /// - Throws: `ProtocolViolation` unless every row that has a label is in one bin of each column.
    private func counts(
        _ values: Matrix<Int64>, _ frame: Frame, from peer: Party
    ) throws(ProtocolViolation) -> [[BinCount]] {
        let all = BinCount(rows: labels.count { $0 != nil }, events: labels.count { $0 == 1 })
        let columns = stride(from: 0, to: values.rows, by: parameters.bins).map { first in
            (first..<first + parameters.bins).map {
                BinCount(rows: Int(values[$0, 0]), events: Int(values[$0, 1]))
            }
        }
        for bins in columns {
            // Sums of negative numbers or of huge ones could come out right by wrapping.
            let isPossible = bins.allSatisfy { (0...all.rows).contains($0.rows) && (0...$0.rows).contains($0.events) }
            guard isPossible, bins.reduce(0, { $0 + $1.rows }) == all.rows,
                bins.reduce(0, { $0 + $1.events }) == all.events
            else {
                throw ProtocolViolation(
                    frame.header, from: peer, expected: "each row in one bin of each column", found: "other counts")
            }
        }
        return columns
    }
}
