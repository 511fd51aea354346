import Correlation
import Cryptography
import LayerTesting
import Paillier
import ProtocolTesting
import Specification

/// Made-up columns of a label party and up to three feature parties, and the sessions that correlate them.
struct Study {
    /// What any of the roles gives.
    enum Output: Equatable, Sendable {
        case label(OwnedCorrelations)
        case done
    }

    static let label = party("label")
    let features: [Party]
    let rows: Int
    /// Of each party, row by row: mean 0 and length 1.
    var columns: [Party: [[Double]]] = [:]
    let isProtected: Bool
    let attempt: Int

    init(columns counts: [Int] = [3, 2, 12], rows: Int = 37, isProtected: Bool = true, attempt: Int = 0) throws {
        features = ["first", "second", "third"].prefix(counts.count - 1).map { Self.party($0) }
        (self.rows, self.isProtected, self.attempt) = (rows, isProtected, attempt)
        let noise = try RecordedRandomSource(seed: Array("study".utf8)).stream("cells").bytes(rows * 32)
        var place = 0
        for (party, count) in zip([Self.label] + features, counts) {
            columns[party] = (0..<count).map { _ in
                place += 1
                return unit(
                    (0..<rows).map { row in
                        // Neighbours have something in common.
                        Double(noise[row * 32 + place % 32]) + Double(noise[row * 32 + (place + 1) % 32])
                    })
            }
        }
    }

    static func party(_ name: String) -> Party {
        guard let party = try? Party(name) else { preconditionFailure("a name") }
        return party
    }

    static func key(_ party: Party) -> PrivateKey { Keys.recorded(bits: 2048, party) }

    func source(of party: Party) -> any RandomSource { RecordedRandomSource(seed: Array("study \(party)".utf8)) }

    func member(_ party: Party) -> CorrelationParameters.Member { .init(party, columns: columns[party]?.count ?? 0) }

    func parameters(of owner: Party) -> CorrelationParameters {
        CorrelationParameters(
            label: member(Self.label), owner: member(owner),
            partners: features.drop { $0 != owner }.dropFirst().map(member), rows: rows, keyBits: 2048,
            isProtected: isProtected, attempt: attempt)
    }

    func unitColumns(of party: Party) throws -> UnitColumns { try UnitColumns(columns[party] ?? [], rows: rows) }

    func values(of owner: Party) -> [Double] { (columns[owner] ?? []).indices.map { Double($0) / 7 } }

    func owner(_ party: Party) throws -> CorrelationOwner<PrivateKey> {
        try CorrelationOwner(
            parameters(of: party), key: isProtected ? Self.key(party) : nil, columns: unitColumns(of: party),
            informationValues: values(of: party), random: source(of: party))
    }

    func labelParty(owner: Party) throws -> CorrelationLabelParty<PublicKey> {
        try CorrelationLabelParty(
            parameters(of: owner), ownerKey: isProtected ? Self.key(owner).cipher : nil,
            columns: unitColumns(of: Self.label), random: source(of: Self.label))
    }

    func partner(_ party: Party, owner: Party) throws -> CorrelationPartner<PublicKey> {
        try CorrelationPartner(
            party, parameters(of: owner), ownerKey: isProtected ? Self.key(owner).cipher : nil,
            columns: unitColumns(of: party), random: source(of: party))
    }

    /// Runs the session of one owner to its end.
    func run(
        owner: Party, change: @escaping (Frame, Party, Party) -> Frame = { frame, _, _ in frame }
    ) throws -> Rehearsal<Output> {
        let parameters = parameters(of: owner)
        let stage = try Rehearsal<Output>(CorrelationProtocol.specification, parameters.plan())
        stage.onTheWay = change
        _ = stage.seat(Self.label, Wrapped(inner: try labelParty(owner: owner)) { .label($0) })
        for partner in parameters.partners {
            _ = stage.seat(
                partner.party, Wrapped(inner: try self.partner(partner.party, owner: owner)) { _ in .done })
        }
        let seat = stage.seat(owner, Wrapped(inner: try self.owner(owner)) { _ in .done })
        try stage.perform(seat) { try $0.perform { try $0.start() } }
        try stage.settle()
        return stage
    }

    /// What a textbook makes of two parties' columns.
    func correlations(_ first: Party, _ second: Party) -> [[Double]] {
        (columns[first] ?? []).map { one in
            (columns[second] ?? []).map { other in
                let count = Double(rows)
                let means = (one.reduce(0, +) / count, other.reduce(0, +) / count)
                var (both, left, right) = (0.0, 0.0, 0.0)
                for (x, y) in zip(one, other) {
                    both += (x - means.0) * (y - means.1)
                    left += (x - means.0) * (x - means.0)
                    right += (y - means.1) * (y - means.1)
                }
                return both / (left * right).squareRoot()
            }
        }
    }
}

/// A column with mean 0 and length 1.
func unit(_ numbers: [Double]) -> [Double] {
    let mean = numbers.reduce(0, +) / Double(numbers.count)
    let length = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }.squareRoot()
    return numbers.map { ($0 - mean) / length }
}

/// A role under another type of output, so that roles of all kinds fit one rehearsal.
struct Wrapped<Inner: Role>: Role {
    var inner: Inner
    let wrap: @Sendable (Inner.Output) -> Study.Output

    var awaiting: Party? { inner.awaiting }

    mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<Study.Output>] {
        try wrapped(inner.receive(frame, from: peer))
    }

    mutating func perform(
        _ event: (inout Inner) throws -> [Action<Inner.Output>]
    ) rethrows -> [Action<Study.Output>] { wrapped(try event(&inner)) }

    private func wrapped(_ actions: [Action<Inner.Output>]) -> [Action<Study.Output>] {
        actions.map { action in
            switch action {
            case .send(let frame, let peer): .send(frame, to: peer)
            case .output(let output): .output(wrap(output))
            case .proceed: .proceed
            }
        }
    }
}
