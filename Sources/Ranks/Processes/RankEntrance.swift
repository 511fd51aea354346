internal import Glibc

/// Waits for rank 0 at the party's socket.
struct RankEntrance {
    /// The most that is read of somebody who has not shown the token.
    private static let longestHello = 1 << 20

    let listener: Int32
    let launcher: LauncherProcess
    /// Seconds.
    let timeout: Double

    /// - Returns: The connection to rank 0, and who the ranks are.
    func meet(token: String, count: Int) throws(RankError) -> (RankSocket, [RankProcesses.Rank]) {
        let start = Pace.now
        while true {
            if let guest = accept(), let ranks = try greet(guest, token) {
                guard ranks.map(\.rank) == Array(0..<count) else {
                    throw .launch("\(ranks.count) ranks have come in place of \(count)")
                }
                return (guest, ranks)
            }
            if let status = launcher.status {
                _ = launcher.waitForEnd(seconds: 1)
                throw .launch(Self.words(LauncherReport(launcher.tail, status: status), launcher.tail))
            }
            guard Pace.now - start < timeout else {
                let last = LauncherReport.lastWords(launcher.tail)
                throw .launch(
                    "they are not all there after \(timeout) s"
                        + (last.isEmpty ? "" : "; last lines: \(last)")
                        + "; a host that does not answer, or a firewall between hosts, has that effect")
            }
        }
    }

    /// Who knocks within a twentieth of a second, if anybody.
    private func accept() -> RankSocket? {
        var entry = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, 50) > 0 else { return nil }
        let descriptor = Glibc.accept(listener, nil, nil)
        guard descriptor >= 0 else { return nil }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return RankSocket(descriptor)
    }

    /// The ranks that a guest introduces; nil where it is not ours.
    private func greet(_ guest: RankSocket, _ token: String) throws(RankError) -> [RankProcesses.Rank]? {
        guard guest.waitForInput(seconds: min(timeout, 10)), let hello = try? guest.read(longest: Self.longestHello),
            hello.kind == RankFrame.Reserved.hello
        else { return nil }
        let lines = String(decoding: hello.payload, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        guard let shown = lines.first, Self.isEqual(shown.utf8, token.utf8) else { return nil }
        return lines.dropFirst().compactMap { RankProcesses.Rank(line: $0) }
    }

    /// In a time that tells nothing of where they differ.
    private static func isEqual(_ left: Substring.UTF8View, _ right: String.UTF8View) -> Bool {
        left.count == right.count && zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func words(_ report: LauncherReport, _ tail: String) -> String {
        let start = report.rank.map { "rank \($0)" } ?? "mpirun"
        let text = "\(start) ended first: \(report.cause)"
        guard LauncherReport.lastWords(tail).isEmpty else { return text }
        // Open MPI explains itself in frames of dashes.
        let lines = tail.split(whereSeparator: \.isNewline).filter { line in !line.allSatisfy { $0 == "-" } }
        return lines.isEmpty ? text : "\(text); Open MPI: \(lines.joined(separator: " ").prefix(1000))"
    }
}
