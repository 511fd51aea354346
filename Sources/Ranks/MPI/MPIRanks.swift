#if MPI
internal import CMPI
internal import Glibc

/// Ranks that are processes, on one or many hosts, carried by Open MPI.
///
/// MPI moves bytes only. Sums are taken here, in the order of the ranks, because MPI leaves the order of its own to the library, which chooses it by
/// length, count and hosts: replicas of a model would drift apart, and no run would repeat another's bits.
public final class MPIRanks: Collectives, @unchecked Sendable {  // by contract one thread at a time uses it
    /// Tags of this library, above those of messages.
    private enum Tag {
        static let exchange = Int32(RankTag.largest + 1)
        static let rendezvous = Int32(RankTag.largest + 2)
        static let group = Int32(RankTag.largest + 3)
    }

    /// How much is moved at once, which bounds the memory that sums need beside their values; MPI counts to 2^31 - 1.
    struct Limits {
        /// The most bytes of one message.
        var message = 1 << 30
        /// The most values that a rank adds or sends on at once.
        var sum = 1 << 22
        /// Up to so many values in all, every rank sends the whole to each other and sums by itself: one exchange in place of two.
        var whole = 4096
    }

    /// This rank's place in the group, from 0.
    public let rank: Int
    /// The number of ranks.
    public let count: Int
    let progress: MPIProgress
    private let limits: Limits
    private(set) var communicator: MPI_Comm?
    private var scratch = UnsafeMutableBufferPointer<Float>(start: nil, count: 0)
    private var groups: [[Int]: MPIRanks] = [:]

    init(_ communicator: MPI_Comm?, _ progress: MPIProgress, limits: Limits) throws(RankError) {
        var (rank, count): (Int32, Int32) = (0, 0)
        try MPICall.check("MPI_Comm_rank", MPI_Comm_rank(communicator, &rank))
        try MPICall.check("MPI_Comm_size", MPI_Comm_size(communicator, &count))
        (self.rank, self.count) = (Int(rank), Int(count))
        (self.communicator, self.progress, self.limits) = (communicator, progress, limits)
    }

    deinit { scratch.deallocate() }

    /// Joins the ranks that the launcher has started; without a launcher there is one.
    ///
    /// Once in a process, by the thread that uses the ranks or in turn with it.
    public static func start() throws(RankError) -> MPIRanks { try start(limits: Limits()) }

    /// The same with messages and sums cut into pieces of some bytes, so that tests need no gigabytes for what is cut.
    package static func start(cutAt bytes: Int) throws(RankError) -> MPIRanks {
        try start(limits: Limits(message: bytes, sum: bytes / 4, whole: bytes / 16))
    }

    private static func start(limits: Limits) throws(RankError) -> MPIRanks {
        var provided: Int32 = 0
        try MPICall.check("MPI_Init_thread", MPI_Init_thread(nil, nil, Int32(MPI_THREAD_SERIALIZED), &provided))
        guard provided >= MPI_THREAD_SERIALIZED else {
            throw .mpi(operation: "MPI_Init_thread", problem: "this MPI does not let threads take turns")
        }
        try MPICall.check(
            "MPI_Comm_set_errhandler", MPI_Comm_set_errhandler(colonnade_mpi_world(), colonnade_mpi_errors_return()))
        let communicator = try MPICall.duplicate(colonnade_mpi_world())
        return try MPIRanks(communicator, MPIProgress(isCrowded: try isCrowded()), limits: limits)
    }

    private static func isCrowded() throws(RankError) -> Bool {
        var host: MPI_Comm?
        let type = Int32(MPI_COMM_TYPE_SHARED)
        try MPICall.check(
            "MPI_Comm_split_type", MPI_Comm_split_type(colonnade_mpi_world(), type, 0, colonnade_mpi_no_info(), &host))
        var count: Int32 = 0
        try MPICall.check("MPI_Comm_size", MPI_Comm_size(host, &count))
        try MPICall.check("MPI_Comm_free", MPI_Comm_free(&host))
        return Int(count) > Cores.count
    }

    /// Leaves the ranks in good order; all must. The process can use MPI no more.
    public func finish() throws(RankError) { try MPICall.check("MPI_Finalize", MPI_Finalize()) }

    /// A communicator of the same ranks in place of the old one, where messages may lie that nobody waits for any more; called by all.
    func renew() throws(RankError) {
        communicator = try MPICall.duplicate(communicator)
        groups = [:]
    }

    // MARK: Collectives

    public func allReduce(_ values: UnsafeMutableBufferPointer<Float>) throws(RankError) {
        guard count > 1 else { return }
        var start = 0
        while start < values.count {
            let stretch = values.extracting(start..<min(values.count, start + limits.sum))
            if stretch.count * count <= limits.whole {
                try sumWholes(stretch)
            } else {
                try sumParts(stretch)
            }
            start += stretch.count
        }
    }

