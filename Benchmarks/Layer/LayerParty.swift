import Arithmetic
import Cryptography
import KeyExchange
import Link
import Paillier
import Residues
import Runtime
import Shares
import Specification

/// One end of a measured layer, over its link: as in a job, with a transcript where the task says so.
struct LayerParty {
    let task: LayerTask
    let seat: Seat
    let data: LayerData
    let links: LinkGroup
    let ciphertexts = CiphertextRegistry()
    let random: any RandomSource
    let optimiser: ShareOptimiser
    let tally = LayerTally()
    let recorder: MeasuredRecorder?
    private var clock: Stopwatch

    /// - Parameter clock: Since when the setup counts.
    init(_ task: LayerTask, _ seat: Seat, _ data: LayerData, link: any Link, since clock: Stopwatch) throws {
        self.task = task
        self.seat = seat
        self.data = data
        self.clock = clock
        recorder = try task.keepsPayloads.map { try MeasuredRecorder(seat, keepsPayloads: $0) }
        links = try LinkGroup(party: seat.party, links: [link])
        random = SystemRandomSource(binding: try link.channelBinding())
        optimiser = try ShareOptimiser(
            rate: Fraction(decimal: "0.05"), momentum: Fraction(decimal: "0.9"), decay: Fraction(decimal: "0"))
    }

    /// Sets the layer up and trains it.
    mutating func train() throws -> LayerResult {
        let keys = try exchangeKeys()
        let result =
            switch (task.kind, seat) {
            case (.matMul, .label): try trainMatMulLabel(keys.own, keys.partner)
            case (.matMul, .feature): try trainMatMulFeature(keys.own, keys.partner)
            case (.embedMatMul, .label): try trainEmbedMatMulLabel(keys.own, keys.partner)
            case (.embedMatMul, .feature): try trainEmbedMatMulFeature(keys.own, keys.partner)
            }
        links.close()
        return result
    }

    private func exchangeKeys() throws -> (own: MeasuredKey, partner: MeasuredCipher) {
        guard let path = KernelPath(rawValue: task.kernels) else { preconditionFailure("a path that was checked") }
        let (label, feature) = try (Seat.label.party, Seat.feature.party)
        let key = PrivateKey.insecureGenerate(bits: task.bits, from: try random.stream("key"), path: path)
        var role = try KeyExchangeParty(me: seat.party, label: label, features: [feature], key: key, jobHash: [])
        let session = try Session(
            KeyExchangeProtocol.specification,
            plan: KeyExchangeProtocol.plan(label: label, features: [feature], keyBits: task.bits), group: links,
            recorder: recorder, ciphertexts: ciphertexts)
        let outputs = try session.run(&role) { $0.start() }
        try session.finish()
        guard var partner = try outputs.first?[seat.other.party] else { preconditionFailure("an exchange gives keys") }
        if path != .fastest { partner = try PublicKey(modulus: partner.modulus, path: path) }
        return (MeasuredKey(base: key, tally: tally), MeasuredCipher(base: partner, tally: tally))
    }

    /// Sets a role up, then trains all rounds of all repetitions.
    ///
    /// - Parameter train: One round, by its place in the repetition, and the rows of the one after it, if there is one.
    mutating func train<Base: Role>(
        _ session: Session, _ role: @autoclosure () throws -> Base,
        _ start: (inout Base) throws -> [Action<Base.Output>],
        _ train: (inout MeasuredRole<Base>, _ round: Int, _ next: Int?) throws -> Void
    ) throws -> LayerResult {
        let peer = try seat.other.party
        func bytesSent() -> Int { session.traffic.sent[peer]?.bytes ?? 0 }
        func bytesCrossed() -> Int { bytesSent() + (session.traffic.received[peer]?.bytes ?? 0) }
        // Held once: a second reference would copy its tables when they first move.
        var role = MeasuredRole(base: try role(), tally: tally)
        _ = try session.run(&role) { role in try tally.measure(step: "setup") { try start(&role.base) } }
        let setup = clock.lap(bytesSent: bytesSent())
        tally.clear()
        _ = try recorder?.lap(crossed: bytesCrossed())
        var repetitions: [Lap] = []
        let batches = task.batches
        for repetition in 0..<task.repetitions {
            for round in batches.indices {
                let isLast = repetition + 1 == task.repetitions && round + 1 == batches.count
                try train(&role, round, isLast ? nil : batches[(round + 1) % batches.count])
            }
            repetitions.append(clock.lap(bytesSent: bytesSent()))
        }
        let recording = try recorder?.lap(crossed: bytesCrossed())
        try session.finish()
        return LayerResult(
            setup: setup, repetitions: repetitions, sums: tally.sums, recording: recording,
            peakMemory: Stopwatch.peakMemory)
    }
}
