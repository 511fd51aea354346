internal import Glibc
internal import Synchronization

/// A party's ranks, as processes that it starts, asks and ends.
///
/// The party itself is no rank and knows no MPI: whatever ends a rank ends the launcher and all ranks, and the party is told the cause.
/// It speaks to rank 0 over a Unix socket in a folder that is this user's alone; rank 0 shows a random token first.
public final class RankProcesses: Sendable {
    /// What to start.
    public struct Options: Sendable {
        /// The number of ranks.
        public var count: Int
        /// Open MPI's hostfile, with this machine first; nil for all ranks on this machine. Other hosts are reached by ssh without a password, and have
        /// the program and Open MPI at the same paths.
        public var hosts: String?
        /// The path of the program that calls ``RankService/run(socket:handlers:)``.
        public var program: String
        /// Its arguments; the socket's path comes after them.
        public var arguments: [String]
        /// Variables for every rank, beside those it inherits.
        public var environment: [String: String] = [:]
        /// Open MPI's launcher: a path, or a name on the PATH.
        public var launcher = "mpirun"
        /// More arguments for it.
        public var launcherArguments: [String] = []
        /// How long the ranks have to be all there, in seconds.
        public var startTimeout: Double = 60
        /// Given each line that the ranks and the launcher write, from a thread of its own.
        public var log: (@Sendable (String) -> Void)?

        /// All ranks on this machine.
        public init(count: Int, program: String, arguments: [String] = []) {
            (self.count, self.program, self.arguments) = (count, program, arguments)
        }
    }

    /// A rank as it introduced itself.
    public struct Rank: Sendable, Equatable {
        /// From 0.
        public let rank: Int
        /// The name of its host.
        public let host: String
        /// The number of its process there.
        public let process: Int32
    }

    private struct State {
        var socket: RankSocket?
        /// What ended the ranks.
        var error: RankError?
    }

    /// The ranks in order.
    public let ranks: [Rank]
    private let folder: PrivateFolder
    private let launcher: LauncherProcess
    private let state: Mutex<State>
    private let isEnding = Atomic(false)

    /// What is missing here for ranks: MPI in this build, or the launcher on this machine; nil where nothing is.
    public static func obstacle(launcher: String = "mpirun") -> RankError? {
        #if MPI
        LauncherCommand.find(launcher) == nil ? LauncherCommand.missing(launcher) : nil
        #else
        .notBuilt
        #endif
    }

    /// Starts the ranks and waits until all are there.
    /// - Throws: ``RankError/notBuilt``; ``RankError/launch(_:)`` with the launcher's own words where they do not come up.
    public init(_ options: Options) throws(RankError) {
        if let obstacle = Self.obstacle(launcher: options.launcher) { throw obstacle }
        let folder = try PrivateFolder()
        var generator = SystemRandomNumberGenerator()  // getrandom(2)
        let token = (0..<4).map { _ in String(generator.next() as UInt64, radix: 16) }.joined(separator: "-")
        var started: LauncherProcess?
        do throws(RankError) {
            let command = try LauncherCommand(options, folder: folder, token: token)
            let listener = try RankSocket.listen(folder.socket)
            defer { Glibc.close(listener) }
            let launcher = try LauncherProcess(command, log: options.log)
            started = launcher
            let entrance = RankEntrance(listener: listener, launcher: launcher, timeout: options.startTimeout)
            let socket: RankSocket
            (socket, ranks) = try entrance.meet(token: token, count: options.count)
            self.launcher = launcher
            self.state = Mutex(State(socket: socket))
        } catch {
            started?.terminate()
            folder.remove()
            throw error
        }
        self.folder = folder
    }

    deinit { end() }

