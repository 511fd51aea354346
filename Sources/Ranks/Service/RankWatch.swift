#if MPI
internal import Glibc
internal import Workers

/// Ends this process when those are gone that it works for. MPI itself notices in its own time, and not at all while a rank computes.
enum RankWatch {
    /// The exit code of a rank whose launcher or party is gone.
    static let orphaned: Int32 = 70
    /// How long rank 0's own thread has to end the ranks in good order, in seconds.
    private static let grace: UInt32 = 1

    /// Ends the process half a second after its launcher, which would have tidied up.
    static func startForLauncher(_ folder: PrivateFolder) {
        let launcher = getppid()
        startThread {
            while getppid() == launcher { usleep(500_000) }
            say("the launcher is gone")
            folder.remove()
            _exit(orphaned)
        }
    }

    /// Ends the process when the party has closed its socket, died included.
    static func startForParty(_ socket: RankSocket, _ folder: PrivateFolder) {
        startThread {
            // POLLRDHUP of Linux.
            while !socket.waitForInput(0x2000) {}
            sleep(grace)
            say("the party is gone")
            folder.remove()
            _exit(orphaned)
        }
    }

    static func say(_ text: String) {
        let line = Array("rank: \(text)\n".utf8)
        _ = write(2, line, line.count)
    }
}
#endif
