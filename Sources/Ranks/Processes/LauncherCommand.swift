internal import FoundationEssentials
internal import Glibc

/// The command line of `mpirun`.
struct LauncherCommand {
    let program: String
    let arguments: [String]
    let environment: [String]

    init(_ options: RankProcesses.Options, folder: PrivateFolder, token: String) throws(RankError) {
        guard let launcher = Self.find(options.launcher) else { throw Self.missing(options.launcher) }
        guard access(options.program, X_OK) == 0 else {
            throw .launch("\(options.program): \(RankSocket.problem)")
        }
        guard options.count >= 1 else { throw .launch("\(options.count) ranks: at least one is needed") }
        program = launcher
        let variables = options.environment.merging([LauncherCommand.token: token]) { $1 }
        var words = ["-n", "\(options.count)", "--bind-to", "none"]
        // Nobody is there to be asked for a password.
        words += ["--mca", "plm_rsh_args", "-oBatchMode=yes"]
        // Ranks that are to end have nothing to put in order, so they need no second between being asked and being made to.
        words += ["--mca", "odls_base_sigkill_timeout", "0"]
        // What the launcher lays down goes with the folder, however it ends; on other hosts there is no such folder.
        if options.hosts == nil {
            words += ["--mca", "orte_tmpdir_base", folder.path]
            if folder.isInMemory { words += ["--mca", "btl_vader_backing_directory", folder.path] }
        }
        words += try Self.places(options.count, options.hosts)
        if geteuid() == 0 { words.append("--allow-run-as-root") }
        for name in variables.keys.sorted() { words += ["-x", name] }
        arguments = words + options.launcherArguments + [options.program] + options.arguments + [folder.socket]
        environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }.map { "\($0)=\($1)" }
    }

    /// The environment variable with what rank 0 shows the party.
    static let token = "COLONNADE_RANKS_TOKEN"

    static func missing(_ launcher: String) -> RankError {
        .launch("no program \(launcher) on the PATH: apt-get install openmpi-bin libopenmpi-dev")
    }

    /// The path of a program, on the PATH if the name has no slash.
    static func find(_ name: String) -> String? {
        guard !name.contains("/") else { return access(name, X_OK) == 0 ? name : nil }
        let folders = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        return folders.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }

    /// Where the ranks go, and whether they crowd there. Open MPI counts physical cores unless told; here each core that the system shows
    /// is a place.
    private static func places(_ count: Int, _ hosts: String?) throws(RankError) -> [String] {
        // Its own waits at the start and the end then make room for other ranks; those in between are ours.
        let crowded = ["--oversubscribe", "--mca", "mpi_yield_when_idle", "1"]
        guard let hosts else { return ["--host", "localhost:\(count)"] + (count > Cores.count ? crowded : []) }
        guard let slots = try Hostfile(path: hosts).slots else { return ["--hostfile", hosts] }
        return ["--hostfile", hosts] + (count > slots ? crowded : [])
    }
}

/// Open MPI's list of hosts, as far as it is read here: `NAME slots=NUMBER` a line, `#` begins a comment.
struct Hostfile {
    /// The sum of the slots; nil where a host has none written, so that Open MPI asks the host itself.
    let slots: Int?

    init(path: String) throws(RankError) {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw .launch("the hostfile \(path) cannot be read: \(RankSocket.problem)")
        }
        var (sum, isComplete, hosts) = (0, true, 0)
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
            guard !words.isEmpty else { continue }
            hosts += 1
            guard let word = words.dropFirst().first(where: { $0.hasPrefix("slots=") }) else {
                isComplete = false
                continue
            }
            guard let slots = Int(word.dropFirst(6)), slots > 0 else {
                throw .launch(
                    "\(path), line \(index + 1): '\(word)' is not a number of slots, as in '\(words[0]) slots=4'")
            }
            sum += slots
        }
        guard hosts > 0 else {
            throw .launch("\(path) names no host; a line is 'NAME slots=NUMBER', this machine's first")
        }
        slots = isComplete ? sum : nil
    }
}
