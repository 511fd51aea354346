internal import Columns
internal import Cryptography
internal import EmbedMatMul
internal import MatMul
internal import Runtime
internal import SourceLayers
internal import Specification

/// One session of each protected layer. Most jobs have one; where training may stop early, each epoch has its own, so that every round
/// of every plan takes place.
struct LayerSessions {
    /// Counted from 0.
    let number: Int
    let random: any RandomSource
    let matMul: MatMulParameters
    let matMulSession: Session
    let embedding: (parameters: EmbedMatMulParameters, session: Session)?

    /// Begins the sessions.
    ///
    /// - Parameters:
    ///   - contributions: With the version that weights have by then.
    ///   - runs: All rounds, in order.
    ///   - random: The party's own source.
    init(
        _ run: PartyRun, _ contributions: [Party: Contribution], _ runs: [LayerRun], number: Int,
        _ random: any RandomSource
    ) throws {
        self.number = number
        self.random = Self.named(random, number)
        let (job, attempt) = (run.job, run.assignment.attempt)
        matMul = try MatMulParameters(job, contributions, attempt: attempt)
        matMulSession = try run.session(MatMulProtocol.specification, matMul.plan(runs))
        guard let parameters = try EmbedMatMulParameters(job, contributions, attempt: attempt),
            parameters.hasPart(run.me)
        else {
            embedding = nil
            return
        }
        embedding = (parameters, try run.session(EmbedMatMulProtocol.specification, parameters.plan(runs)))
    }

    var sessions: [Session] { [matMulSession] + (embedding.map { [$0.session] } ?? []) }

    /// Bytes of ciphertexts that were sent so far.
    var ciphertextBytes: Int { sessions.reduce(0) { $0 + ($1.traffic.sentPayload[.ciphertext] ?? 0) } }

    /// A source of which this session's names are no other's: rounds are counted anew in each.
    func named(_ source: any RandomSource) -> any RandomSource { Self.named(source, number) }

    private static func named(_ source: any RandomSource, _ number: Int) -> any RandomSource {
        number == 0 ? source : PrefixedSource(source, prefix: "session-\(number)/")
    }
}

/// Streams of another source, under longer names.
private final class PrefixedSource: RandomSource {
    private let source: any RandomSource
    private let prefix: String

    init(_ source: any RandomSource, prefix: String) { (self.source, self.prefix) = (source, prefix) }

    func stream(_ name: String) throws(RandomError) -> RandomStream { try source.stream(prefix + name) }
}
