public import Documents
internal import Glibc
internal import Ranks

/// A party's processes that share its work, on one machine or several (*ranks*), as its file describes them. To partners it is one
/// party: nothing of them crosses a link or stands in a transcript.
public struct RankSettings: Sendable {
    /// How many ranks there are, on all machines together.
    public var count: Int
    /// The launcher's list of machines, this one first; `nil`: all ranks run on this machine.
    public var hosts: String?
    /// That each rank computes on.
    public var threads: Int
    /// Where it stands, for what turns out to be missing only when ranks start.
    private let place: DocumentError

    /// - Parameters:
    ///   - place: An error about the whole of it, of which only the place is used.
    ///   - cores: That jobs may use on a machine.
    init(
        _ document: consuming Document, at place: DocumentError, cores: Int, resolve: (String) -> String
    ) throws(DocumentError) {
        var document = document
        self.place = place
        count = try document.integer("count", in: 2...1024)
        hosts = try document.optionalText("hosts").map(resolve)
        if let hosts, access(hosts, R_OK) != 0 {
            throw document.error(
                "hosts",
                "\(hosts) cannot be read: write a machine a line there, this one first, with its slots (calc2 slots=1)")
        }
        let usual = max(1, hosts == nil ? cores / count : cores)
        threads = try document.optionalInteger("threads", in: 1...4096) ?? usual
        try document.end()
    }

    /// - Throws: Why ranks cannot start here, with what to do about it: the build lacks MPI, or the machine its launcher.
    public func requireLauncher() throws(DocumentError) {
        guard let obstacle = RankProcesses.obstacle() else { return }
        var error = place
        error.problem = "\(obstacle)"
        throw error
    }

    /// A sentence for people.
    public var text: String {
        "\(count) with \(threads) \(threads == 1 ? "thread" : "threads") each, "
            + (hosts.map { "on the machines of \($0)" } ?? "all on this machine")
    }
}
