import Arithmetic
import Cryptography
import Link
import MatMul
import Paillier
import ProtocolTesting
import Runtime
import Shares
import SourceLayers
import Specification
import Testing

/// The real label party; where it caches, B1 of its first round stands for that of all later ones.
private struct CachingLabelParty: Role {
    var base: MatMulLabelParty<PrivateKey>
    let caches: Bool
    private var cached: [UInt8]?
    var awaiting: Party? { base.awaiting }

    init(_ base: MatMulLabelParty<PrivateKey>, caches: Bool) { (self.base, self.caches) = (base, caches) }

    mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<MatMulOutput>] {
        try base.receive(frame, from: peer)
    }

    mutating func backward(dZ: Matrix<Int64>) throws -> [Action<MatMulOutput>] {
        try base.backward(dZ: dZ).map { action in
            guard caches, case .send(let frame, let peer) = action, frame.header.step == "B1" else { return action }
            let payload = cached ?? frame.payload
            cached = payload
            return .send(Frame(header: frame.header, payload: payload), to: peer)
        }
    }
}

/// Ciphertexts that are kept and sent once more, where a batch's statistics are used again: it saves encrypting them.
@Suite struct RepetitionTests {
    private let label, feature: Party
    private let parameters: MatMulParameters
    private let plan: SessionPlan
    private let rounds = 2
    private let batch = 4

    init() throws {
        (label, feature) = (try Party("label"), try Party("feature"))
        parameters = try MatMulParameters(
            label: .init(label, columns: 3), features: [.init(feature, columns: 2)], width: 1, keyBits: 1024,
            attempt: 0)
        plan = try parameters.plan([.init(.train, rows: batch, count: rounds)])
    }

    private let bounds = MatMulInitialBounds(standardDeviation: 0.5, featureParties: 1)

    private func optimiser() throws -> ShareOptimiser {
        try ShareOptimiser(
            rate: Fraction(decimal: "0.5"), momentum: Fraction(decimal: "0"), decay: Fraction(decimal: "0"))
    }

    private func labelRole(caches: Bool) throws -> CachingLabelParty {
        let shares = try MatMulLabelShares(
            parameters, bounds: bounds, optimiser: optimiser(), random: recorded("weights"))
        return CachingLabelParty(
            try MatMulLabelParty(
                parameters, key: Keys.label, featureKeys: [feature: Keys.feature.cipher], shares: shares,
                random: recorded("label")), caches: caches)
    }

    private func featureRole() throws -> MatMulFeatureParty<PrivateKey> {
        let shares = try MatMulFeatureShares(
            of: feature, parameters, bounds: bounds, optimiser: optimiser(), random: recorded("weights"))
        return try MatMulFeatureParty(
            feature, parameters, key: Keys.feature, labelKey: Keys.label.cipher, shares: shares,
            random: recorded("feature"), pairRandom: [:])
    }

    // The same batch, and the same derivatives, in every round.
    private func labelRows() throws -> SparseMatrix<Int64> { SparseMatrix(try uniform(batch, 3, "label features")) }
    private func featureRows() throws -> SparseMatrix<Int64> { SparseMatrix(try uniform(batch, 2, "features")) }
    private func dZ() throws -> Matrix<Int64> { try uniform(batch, 1, "dZ") }

    /// The attack: which rows have the same ciphertext, and so the same derivative, in two rounds.
    private func equalRows(caches: Bool) throws -> Int {
        let rehearsal = try Rehearsal<MatMulOutput>(MatMulProtocol.specification, plan)
        let labelSeat = rehearsal.seat(label, try labelRole(caches: caches))
        let featureSeat = rehearsal.seat(feature, try featureRole())
        try rehearsal.perform(labelSeat) { try $0.base.start() }
        try rehearsal.perform(featureSeat) { try $0.start() }
        try rehearsal.settle()
        for _ in 0..<rounds {
            try rehearsal.perform(labelSeat) { try $0.base.forward(rows: labelRows(), in: .train) }
            try rehearsal.perform(featureSeat) { try $0.forward(rows: featureRows(), in: .train) }
            try rehearsal.settle()
            try rehearsal.perform(labelSeat) { try $0.backward(dZ: dZ()) }
            try rehearsal.settle()
        }
        #expect(rehearsal.isFinished)
        let seen = rehearsal.sent.filter { $0.header.step == "B1" }.map { frame in
            let size = frame.payload.count / batch
            return (0..<batch).map { Array(frame.payload[$0 * size..<($0 + 1) * size]) }
        }
        return zip(seen[0], seen[1]).count { $0 == $1 }
    }

    @Test func equalDerivativesShowInCachedCiphertexts() throws {
        #expect(try equalRows(caches: true) == batch)
        #expect(try equalRows(caches: false) == 0)
    }

    /// Both parties as in a job: what becomes of it at each.
    private func train(caches: Bool) -> [Party: Result<Void, any Error>] {
        MemoryNetwork(parties: [label, feature]).run { group in
            do {
                let session = try Session(
                    MatMulProtocol.specification, plan: plan, group: group, recorder: nil,
                    ciphertexts: CiphertextRegistry())
                if group.party == label {
                    var role = try labelRole(caches: caches)
                    _ = try session.run(&role) { try $0.base.start() }
                    for _ in 0..<rounds {
                        _ = try session.run(&role) { try $0.base.forward(rows: labelRows(), in: .train) }
                        _ = try session.run(&role) { try $0.backward(dZ: dZ()) }
                    }
                } else {
                    var role = try featureRole()
                    _ = try session.run(&role) { try $0.start() }
                    for _ in 0..<rounds {
                        _ = try session.run(&role) { try $0.forward(rows: featureRows(), in: .train) }
                    }
                }
                try session.finish()
            } catch { throw group.giveUp(error, step: "the test's") }
        }
    }

    /// A session stops the broken role before anything has left, with one cause everywhere.
    @Test func aSessionSendsNoCiphertextTwice() throws {
        let cause = AbortCause(party: label, step: "matmul train round 1, B1 to feature", reason: .repeatedCiphertext)
        for (party, result) in train(caches: true) {
            let failure = try #require(throws: JobFailure.self) { try result.get() }
            #expect(failure.cause == cause, "\(party)")
        }
        for (party, result) in train(caches: false) {
            #expect(throws: Never.self, "\(party)") { try result.get() }
        }
    }
}
