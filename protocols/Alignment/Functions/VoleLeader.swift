internal import Cryptography
internal import KeyValueStore
internal import Specification
internal import Vole

/// F(id) = Decode(b', id) + D h(id), where D and b' are the member's. The leader's store P decodes each of its ids to h(id); masked by a
/// it becomes P' = P + a, and c = b' + D P by the correlation c = b + D a with b' = b + D P': what it decodes to at the leader's ids is F.
struct VoleLeader: LeaderFunction {
    private enum State {
        case choosing(missing: ArraySlice<Party>)
        case correcting(missing: ArraySlice<Party>)
        case done
    }

    private let bucket: AlignmentBucket
    private let list: PaddedList
    private let seed: [UInt8]
    private let random: RandomStream
    /// P, and the rows of this party's ids in it and in all stores that are masked like it.
    private var solved: (rows: BandRows, store: [UInt64])?
    /// One for each member: two stores under one mask would show their difference.
    private let correlations: [Party: Correlation]
    private var values: [Party: [UInt8]] = [:]
    private var state: State

    /// A correlation under way: every step uses it up.
    private final class Correlation {
        let choices: [UInt8]
        private var begun: VoleReceiver?
        private var masking: VoleReceiver.Pending?

        init(_ receiver: consuming VoleReceiver) {
            choices = receiver.choices
            begun = consume receiver
        }

        /// The products, and the store under its mask.
        func mask(_ store: [UInt64], _ senderChoices: [UInt8]) throws -> (products: [UInt8], masked: [UInt64]) {
            guard let receiver = begun.take() else { throw AlignmentError.alreadyStarted }
            let products = try receiver.products(senderChoices)
            let message = products.message
            let masked = products.a.withUnsafeWords { a in store.indices.map { store[$0] ^ a[$0] } }
            masking = consume products
            return (message, masked)
        }

        /// c.
        func finish(_ sums: [UInt8]) throws -> [UInt64] {
            guard let products = masking.take() else { throw AlignmentError.alreadyStarted }
            return try products.finish(sums).copy()
        }
    }

    init(
        _ bucket: AlignmentBucket, _ list: PaddedList, jobHash: [UInt8], random: any RandomSource, name: String
    ) throws {
        (self.bucket, self.list) = (bucket, list)
        self.random = try random.stream("\(name)/store")
        seed = try random.stream("\(name)/store-seed").bytes(BandRows.seedBytes)
        correlations = try Dictionary(
            uniqueKeysWithValues: bucket.members.map {
                let domain = bucket.domain("vole", $0, jobHash: jobHash)
                let receiver = try VoleReceiver(
                    bucket.voleParameters, session: domain, random: random, name: "\(name)/vole/\($0)")
                return ($0, Correlation(receiver))
            })
        state = .choosing(missing: bucket.members[...])
    }

    var awaiting: Party? {
        switch state {
        case .choosing(let missing), .correcting(let missing): missing.first
        case .done: nil
        }
    }

    mutating func start() throws -> [Action<AlignedPlaces>] {
        let shape = [VoleParameters.blocks, bucket.voleParameters.levels]
        return bucket.members.map { member in
            .send(
                AlignmentStep.leaderChoices.frame(seed + (correlations[member]?.choices ?? []), shape: shape),
                to: member)
        } + [.proceed]
    }

    /// Solves the store, while members do what takes no more than the choices.
    mutating func proceed() throws -> [Action<AlignedPlaces>] {
        let rows = try BandRows(keys: list.hashes, seed: seed, slots: bucket.slots(of: bucket.leader))
        solved = (rows, try rows.solve(rows.values, random: random))
        return []
    }

    mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<AlignedPlaces>] {
        guard let correlation = correlations[peer], let solved else { throw AlignmentError.invalidParties }
        let (parameters, blocks) = (bucket.voleParameters, VoleParameters.blocks)
        switch state {
        case .done: return []
        case .choosing(let missing):
            let choices = try AlignmentStep.memberChoices.payload(
                frame, from: peer, shape: [VoleParameters.deltaBits], bytes: parameters.senderChoicesByteCount)
            let (products, masked) = try AlignmentStep.memberChoices.blaming(peer, frame) {
                try correlation.mask(solved.store, choices)
            }
            state =
                missing.count > 1 ? .choosing(missing: missing.dropFirst()) : .correcting(missing: bucket.members[...])
            return [
                .send(
                    AlignmentStep.products.frame(products, shape: [blocks, VoleParameters.deltaBits]), to: peer),
                .send(AlignmentStep.maskedStore.frame(bytes(masked), shape: [masked.count]), to: peer),
            ]
        case .correcting(let missing):
            let sums = try AlignmentStep.corrections.payload(
                frame, from: peer, shape: [blocks, parameters.levels], bytes: parameters.sumsByteCount)
            let c = try AlignmentStep.corrections.blaming(peer, frame) { try correlation.finish(sums) }
            values[peer] = bytes(solved.rows.decode(wide: c))
            state = missing.count > 1 ? .correcting(missing: missing.dropFirst()) : .done
            return []
        }
    }

    func values(of member: Party) -> Values { Values(bytes: values[member, default: []], size: 16) }
}

extension AlignmentStep {
    /// Does a step of a correlation with this message: what is wrong with it is its sender's doing.
    func blaming<Result>(_ peer: Party, _ frame: Frame, _ work: () throws -> Result) throws -> Result {
        do { return try work() } catch let error as VoleError {
            throw violation(frame, peer, expected: "points of Curve25519", found: error.description)
        }
    }
}

/// Words as they lie in memory of a little-endian machine.
func bytes(_ words: [UInt64]) -> [UInt8] {
    words.withUnsafeBytes { Array($0) }
}

/// What ``bytes(_:)`` made.
func words(_ bytes: some Collection<UInt8>) -> [UInt64] {
    precondition(bytes.count % 8 == 0, "whole words")
    return [UInt64](unsafeUninitializedCapacity: bytes.count / 8) { words, count in
        UnsafeMutableRawBufferPointer(words).copyBytes(from: bytes)
        count = bytes.count / 8
    }
}
