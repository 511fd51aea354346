internal import Cryptography
internal import Identifiers
internal import KeyValueStore
internal import Specification
internal import Vole

/// The member's side of ``VoleLeader``.
struct VoleMember: MemberFunction {
    private enum State {
        case choosing
        case masking
        case storing(sums: [UInt8], key: VoleKey)
        case done(VoleKey)
    }

    /// A correlation under way: every step uses it up.
    private final class Correlation {
        let choices: [UInt8]
        private var begun: VoleSender?
        private var grown: VoleSender.Pending?

        init(_ sender: consuming VoleSender) {
            choices = sender.choices
            begun = consume sender
        }

        func grow(_ receiverChoices: [UInt8]) throws {
            guard let sender = begun.take() else { throw AlignmentError.alreadyStarted }
            grown = try sender.grow(receiverChoices)
        }

        func finish(_ products: [UInt8]) throws -> (sums: [UInt8], key: VoleKey) {
            guard let sender = grown.take() else { throw AlignmentError.alreadyStarted }
            return try sender.finish(products)
        }
    }

    private let bucket: AlignmentBucket
    private let list: PaddedList
    private let correlation: Correlation
    private var rows: BandRows?
    private var state = State.choosing

    init(
        _ bucket: AlignmentBucket, _ list: PaddedList, me: Party, jobHash: [UInt8], random: any RandomSource,
        name: String
    ) throws {
        (self.bucket, self.list) = (bucket, list)
        correlation = Correlation(
            try VoleSender(
                bucket.voleParameters, session: bucket.domain("vole", me, jobHash: jobHash), random: random,
                name: "\(name)/vole"))
    }

    var isWaiting: Bool { if case .done = state { false } else { true } }

    mutating func start() throws -> [Action<AlignedPlaces>] {
        [
            .send(
                AlignmentStep.memberChoices.frame(correlation.choices, shape: [VoleParameters.deltaBits]),
                to: bucket.leader)
        ]
    }

    mutating func proceed() throws -> [Action<AlignedPlaces>] { [] }

    mutating func receive(_ frame: Frame, from leader: Party) throws -> [Action<AlignedPlaces>] {
        let (parameters, blocks) = (bucket.voleParameters, VoleParameters.blocks)
        switch state {
        case .done: return []
        case .choosing:
            let payload = try AlignmentStep.leaderChoices.payload(
                frame, from: leader, shape: [blocks, parameters.levels],
                bytes: BandRows.seedBytes + parameters.receiverChoicesByteCount)
            // While the leader solves its store: all that does not take more of the leader than this.
            rows = try BandRows(
                keys: list.ids, seed: Array(payload.prefix(BandRows.seedBytes)), slots: bucket.slots(of: leader))
            try AlignmentStep.leaderChoices.blaming(leader, frame) {
                try correlation.grow(Array(payload.dropFirst(BandRows.seedBytes)))
            }
            state = .masking
            return []
        case .masking:
            let products = try AlignmentStep.products.payload(
                frame, from: leader, shape: [blocks, VoleParameters.deltaBits], bytes: parameters.productsByteCount)
            let (sums, key) = try correlation.finish(products)
            state = .storing(sums: sums, key: key)
            return []
        case .storing(let sums, let key):
            let slots = bucket.slots(of: leader).count
            let store = words(
                try AlignmentStep.maskedStore.payload(frame, from: leader, shape: [slots], bytes: slots * 8))
            key.shift(by: store)
            state = .done(key)
            return [
                .send(AlignmentStep.corrections.frame(sums, shape: [blocks, parameters.levels]), to: leader), .proceed,
            ]
        }
    }

    func values() throws -> Values {
        guard case .done(let key) = state, let rows else { throw AlignmentError.alreadyStarted }
        let masks = key.products(of: rows.values)
        var values = rows.decode(wide: key.b.copy())
        masks.withUnsafeWords { masks in for index in values.indices { values[index] ^= masks[index] } }
        return Values(bytes: bytes(values), size: BinaryElement.byteCount)
    }
}
