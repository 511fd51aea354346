public import Cryptography
public import Paillier
internal import Shares
public import Specification
public import StatisticsWire

/// The role of a feature party after the owner: sums the owner's encrypted columns times its own over the rows.
///
///     <--C4--   --C5--> owner   --C6--> label   .done
///
/// without protection U2 stands for C4 and U3 for both answers. Learns nothing but public sizes.
public struct CorrelationPartner<Cipher: AdditiveCipher>: Role {
    /// The session is over for this party.
    public enum Output: Equatable, Sendable { case done }

    private let me: Party
    private let parameters: CorrelationParameters
    private let ownerKey: Cipher?
    private let columns: UnitColumns
    private let random: any RandomSource
    private var budget = MaskBudget()
    private var isDone = false

    /// - Parameters:
    ///   - ownerKey: The owner's key, proved and checked; `nil` without protection.
    ///   - random: Its own source.
    /// - Throws: ``StatisticsError`` for other sizes than the parameters have.
    public init(
        _ me: Party, _ parameters: CorrelationParameters, ownerKey: Cipher?, columns: UnitColumns,
        random: any RandomSource
    ) throws(StatisticsError) {
        guard ownerKey?.keyBits == parameters.keyBitsInUse else {
            throw .keySize(expected: parameters.keyBitsInUse, found: ownerKey?.keyBits)
        }
        guard parameters.partners.contains(.init(me, columns: columns.count)) else {
            throw .sizes("\(columns.count) columns of \(me) are not what was announced")
        }
        (self.me, self.parameters, self.ownerKey) = (me, parameters, ownerKey)
        (self.columns, self.random) = (columns, random)
    }

    public var awaiting: Party? { isDone ? nil : parameters.owner.party }

    /// - Throws: `ProtocolViolation`, ``StatisticsError/invalidCiphertext(of:step:_:)``.
    public mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<Output>] {
        try require(ownerKey == nil ? "U2" : "C4", frame, from: peer)
        isDone = true
        let (owner, label) = (parameters.owner, parameters.label.party)
        guard let ownerKey else {
            let rows = try frame.rows(from: peer, parameters.rows, owner.columns)
            let theirs = (0..<owner.columns).map { column in rows.map { $0[column] } }
            let correlations = columns.products(with: theirs)
            let answer = Frame.numbers(
                "U3", in: parameters.withPartners, .plain, [columns.count, owner.columns], correlations.flatMap { $0 })
            return [.send(answer, to: label), .output(.done)]
        }
        let (answer, share) = try parameters.product(
            of: columns, with: frame, step: "C5", of: me, under: ownerKey, random: random, spending: &budget)
        return [
            .send(answer, to: owner.party), .send(.share("C6", in: parameters.withPartners, share), to: label),
            .output(.done),
        ]
    }
}
