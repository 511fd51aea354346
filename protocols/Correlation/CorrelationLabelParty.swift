internal import Arithmetic
public import Cryptography
public import Paillier
internal import Shares
public import Specification
public import StatisticsWire

/// The label party's role in one session: correlates its own columns with the owner's, and joins the shares of the partners' ones.
///
///     <--C1-- owner   --C2-->   <--C3--   <--C6-- each partner   <--C7, C8, C9-- owner   output
///
/// without protection U1 stands for C1 to C3, and U3 for C6 and C7. Learns the correlations: README.md.
public struct CorrelationLabelParty<Cipher: AdditiveCipher>: Role {
    /// What it learns in this session.
    public typealias Output = OwnedCorrelations

    private enum State: Hashable {
        /// Waits for this step of the owner.
        case owner(String)
        /// Waits for C6, or U3, of this partner.
        case partner(Int)
        case done
    }

    private let parameters: CorrelationParameters
    private let ownerKey: Cipher?
    private let columns: UnitColumns
    private let random: any RandomSource
    private var budget = MaskBudget()
    private var state: State
    /// Its own share of its columns' products.
    private var ownShare: Matrix<Int128>?
    /// Shares of each partner's products, one after the other.
    private var partnerShares: [Int128] = []
    private var result = OwnedCorrelations(withLabel: [], withPartners: [:], within: [], informationValues: [])

    /// - Parameters:
    ///   - ownerKey: The owner's key, proved and checked; `nil` without protection.
    ///   - columns: Its own; there may be none.
    ///   - random: Its own source.
    /// - Throws: ``StatisticsError`` for other sizes than the parameters have.
    public init(
        _ parameters: CorrelationParameters, ownerKey: Cipher?, columns: UnitColumns, random: any RandomSource
    ) throws(StatisticsError) {
        guard ownerKey?.keyBits == parameters.keyBitsInUse else {
            throw .keySize(expected: parameters.keyBitsInUse, found: ownerKey?.keyBits)
        }
        guard columns.count == parameters.label.columns else {
            throw .sizes("\(columns.count) columns of \(parameters.label.party) are not what was announced")
        }
        (self.parameters, self.ownerKey, self.columns, self.random) = (parameters, ownerKey, columns, random)
        if columns.count > 0 {
            state = .owner(ownerKey == nil ? "U1" : "C1")
        } else {
            state = parameters.partners.isEmpty ? .owner("C8") : .partner(0)
        }
    }

    public var awaiting: Party? {
        switch state {
        case .owner: parameters.owner.party
        case .partner(let place): parameters.partners[place].party
        case .done: nil
        }
    }

    /// - Throws: `ProtocolViolation`, also for numbers that are no correlations; ``StatisticsError/invalidCiphertext(of:step:_:)``.
    public mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<Output>] {
        switch state {
        case .done: throw outOfTurn(frame, from: peer)
        case .owner(let step):
            try require(step, frame, from: peer)
            return try take(step, frame, from: peer)
        case .partner(let place):
            try require(ownerKey == nil ? "U3" : "C6", frame, from: peer)
            let (rows, count) = (parameters.partners[place].columns, parameters.owner.columns)
            if ownerKey == nil {
                result.withPartners[peer] = try frame.correlations(from: peer, rows, count)
            } else {
                partnerShares += try frame.share(from: peer, rows, count).elements
            }
            if place + 1 < parameters.partners.count {
                state = .partner(place + 1)
            } else {
                state = .owner(ownerKey == nil ? "C8" : "C7")
            }
            return []
        }
    }

    /// What the owner sends.
    private mutating func take(_ step: String, _ frame: Frame, from peer: Party) throws -> [Action<Output>] {
        let owner = parameters.owner
        switch step {
        case "C1":
            guard let ownerKey else { throw outOfTurn(frame, from: peer) }
            let (answer, share) = try parameters.product(
                of: columns, with: frame, step: "C2", of: parameters.label.party, under: ownerKey, random: random,
                spending: &budget)
            ownShare = share
            state = .owner("C3")
            return [.send(answer, to: peer)]
        case "C3":
            guard let ownShare else { throw outOfTurn(frame, from: peer) }
            let opened = try frame.share(from: peer, columns.count, owner.columns)
            result.withLabel = try parameters.correlations(opened, ownShare)
            try Frame.require(result.withLabel, frame.header, from: peer)
            state = parameters.partners.isEmpty ? .owner("C8") : .partner(0)
        case "U1":
            let rows = try frame.rows(from: peer, parameters.rows, owner.columns)
            result.withLabel = columns.products(with: (0..<owner.columns).map { column in rows.map { $0[column] } })
            try Frame.require(result.withLabel, frame.header, from: peer)
            state = parameters.partners.isEmpty ? .owner("C8") : .partner(0)
        case "C7":
            let shares = Matrix(rows: parameters.partnerColumns, columns: owner.columns, elements: partnerShares)
            let opened = try frame.share(from: peer, shares.rows, shares.columns)
            let correlations = try parameters.correlations(opened, shares)
            try Frame.require(correlations, frame.header, from: peer)
            var start = 0
            for partner in parameters.partners {
                result.withPartners[partner.party] = Array(correlations[start..<start + partner.columns])
                start += partner.columns
            }
            state = .owner("C8")
        case "C8":
            result.within = try frame.correlations(from: peer, owner.columns, owner.columns)
            state = .owner("C9")
        default:
            result.informationValues = try frame.numbers(from: peer, count: owner.columns)
            state = .done
            return [.output(result)]
        }
        return []
    }
}