    /// Sends a request to rank 0, has all ranks carry it out, and waits for rank 0's answer. One at a time: others wait for their turn.
    /// - Parameters:
    ///   - kind: Which handler, at most 255 bytes, the first a letter.
    ///   - payload: At most 8 GiB.
    ///   - note: Given each of rank 0's notes, on this thread; says whether the work is to go on.
    /// - Throws: ``RankError/stopped`` where it was not to go on;  ``RankError/failed(rank:problem:)`` where a handler throws; ``RankError/died(rank:host:cause:)`` within seconds where a rank
    ///   or the launcher dies, now or before; ``RankError/ended`` after ``end()``.
    public func request(
        _ kind: String, _ payload: [UInt8], note: ([UInt8]) -> Bool = { _ in true }
    ) throws(RankError) -> [UInt8] {
        guard kind.first?.isLetter == true, kind.utf8.count <= RankFrame.longestKind else {
            throw .usage("'\(kind)' is no kind of request: a letter first, at most \(RankFrame.longestKind) bytes")
        }
        guard payload.count <= RankFrame.longestPayload else {
            throw .usage("a request of \(payload.count) bytes: more than \(RankFrame.longestPayload)")
        }
        return try state.withLock { (state) throws(RankError) in
            if isEnding.load(ordering: .acquiring) { throw .ended }
            guard let socket = state.socket else { throw state.error ?? .ended }
            var reply: RankFrame?
            var isStopped = false
            do throws(RankError) {
                try socket.write(RankFrame(kind: kind, payload: payload))
                reply = try socket.read()
                while let frame = reply, frame.kind == RankFrame.Reserved.note {
                    isStopped = isStopped || !note(frame.payload)
                    let answer = isStopped ? RankFrame.Reserved.stop : RankFrame.Reserved.goOn
                    try socket.write(RankFrame(kind: answer, payload: []))
                    reply = try socket.read()
                }
            } catch {
                reply = nil
            }
            do throws(RankError) { return try answer(of: reply, to: kind, &state) } catch {
                if isStopped, case .failed = error, state.socket != nil { throw .stopped }
                throw error
            }
        }
    }

    private func answer(of reply: RankFrame?, to kind: String, _ state: inout State) throws(RankError) -> [UInt8] {
        guard let reply else { throw close(&state, because: nil) }
        switch reply.kind {
        case RankFrame.Reserved.answer: return reply.payload
        case RankFrame.Reserved.failure:
            guard let problem = RankProblem(bytes: reply.payload) else {
                throw close(&state, because: .connection("a failure without a text"))
            }
            let error = RankError.failed(rank: problem.rank, problem: problem.text)
            guard problem.isFatal else { throw error }
            let host = ranks.first { $0.rank == problem.rank }?.host
            _ = close(
                &state,
                because: .died(
                    rank: problem.rank, host: host, cause: "all were ended when '\(kind)' failed there: \(problem.text)"
                ))
            throw error
        default: throw close(&state, because: .connection("rank 0 says '\(reply.kind)'"))
        }
    }

    /// Ends what is left of the ranks after an error, and finds out what it was.
    private func close(_ state: inout State, because known: RankError?) -> RankError {
        state.socket = nil
        if !launcher.waitForEnd(seconds: 3) { launcher.terminate() }
        folder.remove()
        let error: RankError
        if isEnding.load(ordering: .acquiring) {
            error = .ended
        } else if let known {
            error = known
        } else {
            let report = LauncherReport(launcher.tail, status: launcher.status)
            let host = report.host ?? report.rank.flatMap { rank in ranks.first { $0.rank == rank }?.host }
            error = .died(rank: report.rank, host: host, cause: report.cause)
        }
        state.error = error
        return error
    }

    /// Ends the ranks: in good order between requests, and at once where a request is under way, which then throws ``RankError/ended``.
    /// Returns when the launcher has ended.
    public func end() {
        isEnding.store(true, ordering: .releasing)
        let isDone: Void? = state.withLockIfAvailable { state in
            guard let socket = state.socket else { return }
            try? socket.write(RankFrame(kind: RankFrame.Reserved.end, payload: []))
            if !launcher.waitForEnd(seconds: 3) { launcher.terminate() }
            state.socket = nil
            folder.remove()
        }
        guard isDone == nil else { return }
        launcher.terminate()
        // The request sees the end and leaves; or it was done just before.
        state.withLock { $0.socket = nil }
        folder.remove()
    }
}
