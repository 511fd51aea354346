internal import Cryptography
internal import Identifiers
internal import KeyValueStore
internal import Specification

/// The label party's role in a bucket: it learns each member's function at its own ids, then which of them count.
///
///     function with every member
///     <--tags--         --selected-->     with one member
///     <--programmed--   --common-->       with several
struct BucketLeader: BucketRole {
    private enum State {
        case evaluating
        /// With one member: the tags of this party's own ids.
        case matching(own: SortedTags)
        /// With several members: the sum, for each id, of the shares of zero so far. 0 in the end where all parties have it.
        case adding(missing: ArraySlice<Party>, sum: [UInt64])
        case done
    }

    private let bucket: AlignmentBucket
    private let list: PaddedList
    private let input: AlignmentBucketParty.Input
    private var function: any LeaderFunction
    private var state = State.evaluating

    init(_ bucket: AlignmentBucket, _ input: AlignmentBucketParty.Input, random: any RandomSource) throws {
        (self.bucket, self.input) = (bucket, input)
        let name = "alignment/\(bucket.index)"
        list = try PaddedList(
            input.ids, in: bucket, capacity: bucket.capacity(of: bucket.leader),
            random: random.stream("\(name)/padding"))
        function =
            switch bucket.schedule.method {
            case .ecdh: try BlindedLeader(bucket, list, random: random, name: name)
            case .vole: try VoleLeader(bucket, list, jobHash: input.jobHash, random: random, name: name)
            }
    }

    var awaiting: Party? {
        switch state {
        case .evaluating: function.awaiting
        case .matching: bucket.members[0]
        case .adding(let missing, _): missing.first
        case .done: nil
        }
    }

    mutating func start() throws -> [Action<AlignedPlaces>] { try function.start() }

    mutating func proceed() throws -> [Action<AlignedPlaces>] { try function.proceed() }

    mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<AlignedPlaces>] {
        switch state {
        case .evaluating:
            let actions = try function.receive(frame, from: peer)
            guard function.awaiting == nil else { return actions }
            state = afterFunction()
            // Tags that were kept are there already.
            guard case .matching(let own) = state, let tags = input.tags, bucket.schedule.kept?.isThere == true else {
                return actions
            }
            state = .done
            return try actions + match(own, tags, of: peer, frame)
        case .matching(let own):
            state = .done
            let count = bucket.capacity(of: peer)
            let tags = try AlignmentStep.tags.payload(
                frame, from: peer, shape: [count], bytes: count * bucket.schedule.tagByteCount)
            return try match(own, tags, of: peer, frame)
        case .adding(let missing, var sum):
            state = .done  // lets go of the sum, which would be copied
            try add(frame, from: peer, to: &sum)
            guard missing.count == 1 else {
                state = .adding(missing: missing.dropFirst(), sum: sum)
                return []
            }
            return finish(sum)
        case .done: return []
        }
    }

    private func afterFunction() -> State {
        guard bucket.isForSeveral else {
            // Before the member's are here.
            let size = bucket.schedule.tagByteCount
            return .matching(own: SortedTags(sorting: hashed(bucket.members[0], "tag", to: size), size: size))
        }
        let shares = ZeroShares(input.pairKeys, bucket: bucket, jobHash: input.jobHash)
        return .adding(missing: bucket.members[...], sum: shares.shares(at: list.hashes))
    }

    private func hashed(_ member: Party, _ purpose: String, to length: Int) -> [UInt8] {
        function.values(of: member).hashed(
            list.hashes, domain: bucket.domain(purpose, member, jobHash: input.jobHash), to: length)
    }

    // MARK: - One member

    private func match(
        _ own: SortedTags, _ tags: [UInt8], of member: Party, _ frame: Frame
    ) throws -> [Action<AlignedPlaces>] {
        let (count, size) = (bucket.capacity(of: member), bucket.schedule.tagByteCount)
        precondition(tags.count == count * size, "kept tags are those of this bucket")
        let new = bucket.schedule.kept?.isThere == false ? tags : nil
        let theirs = SortedTags(sorting: tags, size: size)
        if let position = theirs.firstRepetition {
            throw AlignmentStep.tags.violation(
                frame, member, expected: "\(count) different tags",
                found: "the same at index \(theirs.place(position - 1)) and \(theirs.place(position))")
        }
        let pairs = SortedTags.matches(own, theirs).map {
            (own: own.place($0.left), theirs: theirs.place($0.right))
        }
        switch bucket.schedule.audience {
        case .all:
            let selected = AlignmentStep.selected.frame(
                Bitmap.encode(pairs.map(\.theirs), count: count), shape: [count])
            let places = Bitmap.ascending(pairs.map(\.own), count: list.capacity)
            return [.send(selected, to: member), .output(AlignedPlaces(places, tags: new))]
        case .leader(let perThousand, let multiple):
            let owns = Dictionary(uniqueKeysWithValues: pairs.map { ($0.theirs, $0.own) })
            let positions = try Decoys(perThousand: perThousand, multiple: multiple, secret: input.sessionSecret)
                .added(to: pairs.map(\.theirs), of: count, bucket: bucket.index)
            let selected = AlignmentStep.selected.frame(Bitmap.encode(positions, count: count), shape: [count])
            return [.send(selected, to: member), .output(AlignedPlaces(positions.map { owns[$0] }, tags: new))]
        }
    }

    // MARK: - Several members

    private func add(_ frame: Frame, from member: Party, to sum: inout [UInt64]) throws {
        let slots = bucket.slots(of: member)
        let payload = try AlignmentStep.programmed.payload(
            frame, from: member, shape: [slots.count], bytes: BandRows.seedBytes + 16 * slots.count)
        let rows = try BandRows(keys: list.hashes, seed: Array(payload.prefix(BandRows.seedBytes)), slots: slots)
        let programmed = rows.decode(wide: words(payload.dropFirst(BandRows.seedBytes)))
        let values = words(hashed(member, "oprf", to: 16))
        for index in sum.indices { sum[index] ^= programmed[index] ^ values[index] }
    }

    private func finish(_ sum: [UInt64]) -> [Action<AlignedPlaces>] {
        let common = (0..<list.count).filter { sum[2 * $0] | sum[2 * $0 + 1] == 0 }
        let size = bucket.schedule.tagByteCount
        let messages = bucket.members.map { member in
            let all = hashed(member, "row", to: size)
            let tags = SortedTags(sorting: all.records(at: common, size: size), size: size)
            var writer = CanonicalWriter()
            writer.count(common.count)
            writer.raw(tags.bytes)
            return Action<AlignedPlaces>.send(
                AlignmentStep.common.frame(writer.bytes, shape: [common.count]), to: member)
        }
        return messages + [.output(AlignedPlaces(common))]
    }
}