    private func sumWholes(_ values: UnsafeMutableBufferPointer<Float>) throws(RankError) {
        let scratch = room(for: values.count * count)
        let wholes = (0..<count).map { scratch.extracting($0 * values.count..<($0 + 1) * values.count) }
        try exchange("allReduce", sending: { _ in UnsafeBufferPointer(values) }, receiving: { wholes[$0] })
        RankSum.sum(wholes, into: values)
    }

    private func sumParts(_ values: UnsafeMutableBufferPointer<Float>) throws(RankError) {
        let parts = (0..<count).map {
            values.extracting(values.count * $0 / count..<values.count * ($0 + 1) / count)
        }
        let own = parts[rank]
        let scratch = room(for: own.count * count)
        var terms = (0..<count).map { scratch.extracting($0 * own.count..<($0 + 1) * own.count) }
        terms[rank] = own
        try exchange("allReduce", sending: { UnsafeBufferPointer(parts[$0]) }, receiving: { terms[$0] })
        RankSum.sum(terms, into: own)
        try exchange("allReduce", sending: { _ in UnsafeBufferPointer(own) }, receiving: { parts[$0] })
    }

    public func reduceScatter(
        _ values: UnsafeBufferPointer<Float>, into part: UnsafeMutableBufferPointer<Float>
    ) throws(RankError) {
        try CollectiveCheck.parts("reduceScatter", whole: values.count, part: part.count, count: count)
        let most = max(1, limits.sum / count)
        var start = 0
        while start < part.count {
            let length = min(most, part.count - start)
            let scratch = room(for: length * count)
            let terms = (0..<count).map { scratch.extracting($0 * length..<($0 + 1) * length) }
            let from = start
            try exchange(
                "reduceScatter",
                sending: { values.extracting($0 * part.count + from..<$0 * part.count + from + length) },
                receiving: { terms[$0] })
            RankSum.sum(terms, into: part.extracting(start..<start + length))
            start += length
        }
    }

    public func allGather(
        _ part: UnsafeBufferPointer<Float>, into values: UnsafeMutableBufferPointer<Float>
    ) throws(RankError) {
        try CollectiveCheck.parts("allGather", whole: values.count, part: part.count, count: count)
        let most = max(1, limits.message / 4)
        var start = 0
        while start < part.count {
            let (from, to) = (start, min(part.count, start + most))
            try exchange(
                "allGather", sending: { _ in part.extracting(from..<to) },
                receiving: { values.extracting($0 * part.count + from..<$0 * part.count + to) })
            start = to
        }
    }

    public func allGather(_ memory: UnsafeMutableRawBufferPointer, parts: [Range<Int>]) throws(RankError) {
        try CollectiveCheck.parts("allGather", parts, of: memory.count, count: count)
        let longest = parts.map(\.count).max() ?? 0
        for start in stride(from: 0, to: longest, by: limits.message) {
            func piece(_ rank: Int) -> UnsafeMutableRawBufferPointer {
                let part = parts[rank].dropFirst(start).prefix(limits.message)
                return UnsafeMutableRawBufferPointer(rebasing: memory[part])
            }
            try exchange("allGather", sending: { _ in UnsafeRawBufferPointer(piece(rank)) }, receiving: piece)
        }
    }

