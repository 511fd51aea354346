import Arithmetic
import Cryptography
import Glibc
import LayerTesting
import Link
import MatMul
import Paillier
import Runtime
import Shares
import SourceLayers
import Specification
import Synchronization
import Testing
import Workers

/// A job that is given up while a party computes: the computation ends, and everybody names the same cause.
@Suite struct CancellationTests {
    private let label: Party
    private let feature: Party
    private let parameters: MatMulParameters

    init() throws {
        label = try Party("label")
        feature = try Party("feature")
        parameters = try MatMulParameters(
            label: .init(label, columns: 2), features: [.init(feature, columns: 60)], width: 1, keyBits: 2048,
            attempt: 0)
    }

    private func key(_ party: Party) -> PrivateKey { Keys.recorded(bits: 2048, party) }

    /// Both roles after setup.
    private func ready() throws -> (label: MatMulLabelParty<PrivateKey>, feature: MatMulFeatureParty<PrivateKey>) {
        let random = (RecordedRandomSource(seed: [1]), RecordedRandomSource(seed: [2]))
        let bounds = MatMulInitialBounds(featureWeights: 1 << 19, labelWeights: 1 << 19)
        var labelRole = try MatMulLabelParty(
            parameters, key: key(label), featureKeys: [feature: key(feature).cipher],
            shares: MatMulLabelShares(parameters, bounds: bounds, optimiser: optimiser("0.1"), random: random.0),
            random: random.0)
        var featureRole = try MatMulFeatureParty(
            feature, parameters, key: key(feature), labelKey: key(label).cipher,
            shares: MatMulFeatureShares(
                of: feature, parameters, bounds: bounds, optimiser: optimiser("0.1"), random: random.1),
            random: random.1, pairRandom: [:])
        let (weights, labelWeights) = (try labelRole.start(), try featureRole.start())
        _ = try featureRole.receive(frame(weights), from: label)
        _ = try labelRole.receive(frame(labelWeights), from: feature)
        return (labelRole, featureRole)
    }

    private func rows(_ count: Int, _ columns: Int) -> Matrix<Int64> {
        Matrix(
            rows: count, columns: columns,
            elements: (0..<count * columns).map { Int64($0 &* 7_919_017 % (1 << 24 - 1)) - 1 << 23 + 1 })
    }

    /// The label party goes while the feature party has some seconds of a product before it.
    @Test func aProductEndsWhenAPartnerIsLost() throws {
        var (_, role) = try ready()
        let network = MemoryNetwork(parties: [label, feature])
        let group = network.group(of: feature)
        group.enter(step: "matmul train round 0")
        let cancellation = Cancellation()
        group.whenGivenUp { cancellation.cancel() }
        let told = Mutex((calls: 0, of: 0))
        let hasDropped = Atomic(false)
        let context = WorkContext(
            cancellation: cancellation,
            progress: { [label] _, parts in
                told.withLock { $0 = ($0.calls + 1, parts) }
                if !hasDropped.exchange(true, ordering: .acquiringAndReleasing) {
                    startThread { network.drop(label) }
                }
                // Nobody goes on before the news is there, so that the count below does not depend on the machine.
                for _ in 0..<60_000 where !cancellation.isCancelled { usleep(1000) }
            })
        let batch = rows(20_000, 60)
        let error = #expect(throws: PaillierError.cancelled) {
            try context.run { try role.forward(rows: batch, in: .train) }
        }
        let (calls, parts) = told.withLock { $0 }
        #expect((1...WorkerPool.shared.threads).contains(calls), "each thread ends with what it was at")
        #expect(calls < parts / 2)
        let failure = group.giveUp(try #require(error), step: "matmul train round 0, F1 to label")
        #expect(failure.cause == AbortCause(party: label, step: "matmul train round 0", reason: .peerLost))
        #expect(failure.detail == "\(PaillierError.cancelled)")
    }

    /// Whoever stops reading a partner's ciphertexts does not blame the partner for them.
    @Test func framesThatNobodyWantsAnyMoreAreNotBlamed() throws {
        var (labelRole, featureRole) = try ready()
        let f2 = try frame(labelRole.forward(rows: rows(4, 2), in: .train))
        let f1 = try frame(featureRole.forward(rows: rows(4, 60), in: .train))
        let cancellation = Cancellation()
        cancellation.cancel()
        WorkContext(cancellation: cancellation).run {
            #expect(throws: PaillierError.cancelled) { try featureRole.receive(f2, from: label) }
            #expect(throws: PaillierError.cancelled) { try labelRole.receive(f1, from: feature) }
        }
    }

    /// Nobody had given the job up: then it is this party's own fault.
    @Test func endingWithoutACauseIsAnInternalError() {
        let group = MemoryNetwork(parties: [label, feature]).group(of: feature)
        let failure = group.giveUp(PaillierError.cancelled, step: "F1 to label")
        #expect(failure.cause == AbortCause(party: feature, step: "F1 to label", reason: .internalError))
    }
}
