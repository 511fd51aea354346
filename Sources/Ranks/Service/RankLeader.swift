#if MPI
internal import Glibc

/// The work of rank 0: takes requests of the party, commands the others, and answers.
final class RankLeader {
    /// The exit code where the ranks cannot go on after a failure.
    private static let failed: Int32 = 71
    /// How long all others have to end their handlers after a failure at one, in seconds.
    private static let grace = 1.0

    /// How a request stands.
    private struct Course {
        var reported: Set<Int> = []
        var problem: RankProblem?
        var since = 0.0

        mutating func note(_ rank: Int, _ problem: RankProblem?) {
            reported.insert(rank)
            guard let problem, self.problem == nil else { return }
            (self.problem, since) = (problem, Pace.now)
        }
    }

    private let ranks: MPIRanks
    private let control: RankControl
    private let handlers: [String: RankHandler]
    private let socket: RankSocket
    private let folder: PrivateFolder
    private var course = Course()
    private var needsRenewal = false

    /// Connects to the party and introduces the ranks.
    init(
        _ ranks: MPIRanks, _ control: RankControl, _ handlers: [String: RankHandler], socket path: String
    ) throws(RankError) {
        (self.ranks, self.control, self.handlers) = (ranks, control, handlers)
        let (host, folder) = (try MPICall.host(), PrivateFolder(ofSocket: path))
        do throws(RankError) { socket = try RankSocket.connect(path) } catch {
            // A party that lives removes it, too.
            folder.remove()
            throw .connection(
                "rank 0 runs on \(host) and does not reach the party there (\(error)); if the party runs on another host, "
                    + "name that first in the hostfile")
        }
        self.folder = folder
        RankWatch.startForParty(socket, folder)
        let names = try ranks.allGather(Array(RankControl.name(of: ranks).utf8))
        let token = getenv(LauncherCommand.token).map { String(cString: $0) } ?? ""
        let lines = [token] + names.map { String(decoding: $0, as: UTF8.self) }
        try socket.write(RankFrame(kind: RankFrame.Reserved.hello, payload: Array(lines.joined(separator: "\n").utf8)))
    }

    /// Carries out requests until the party says end or is gone.
    func serve() throws(RankError) {
        ranks.progress.whileWaiting = { [unowned self] in look() }
        defer { ranks.progress.whileWaiting = {} }
        while true {
            _ = socket.waitForInput()
            guard let frame = try socket.read() else {
                folder.remove()
                break
            }
            if frame.kind == RankFrame.Reserved.end { break }
            try socket.write(try answer(frame))
        }
        try control.send(.end)
    }

    private func answer(_ request: RankFrame) throws(RankError) -> RankFrame {
        guard let handler = handlers[request.kind] else {
            let kinds = handlers.keys.sorted().joined(separator: ", ")
            return frame(
                RankProblem(rank: 0, isFatal: false, text: "no handler of '\(request.kind)'; there are \(kinds)"))
        }
        if needsRenewal {
            try control.send(.renew)
            try ranks.renew()
            needsRenewal = false
        }
        course = Course()
        try control.send(.run(kind: request.kind, payload: handler.isForAll ? request.payload : []))
        var answer: [UInt8] = []
        do {
            answer = try handler.body(ranks, request.payload) { try note($0) }
            course.note(0, nil)
        } catch {
            course.note(0, RankProblem(rank: 0, isFatal: ranks.progress.isBroken, text: "\(error)"))
        }
        try ranks.progress.wait {
            collect()
            return course.reported.count == ranks.count
        }
        guard let problem = course.problem else { return RankFrame(kind: RankFrame.Reserved.answer, payload: answer) }
        if problem.isFatal { end(problem) }
        needsRenewal = true
        return frame(problem)
    }

    /// Tells the party how it goes.
    ///
    /// - Returns: Whether it is to go on.
    private func note(_ text: [UInt8]) throws(RankError) -> Bool {
        try socket.write(RankFrame(kind: RankFrame.Reserved.note, payload: text))
        return try socket.read()?.kind == RankFrame.Reserved.goOn
    }

    private func frame(_ problem: RankProblem) -> RankFrame {
        RankFrame(kind: RankFrame.Reserved.failure, payload: problem.bytes)
    }

    private func collect() {
        do throws(RankError) {
            while let (rank, problem) = try control.nextReport() { course.note(rank, problem) }
        } catch {
            end(RankProblem(rank: 0, isFatal: true, text: "\(error)"))
        }
    }

    /// In a long wait, in a handler or after it: whether a rank has failed for which others would wait for ever.
    private func look() {
        collect()
        guard let problem = course.problem, course.reported.count < ranks.count else { return }
        if problem.isFatal || Pace.now - course.since > Self.grace { end(problem) }
    }

    /// Tells the party the cause and ends this process, and so, through the launcher, all ranks.
    private func end(_ problem: RankProblem) -> Never {
        var problem = problem
        problem.isFatal = true
        try? socket.write(frame(problem))
        RankWatch.say("all ranks end, for rank \(problem.rank) failed: \(problem.text)")
        _exit(Self.failed)
    }
}
#endif
