/// What can go wrong among the ranks of a party. No case holds a value of the data.
public enum RankError: Error, Equatable {
    /// This build knows no MPI.
    case notBuilt
    /// The ranks did not start; the text says why and what to do.
    case launch(String)
    /// A rank, or the launcher itself where `rank` is nil, is gone; all others were ended.
    case died(rank: Int?, host: String?, cause: String)
    /// What rank `rank` was asked to do failed there.
    case failed(rank: Int, problem: String)
    /// A collective was called with lengths, places or an order that do not fit together.
    case usage(String)
    /// The MPI library reports an error.
    case mpi(operation: String, problem: String)
    /// The party's and rank 0's connection does not work as it should.
    case connection(String)
    /// Work that the party did not want to go on; the ranks are ready for other work.
    case stopped
    /// A request after the end.
    case ended
}

extension RankError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notBuilt:
            "this build knows no MPI, so all the work stays in one process; install it (apt-get install libopenmpi-dev "
                + "openmpi-bin) and build with the trait MPI, which is on unless the build says otherwise: swift build -c "
                + "release"
        case .launch(let problem): "the ranks did not start: \(problem)"
        case .died(let rank, let host, let cause):
            (rank.map { "rank \($0)" } ?? "the launcher of the ranks") + (host.map { " on \($0)" } ?? "")
                + " ended: \(cause)"
        case .failed(let rank, let problem): "rank \(rank): \(problem)"
        case .usage(let problem): "ranks: \(problem)"
        case .mpi(let operation, let problem): "\(operation): \(problem)"
        case .connection(let problem): "the connection between the party and its rank 0: \(problem)"
        case .stopped: "the ranks stopped their work, as they were told to"
        case .ended: "the ranks were ended before"
        }
    }
}
