internal import FoundationEssentials
internal import Glibc
internal import Synchronization
internal import Workers

/// `mpirun` as a child process, in a session of its own: a signal that a terminal sends to the party's group does not reach it.
final class LauncherProcess: Sendable {
    /// How much of what it writes is kept for messages, in bytes.
    private static let tailLength = 16_384

    private struct State {
        var status: Int32?
        var isSilent = false
        var tail: [UInt8] = []
        var line: [UInt8] = []
    }

    let process: pid_t
    private let state = Mutex(State())
    private let log: (@Sendable (String) -> Void)?

    init(_ command: LauncherCommand, log: (@Sendable (String) -> Void)?) throws(RankError) {
        var ends: [Int32] = [0, 0]
        // A pair of sockets closes itself in other children from the first moment, as no pipe that Swift sees does.
        guard socketpair(AF_UNIX, RankSocket.type, 0, &ends) == 0 else {
            throw .launch("socketpair: \(RankSocket.problem)")
        }
        let (reading, writing) = (ends[0], ends[1])
        defer { close(writing) }
        do throws(RankError) { process = try Self.spawn(command, output: writing) } catch {
            close(reading)
            throw error
        }
        self.log = log
        startThread { [self] in read(reading) }
        startThread { [self] in waitForEnd() }
    }

    private static func spawn(_ command: LauncherCommand, output: Int32) throws(RankError) -> pid_t {
        var (actions, attributes) = (posix_spawn_file_actions_t(), posix_spawnattr_t())
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        // The party's links to its partners are not the ranks'.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? [] {
            if let descriptor = Int32(name), descriptor > 2 { posix_spawn_file_actions_addclose(&actions, descriptor) }
        }
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        // POSIX_SPAWN_SETSIGDEF, SETSIGMASK and SETSID of glibc's spawn.h.
        posix_spawnattr_setflags(&attributes, 0x04 | 0x08 | 0x80)
        var words: [UnsafeMutablePointer<CChar>?] = ([command.program] + command.arguments).map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = command.environment.map { strdup($0) } + [nil]
        defer { for word in words + variables { free(word) } }
        var process = pid_t()
        let problem = posix_spawn(&process, command.program, &actions, &attributes, &words, &variables)
        guard problem == 0 else { throw .launch("\(command.program): \(String(cString: strerror(problem)))") }
        return process
    }

    /// The wait status, when it has ended.
    var status: Int32? { state.withLock(\.status) }

    /// The last of what it and the ranks have written.
    var tail: String { String(decoding: state.withLock(\.tail), as: UTF8.self) }

    /// Waits for its end, and then for the last of its words.
    /// - Returns: Whether it has ended within the time.
    func waitForEnd(seconds: Double) -> Bool {
        let start = Pace.now
        while status == nil {
            guard Pace.now - start < seconds else { return false }
            usleep(5000)
        }
        let end = Pace.now
        while !state.withLock(\.isSilent), Pace.now - end < 0.5 { usleep(5000) }
        return true
    }

    /// Ends it and the ranks: by a request, and where that is not heard in two seconds by force, after which each rank ends by itself.
    func terminate() {
        for signal in [SIGTERM, SIGKILL] {
            signalIfRunning(signal)
            if waitForEnd(seconds: 2) { return }
        }
    }

    private func signalIfRunning(_ signal: Int32) {
        // Until it is waited for, its number is nobody else's.
        state.withLock { if $0.status == nil { _ = kill(process, signal) } }
    }

    private func waitForEnd() {
        // Seen without taking it away, and taken away under the lock.
        var information = siginfo_t()
        while waitid(P_PID, id_t(process), &information, Int32(WEXITED | WNOWAIT)) != 0, errno == EINTR {}
        state.withLock {
            var status: Int32 = 0
            waitpid(process, &status, 0)
            $0.status = status
        }
    }

    private func read(_ descriptor: Int32) {
        defer {
            close(descriptor)
            say([], isLast: true)
        }
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            say(buffer.prefix(count), isLast: false)
        }
    }

    private func say(_ bytes: ArraySlice<UInt8>, isLast: Bool) {
        let lines = state.withLock { state in
            state.tail = (state.tail + bytes).suffix(Self.tailLength)
            state.isSilent = isLast
            state.line += bytes
            var lines = state.line.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let rest = isLast ? [] : Array(lines.popLast() ?? [])
            state.line = rest.suffix(Self.tailLength)
            return lines.filter { !$0.isEmpty }.map { String(decoding: $0, as: UTF8.self) }
        }
        guard let log else { return }
        for line in lines { log(line) }
    }
}
