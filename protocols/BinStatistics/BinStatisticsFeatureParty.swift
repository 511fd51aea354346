internal import Arithmetic
public import Cryptography
public import Paillier
internal import Shares
public import Specification
public import StatisticsWire

/// A feature party's role: sums encrypted labels over the rows of each bin of its columns.
///
///     start()    --S1, S2-->   <--S3--   --S4, S5-->   <--S6, S7--   output
///
/// without protection U3 and U4 stand for S3 and for S4 with S5. Learns what the label party tells: README.md.
public struct BinStatisticsFeatureParty<Cipher: AdditiveCipher>: Role {
    /// What it is told of each of its columns.
    public typealias Output = [BinnedColumnStatistics]

    private enum State {
        case fresh
        case labels
        case values
        case weights([Double])
        case done
    }

    private let me: Party
    private let parameters: BinStatisticsParameters
    private let labelKey: Cipher?
    private let columns: [[Int]]
    private let weighed: Int
    private let random: any RandomSource
    private var budget = MaskBudget()
    private var state = State.fresh

    /// - Parameters:
    ///   - labelKey: The label party's key, proved and checked; `nil` without protection.
    ///   - columns: Of each column the bin of each training row, counted from 0.
    ///   - weighed: Of how many columns, the first ones, the weights are wanted.
    ///   - random: Its own source.
    /// - Throws: ``StatisticsError`` for other sizes than the parameters have.
    public init(
        _ me: Party, _ parameters: BinStatisticsParameters, labelKey: Cipher?, columns: [[Int]], weighed: Int,
        random: any RandomSource
    ) throws(StatisticsError) {
        guard labelKey?.keyBits == parameters.keyBitsInUse else {
            throw .keySize(expected: parameters.keyBitsInUse, found: labelKey?.keyBits)
        }
        let isRight = columns.allSatisfy { bins in
            bins.count == parameters.rows && bins.allSatisfy((0..<parameters.bins).contains)
        }
        guard (1...BinStatisticsParameters.columnLimit).contains(columns.count), (0...columns.count).contains(weighed),
            isRight, parameters.features.contains(me)
        else {
            throw .sizes("columns of \(parameters.rows) rows in at most \(parameters.bins) bins are expected")
        }
        (self.me, self.parameters, self.labelKey) = (me, parameters, labelKey)
        (self.columns, self.weighed, self.random) = (columns, weighed, random)
    }

    public var awaiting: Party? {
        switch state {
        case .fresh, .done: nil
        case .labels, .values, .weights: parameters.label
        }
    }

    /// Says of how many columns it asks.
    public mutating func start() throws(StatisticsError) -> [Action<Output>] {
        guard case .fresh = state else { throw .outOfTurn(event: "start") }
        state = .labels
        return [
            .send(parameters.size("S1", columns.count), to: parameters.label),
            .send(parameters.size("S2", weighed), to: parameters.label),
        ]
    }

    /// - Throws: `ProtocolViolation`, ``StatisticsError/invalidCiphertext(of:step:_:)``.
    public mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<Output>] {
        switch state {
        case .fresh, .done: throw outOfTurn(frame, from: peer)
        case .labels:
            try require(labelKey == nil ? "U3" : "S3", frame, from: peer)
            state = .values
            guard let labelKey else { return [.send(try sums(frame, from: peer), to: peer)] }
            return try maskedSums(frame, from: peer, under: labelKey).map { .send($0, to: peer) }
        case .values:
            try require("S6", frame, from: peer)
            state = .weights(try frame.numbers(from: peer, count: columns.count))
            return []
        case .weights(let values):
            try require("S7", frame, from: peer)
            let weights = try frame.numbers(from: peer, count: weighed * parameters.bins)
            state = .done
            return [
                .output(
                    values.enumerated().map { column, value in
                        BinnedColumnStatistics(
                            informationValue: value,
                            weights: column < weighed
                                ? Array(weights[column * parameters.bins..<(column + 1) * parameters.bins]) : nil)
                    })
            ]
        }
    }

    /// Rows of each bin of each column.
    private var members: [[Int]] {
        columns.flatMap { places in
            var members = [[Int]](repeating: [], count: parameters.bins)
            for (row, bin) in places.enumerated() { members[bin].append(row) }
            return members
        }
    }

    private mutating func maskedSums(_ frame: Frame, from peer: Party, under cipher: Cipher) throws -> [Frame] {
        let conversion = try parameters.conversion()
        let labels = try frame.ciphertexts(from: peer, under: cipher, count: parameters.rows)
        let operand = cipher.operand(Matrix(rows: labels.count, columns: 1, elements: labels), isReused: false)
        let members = members
        // 1 is below the bound of one bit.
        let sums = try cipher.product(
            variableTime: Multipliers(
                SparseMatrix<Int64>(columns: parameters.rows, rows: members.map { $0.map { .init($0, 1) } }), bits: 1),
            operand, join: conversion.join)
        let draw = parameters.draw("S4/\(me)>\(parameters.label)")
        let noise = conversion.noise(rows: members.count, under: cipher, from: try random.stream(draw + "/randomizer"))
        let (hidden, share) = try conversion.mask(
            sums, rows: members.count, under: cipher, masks: random.stream(draw), noise: noise, spending: &budget)
        return [
            Frame(
                header: parameters.header("S4", .ciphertext, [members.count, 2], under: conversion.packing),
                payload: cipher.encode(hidden)),
            parameters.share("S5", share.map { Int64(reducing: $0) }),
        ]
    }

    private func sums(_ frame: Frame, from peer: Party) throws -> Frame {
        let labels = try frame.numbers(from: peer, count: 2 * parameters.rows)
        let sums = members.flatMap { rows in
            (0..<2).map { place in rows.reduce(0) { $0 + labels[2 * $1 + place] } }
        }
        return parameters.numbers("U4", .plain, [sums.count / 2, 2], sums)
    }
}
