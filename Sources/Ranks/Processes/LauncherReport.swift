/// What Open MPI's launcher writes when a rank ends that should not.
package struct LauncherReport: Equatable {
    package let rank: Int?
    package let host: String?
    package let cause: String

    /// - Parameters:
    ///   - text: All that the launcher and the ranks wrote.
    ///   - status: The launcher's wait status.
    package init(_ text: String, status: Int32?) {
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        let last = Self.lastWords(text)
        if let found = Self.signal(words) ?? Self.exit(words) {
            (rank, host) = (found.rank, found.host)
            cause = found.cause + (last.isEmpty ? "" : "; last lines: \(last)")
            return
        }
        (rank, host) = (nil, nil)
        let end =
            switch status {
            case nil: "it did not answer"
            case let status? where status & 0x7F != 0: "killed by signal \(status & 0x7F)"
            case let status?: "exit code \(status >> 8 & 0xFF)"
            }
        cause = end + (last.isEmpty ? "" : "; last lines: \(last)")
    }

    /// "mpirun noticed that process rank 1 with PID 123 on node here exited on signal 9 (Killed)."
    private static func signal(_ words: [String]) -> (rank: Int, host: String?, cause: String)? {
        for index in words.indices where words[index] == "rank" && index > 0 && words[index - 1] == "process" {
            let rest = words[(index + 1)...].prefix(16)
            guard let rank = rest.first.flatMap({ Int($0) }), let place = rest.firstIndex(of: "signal"),
                words.indices.contains(place + 1), let signal = Int(words[place + 1].prefix(while: \.isNumber))
            else { continue }
            let node = rest.firstIndex(of: "node").map { words[$0 + 1] }
            return (rank, node, "killed by signal \(signal)")
        }
        return nil
    }

    /// "Process name: [[123,1],2] Exit code: 3"
    private static func exit(_ words: [String]) -> (rank: Int, host: String?, cause: String)? {
        for index in words.indices.dropLast(5) where words[index] == "Process" && words[index + 1] == "name:" {
            let name = words[index + 2].split(separator: ",").last.map { $0.prefix(while: \.isNumber) }
            guard let rank = name.flatMap({ Int($0) }), words[index + 3] == "Exit", words[index + 4] == "code:",
                let code = Int(words[index + 5])
            else { continue }
            return (rank, nil, "exit code \(code)")
        }
        return nil
    }

    /// The last lines that are not in one of the launcher's frames of dashes.
    static func lastWords(_ text: String) -> String {
        var (isFramed, lines): (Bool, [Substring]) = (false, [])
        for line in text.split(whereSeparator: \.isNewline) {
            if line.allSatisfy({ $0 == "-" }) { isFramed.toggle() } else if !isFramed { lines.append(line) }
        }
        return lines.suffix(3).map { String($0.prefix(300)) }.joined(separator: " | ")
    }
}