    public func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) throws(RankError) {
        try CollectiveCheck.rank("broadcast", root, count: count)
        try broadcast(bytes, from: root, idle: false)
    }

    func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int, idle: Bool) throws(RankError) {
        var start = 0
        while start < bytes.count {
            let length = min(limits.message, bytes.count - start)
            var request: MPI_Request?
            try progress.check(
                "MPI_Ibcast",
                MPI_Ibcast(
                    bytes.baseAddress.map { $0 + start }, Int32(length), colonnade_mpi_byte(), Int32(root),
                    communicator,
                    &request))
            try progress.wait("broadcast", &request, idle: idle)
            start += length
        }
    }

    public func barrier() throws(RankError) {
        var request: MPI_Request?
        try progress.check("MPI_Ibarrier", MPI_Ibarrier(communicator, &request))
        try progress.wait("barrier", &request)
    }

    // MARK: Messages

    public func send(_ bytes: UnsafeRawBufferPointer, to rank: Int, tag: Int) throws(RankError) {
        try CollectiveCheck.message("send", rank: rank, own: self.rank, count: count, tag: tag)
        var start = 0
        repeat {
            let end = min(bytes.count, start + limits.message)
            try progress.send(
                UnsafeRawBufferPointer(rebasing: bytes[start..<end]), to: rank, tag: Int32(tag), communicator)
            start = end
        } while start < bytes.count
    }

    public func receive(into bytes: UnsafeMutableRawBufferPointer, from rank: Int, tag: Int) throws(RankError) {
        try CollectiveCheck.message("receive", rank: rank, own: self.rank, count: count, tag: tag)
        var start = 0
        repeat {
            let length = min(bytes.count - start, limits.message)
            var request = try beginReceiving(bytes.baseAddress.map { $0 + start }, length, rank, Int32(tag))
            let found = try progress.wait("receive", &request)
            guard found == length else {
                throw .usage("rank \(self.rank) expects \(length) bytes of rank \(rank), which sent \(found)")
            }
            start += length
        } while start < bytes.count
    }

    private func beginReceiving(
        _ start: UnsafeMutableRawPointer?, _ length: Int, _ rank: Int, _ tag: Int32
    ) throws(RankError) -> MPI_Request? {
        var request: MPI_Request?
        try progress.check(
            "MPI_Irecv",
            MPI_Irecv(start, Int32(length), colonnade_mpi_byte(), Int32(rank), tag, communicator, &request))
        return request
    }

    // MARK: Groups

    public func group(of ranks: [Int]) throws(RankError) -> any Collectives {
        _ = try CollectiveCheck.members(ranks, own: rank, count: count)
        if let group = groups[ranks] { return group }
        try gather(ranks)
        var (all, some): (MPI_Group?, MPI_Group?)
        try progress.check("MPI_Comm_group", MPI_Comm_group(communicator, &all))
        try progress.check("MPI_Group_incl", MPI_Group_incl(all, Int32(ranks.count), ranks.map { Int32($0) }, &some))
        var new: MPI_Comm?
        try progress.check("MPI_Comm_create_group", MPI_Comm_create_group(communicator, some, Tag.group, &new))
        try progress.check("MPI_Group_free", MPI_Group_free(&some))
        try progress.check("MPI_Group_free", MPI_Group_free(&all))
        try progress.check("MPI_Comm_set_errhandler", MPI_Comm_set_errhandler(new, colonnade_mpi_errors_return()))
        let group = try MPIRanks(new, progress, limits: limits)
        groups[ranks] = group
        return group
    }

    /// Waits until all of these ranks want a group: making it is the one wait that MPI does not let go of.
    private func gather(_ ranks: [Int]) throws(RankError) {
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        let others = ranks.dropFirst()
        if rank == ranks[0] {
            for other in others { try wait(for: other) }
            for other in others { try progress.send(nothing, to: other, tag: Tag.rendezvous, communicator) }
        } else {
            try progress.send(nothing, to: ranks[0], tag: Tag.rendezvous, communicator)
            try wait(for: ranks[0])
        }
    }

    private func wait(for rank: Int) throws(RankError) {
        var request = try beginReceiving(nil, 0, rank, Tag.rendezvous)
        try progress.wait("group", &request)
    }

    // MARK: Exchange

    /// Sends something to each rank and receives something of each, all at once; what goes to this rank itself is copied, or is there.
    private func exchange(
        _ operation: String, sending: (Int) -> UnsafeBufferPointer<Float>,
        receiving: (Int) -> UnsafeMutableBufferPointer<Float>
    ) throws(RankError) {
        try exchange(
            operation, sending: { UnsafeRawBufferPointer(sending($0)) },
            receiving: { UnsafeMutableRawBufferPointer(receiving($0)) })
    }

    private func exchange(
        _ operation: String, sending: (Int) -> UnsafeRawBufferPointer,
        receiving: (Int) -> UnsafeMutableRawBufferPointer
    ) throws(RankError) {
        let others = (1..<count).map { (rank + $0) % count }
        var requests: [(rank: Int, request: MPI_Request?, expected: Int?)] = []
        for other in others.reversed() {
            let place = receiving(other)
            let request = try beginReceiving(place.baseAddress, place.count, other, Tag.exchange)
            requests.append((other, request, place.count))
        }
        for other in others {
            let bytes = sending(other)
            var request: MPI_Request?
            try progress.check(
                "MPI_Isend",
                MPI_Isend(
                    bytes.baseAddress, Int32(bytes.count), colonnade_mpi_byte(), Int32(other), Tag.exchange,
                    communicator,
                    &request))
            requests.append((other, request, nil))
        }
        let (own, place) = (sending(rank), receiving(rank))
        if own.baseAddress != UnsafeRawPointer(place.baseAddress) { place.copyMemory(from: own) }
        var mismatch: RankError?
        for index in requests.indices {
            let found = try progress.wait(operation, &requests[index].request)
            guard let expected = requests[index].expected, found != expected else { continue }
            let other = requests[index].rank
            mismatch = .usage(
                "\(operation): rank \(rank) expects \(expected) bytes of rank \(other), which sent \(found)")
        }
        if let mismatch { throw mismatch }
    }

    /// Memory for sums, kept.
    private func room(for values: Int) -> UnsafeMutableBufferPointer<Float> {
        if scratch.count < values {
            scratch.deallocate()
            scratch = .allocate(capacity: values)
        }
        return scratch.extracting(0..<values)
    }
}
#endif
