internal import Cryptography
internal import Identifiers
internal import KeyValueStore
internal import Specification
internal import Vole

/// The member's side of ``VoleLeader``.
struct VoleMember: MemberFunction {
    private enum State {
        case choosing
        case masking(choices: [UInt8])
        case storing(choices: [UInt8], products: [UInt8])
        case done(VoleKey)
    }

    /// The correlation until its one step, which uses it up.
    private final class Correlation {
        let choices: [UInt8]
        private var begun: VoleSender?

        init(_ sender: consuming VoleSender) {
            choices = sender.choices
            begun = consume sender
        }

        func finish(_ receiverChoices: [UInt8], _ products: [UInt8]) throws -> (sums: [UInt8], key: VoleKey) {
            guard let sender = begun.take() else { throw AlignmentError.alreadyStarted }
            return try sender.finish(receiverChoices: receiverChoices, products: products)
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
            // While the leader solves its store.
            rows = try BandRows(
                keys: list.ids, seed: Array(payload.prefix(BandRows.seedBytes)), slots: bucket.slots(of: leader))
            state = .masking(choices: Array(payload.dropFirst(BandRows.seedBytes)))
            return []
        case .masking(let choices):
            let products = try AlignmentStep.products.payload(
                frame, from: leader, shape: [blocks, VoleParameters.deltaBits], bytes: parameters.productsByteCount)
            state = .storing(choices: choices, products: products)
            return []
        case .storing(let choices, let products):
            let slots = bucket.slots(of: leader).count
            let store = words(
                try AlignmentStep.maskedStore.payload(frame, from: leader, shape: [slots], bytes: slots * 8))
            do {
                let (sums, key) = try correlation.finish(choices, products)
                key.shift(by: store)
                state = .done(key)
                return [
                    .send(AlignmentStep.corrections.frame(sums, shape: [blocks, parameters.levels]), to: leader),
                    .proceed,
                ]
            } catch let error as VoleError {
                throw AlignmentStep.leaderChoices.violation(
                    frame, leader, expected: "points of Curve25519", found: error.description)
            }
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
