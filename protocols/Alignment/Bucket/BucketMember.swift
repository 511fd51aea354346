internal import Cryptography
internal import Identifiers
internal import KeyValueStore
internal import Specification

/// A feature party's role in a bucket: its function is evaluated at the leader's ids, its own ids become tags or, with several members,
/// a store that says nothing without those of the others.
struct BucketMember: BucketRole {
    private enum State {
        case evaluating
        /// Its answers are given; `order` says which of its ids each tag is of.
        case waiting(order: [Int32])
        case done
    }

    private let me: Party
    private let bucket: AlignmentBucket
    private let list: PaddedList
    private let input: AlignmentBucketParty.Input
    private let padding: RandomStream
    private let store: (seed: RandomStream, slots: RandomStream)
    private var function: any MemberFunction
    private var state = State.evaluating

    init(_ me: Party, _ bucket: AlignmentBucket, _ input: AlignmentBucketParty.Input, random: any RandomSource) throws {
        (self.me, self.bucket, self.input) = (me, bucket, input)
        let name = "alignment/\(bucket.index)"
        padding = try random.stream("\(name)/padding")
        store = (try random.stream("\(name)/program-seed"), try random.stream("\(name)/program"))
        list = try PaddedList(input.ids, in: bucket, capacity: bucket.capacity(of: me), random: padding)
        function =
            switch bucket.schedule.method {
            case .ecdh: try BlindedMember(bucket, list, secret: input.sessionSecret, random: random, name: name)
            case .vole: try VoleMember(bucket, list, me: me, jobHash: input.jobHash, random: random, name: name)
            }
    }

    var awaiting: Party? {
        switch state {
        case .evaluating: function.isWaiting ? bucket.leader : nil
        case .waiting: bucket.leader
        case .done: nil
        }
    }

    mutating func start() throws -> [Action<AlignedPlaces>] { try function.start() }

    mutating func proceed() throws -> [Action<AlignedPlaces>] {
        let actions = try function.proceed()
        guard actions.isEmpty, !function.isWaiting, case .evaluating = state else { return actions }
        return try bucket.isForSeveral ? program() : offerTags()
    }

    mutating func receive(_ frame: Frame, from leader: Party) throws -> [Action<AlignedPlaces>] {
        switch state {
        case .evaluating: return try function.receive(frame, from: leader)
        case .waiting(let order):
            state = .done
            let places = try bucket.isForSeveral ? common(frame, from: leader) : selected(frame, order, from: leader)
            return [.output(AlignedPlaces(places))]
        case .done: return []
        }
    }

    /// Hashes of the function's values at this party's ids, and random ones for those that pad the list.
    private func hashed(_ purpose: String, to length: Int) throws -> [UInt8] {
        let hashes = try function.values().hashed(
            list.ids, domain: bucket.domain(purpose, me, jobHash: input.jobHash), to: length)
        return hashes + padding.bytes((list.capacity - list.count) * length)
    }

    // MARK: - With the leader alone

    private mutating func offerTags() throws -> [Action<AlignedPlaces>] {
        let size = bucket.schedule.tagByteCount
        // The same order again where the bucket begins again: the leader then names the same decoys.
        let order = try KeyedRandomSource(key: input.sessionSecret).stream("order/\(bucket.index)")
            .permutation(of: list.capacity)
        state = .waiting(order: order)
        // The leader has kept them.
        guard bucket.schedule.kept?.isThere != true else { return [] }
        let shuffled = try hashed("tag", to: size).records(at: order, size: size)
        return [.send(AlignmentStep.tags.frame(shuffled, shape: [list.capacity]), to: bucket.leader)]
    }

    private func selected(_ frame: Frame, _ order: [Int32], from leader: Party) throws -> [Int?] {
        let payload = try AlignmentStep.selected.payload(
            frame, from: leader, shape: [list.capacity], bytes: (list.capacity + 7) / 8)
        let positions = Bitmap.decode(payload)
        func refuse(_ expected: String, _ found: String) -> ProtocolViolation {
            AlignmentStep.selected.violation(frame, leader, expected: expected, found: found)
        }
        if let last = positions.last, last >= list.capacity {
            throw refuse("\(list.capacity) positions", "position \(last)")
        }
        switch bucket.schedule.audience {
        case .all:
            let places = Bitmap.ascending(positions.map { Int(order[$0]) }, count: list.capacity)
            if let last = places.last, last >= list.count { throw refuse("positions of ids", "one of padding") }
            guard places.count <= bucket.capacity(of: leader) else {
                throw refuse("at most \(bucket.capacity(of: leader)) common ids", "\(places.count)")
            }
            return places
        case .leader:
            return positions.map { Int(order[$0]) }.map { $0 < list.count ? $0 : nil }
        }
    }

    // MARK: - Among several

    private mutating func program() throws -> [Action<AlignedPlaces>] {
        var values = words(try hashed("oprf", to: 16))
        let shares = ZeroShares(input.pairKeys, bucket: bucket, jobHash: input.jobHash).shares(at: list.hashes)
        for index in values.indices { values[index] ^= shares[index] }
        let (seed, slots) = (store.seed.bytes(BandRows.seedBytes), bucket.slots(of: me))
        let programmed = try BandRows(keys: list.hashes, seed: seed, slots: slots)
            .solve(wide: values, random: store.slots)
        state = .waiting(order: [])
        return [
            .send(AlignmentStep.programmed.frame(seed + bytes(programmed), shape: [slots.count]), to: bucket.leader)
        ]
    }

    private func common(_ frame: Frame, from leader: Party) throws -> [Int?] {
        let size = bucket.schedule.tagByteCount
        var (count, rest) = try AlignmentStep.common.counted(frame, from: leader)
        func refuse(_ expected: String, _ found: String) -> ProtocolViolation {
            AlignmentStep.common.violation(frame, leader, expected: expected, found: found)
        }
        guard count <= min(list.capacity, bucket.capacity(of: leader)), rest.remaining == count * size,
            let bytes = try? rest.raw(count * size)
        else {
            throw refuse("tags of at most \(list.capacity) ids", "\(count) in \(frame.payload.count) bytes")
        }
        let named: SortedTags
        do { named = try SortedTags(ascending: bytes, size: size) } catch {
            throw refuse("tags that ascend", "another order at index \(error.index)")
        }
        let own = SortedTags(sorting: try hashed("row", to: size), size: size)
        let places = Bitmap.ascending(
            SortedTags.matches(own, named).map { own.place($0.left) }, count: list.capacity)
        guard places.count == count, places.last ?? 0 < list.count else {
            throw refuse("\(count) of this party's ids", "\(places.count)")
        }
        return places
    }
}
