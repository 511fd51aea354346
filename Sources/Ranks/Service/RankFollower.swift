#if MPI
/// The work of every rank but 0.
struct RankFollower {
    let ranks: MPIRanks
    let control: RankControl
    let handlers: [String: RankHandler]

    /// Carries out commands until the last.
    func serve() throws(RankError) {
        while true {
            switch try control.receive() {
            case .end: return
            case .renew: try ranks.renew()
            case .run(let kind, let payload): try control.report(run(kind, payload))
            }
        }
    }

    private func run(_ kind: String, _ payload: [UInt8]) -> RankProblem? {
        do {
            guard let handler = handlers[kind] else {
                throw RankError.usage("no handler of '\(kind)', which rank 0 has")
            }
            _ = try handler.body(ranks, payload) { _ in true }
            return nil
        } catch {
            return RankProblem(rank: ranks.rank, isFatal: ranks.progress.isBroken, text: "\(error)")
        }
    }
}
#endif
