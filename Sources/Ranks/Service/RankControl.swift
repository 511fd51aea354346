#if MPI
internal import CMPI
internal import Glibc

/// What rank 0 tells the others.
enum RankCommand {
    /// Carry out a request.
    case run(kind: String, payload: [UInt8])
    /// Leave the communicator behind, in which messages of a failed request may lie.
    case renew
    /// Go.
    case end

    fileprivate var words: [UInt64] {
        switch self {
        case .run(let kind, let payload): [0, UInt64(kind.utf8.count), UInt64(payload.count)]
        case .renew: [1, 0, 0]
        case .end: [2, 0, 0]
        }
    }
}

/// How rank 0 commands the others and hears how they fared: beside what handlers send each other, in a communicator of its own.
struct RankControl {
    private static let statusTag: Int32 = 1
    private let ranks: MPIRanks

    init(of ranks: MPIRanks) throws(RankError) {
        let communicator = try MPICall.duplicate(ranks.communicator)
        self.ranks = try MPIRanks(communicator, ranks.progress, limits: .init())
    }

    /// Who this rank is, in a line.
    static func name(of ranks: MPIRanks) throws(RankError) -> String {
        RankProcesses.Rank(rank: ranks.rank, host: try MPICall.host(), process: getpid()).line
    }

    /// Rank 0's.
    func send(_ command: RankCommand) throws(RankError) {
        var words = command.words
        try broadcast(&words)
        guard case .run(let kind, let payload) = command else { return }
        var (kindBytes, payloadBytes) = (Array(kind.utf8), payload)
        try broadcast(&kindBytes)
        try broadcast(&payloadBytes)
    }

    /// The others'. The time until the command takes next to no computing.
    func receive() throws(RankError) -> RankCommand {
        var words: [UInt64] = [0, 0, 0]
        try broadcast(&words, idle: true)
        switch words[0] {
        case 0:
            var (kind, payload) = (
                [UInt8](repeating: 0, count: Int(words[1])), [UInt8](repeating: 0, count: Int(words[2]))
            )
            try broadcast(&kind)
            try broadcast(&payload)
            return .run(kind: String(decoding: kind, as: UTF8.self), payload: payload)
        case 1: return .renew
        default: return .end
        }
    }

    private func broadcast<Element>(_ values: inout [Element], idle: Bool = false) throws(RankError) {
        try values.withUnsafeMutableBufferPointer { (buffer) throws(RankError) in
            try ranks.broadcast(UnsafeMutableRawBufferPointer(buffer), from: 0, idle: idle)
        }
    }

    /// Tells rank 0 that a request is done here, and what went wrong.
    func report(_ problem: RankProblem?) throws(RankError) {
        try (problem?.bytes ?? []).withUnsafeBufferPointer { (bytes) throws(RankError) in
            try ranks.progress.send(UnsafeRawBufferPointer(bytes), to: 0, tag: Self.statusTag, ranks.communicator)
        }
    }

    /// The next report that has come to rank 0, if any.
    func nextReport() throws(RankError) -> (rank: Int, problem: RankProblem?)? {
        var (isThere, status): (Int32, MPI_Status) = (0, MPI_Status())
        try ranks.progress.check(
            "MPI_Iprobe", MPI_Iprobe(Int32(MPI_ANY_SOURCE), Self.statusTag, ranks.communicator, &isThere, &status))
        guard isThere != 0 else { return nil }
        var count: Int32 = 0
        try ranks.progress.check("MPI_Get_count", MPI_Get_count(&status, colonnade_mpi_byte(), &count))
        var bytes = [UInt8](repeating: 0, count: Int(count))
        var request: MPI_Request?
        let code = bytes.withUnsafeMutableBytes {
            MPI_Irecv(
                $0.baseAddress, count, colonnade_mpi_byte(), status.MPI_SOURCE, Self.statusTag, ranks.communicator,
                &request)
        }
        try ranks.progress.check("MPI_Irecv", code)
        // It is here; so this returns at once, and does not look for reports in turn.
        var isDone: Int32 = 0
        while isDone == 0 { try ranks.progress.check("MPI_Test", MPI_Test(&request, &isDone, &status)) }
        return (Int(status.MPI_SOURCE), RankProblem(bytes: bytes))
    }
}
#endif
