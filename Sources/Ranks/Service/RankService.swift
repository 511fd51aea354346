/// A rank's side: what the launcher starts once for each rank.
public enum RankService {
    /// Joins the other ranks and carries out the party's requests until the party says end, or is gone.
    ///
    /// Called once in a process. Where the party or the launcher dies, the process exits with code 70 within seconds, in the middle of a handler too.
    ///
    /// A handler that throws makes the party's request throw ``RankError/failed(rank:problem:)``. The ranks go on if the handlers of all
    /// others end within a second, with groups made anew. If they do not, for they wait in a collective for the one that threw, say, all
    /// ranks are ended.
    /// - Parameters:
    ///   - socket: The path that ``RankProcesses`` gave as the last argument.
    ///   - handlers: What to do at requests, by their kind; the same at all ranks.
    public static func run(socket: String, handlers: [String: RankHandler]) throws(RankError) {
        #if MPI
        RankWatch.startForLauncher(PrivateFolder(ofSocket: socket))
        let ranks = try MPIRanks.start()
        let control = try RankControl(of: ranks)
        if ranks.rank == 0 {
            let leader = try RankLeader(ranks, control, handlers, socket: socket)
            try leader.serve()
        } else {
            _ = try ranks.allGather(Array(RankControl.name(of: ranks).utf8))
            try RankFollower(ranks: ranks, control: control, handlers: handlers).serve()
        }
        try ranks.finish()
        #else
        throw .notBuilt
        #endif
    }
}
