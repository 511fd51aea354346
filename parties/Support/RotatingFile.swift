internal import Glibc
public import Jobs
internal import Synchronization

/// A party's log in a file of its own: lines are added, and a new file begins before it grows past its size. Earlier ones are called
/// `PATH.1`, the latest, to `PATH.N`.
///
/// Where the disk does not take a line, it goes to standard error: a log never ends a job.
public final class RotatingFile: Sendable {
    private struct State {
        var descriptor: Int32
        var size: Int
    }

    private let file: LogFile
    private let state: Mutex<State>

    /// - Throws: `StateError` where the file cannot be written.
    public init(_ file: LogFile) throws(StateError) {
        self.file = file
        let opened = Self.open(file.path)
        guard opened.descriptor >= 0 else {
            throw .unwritable(path: file.path, problem: String(cString: strerror(errno)))
        }
        state = Mutex(opened)
    }

    deinit { state.withLock { _ = close($0.descriptor) } }

    /// Adds a line.
    public func write(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        let isWritten = state.withLock { state in
            if state.size > 0, state.size + bytes.count > file.size { rotate(&state) }
            state.size += bytes.count
            return bytes.withUnsafeBytes { Glibc.write(state.descriptor, $0.baseAddress, $0.count) } == bytes.count
        }
        if !isWritten { say(line) }
    }

    /// Opens the path anew, after another program has moved the file away.
    public func reopen() { state.withLock { open(&$0) } }

    private func rotate(_ state: inout State) {
        let names = [file.path] + (0..<file.keep).map { "\(file.path).\($0 + 1)" }
        if file.keep == 0 { unlink(file.path) }
        // From the last on; the oldest is written over.
        for index in names.indices.dropLast().reversed() { rename(names[index], names[index + 1]) }
        open(&state)
    }

    private func open(_ state: inout State) {
        let opened = Self.open(file.path)
        // Where there is no new one, the old one goes on.
        guard opened.descriptor >= 0 else { return }
        close(state.descriptor)
        state = opened
    }

    private static func open(_ path: String) -> State {
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        return State(descriptor: descriptor, size: descriptor < 0 ? 0 : max(0, lseek(descriptor, 0, SEEK_END)))
    }
}
