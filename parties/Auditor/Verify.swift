import ArgumentParser
import Auditing
import Jobs

/// `colonnade-audit verify T1 [T2 ...] [--view V ...]`.
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check one transcript, or all of a job against each other.",
        discussion: """
            Checks, by the level that they need. A transcript is checked at each level for which it has what is needed:

            \(Check.overview)
            """)

    @Argument(help: ArgumentHelp("Transcripts of one job, each party's once.", valueName: "transcript"))
    var paths: [String]

    @Option(
        name: .customLong("view"),
        help: ArgumentHelp(
            "A party's private view: opens what its transcript kept, and checks masks and randomness.",
            valueName: "view"))
    var views: [String] = []

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let verification = Verification(
            of: paths, views: views, against: Software.conventions, revealing: Software.viewConventions)
        print(json ? try encoded(verification) : verification.text)
        if verification.verdict != .accepted { throw ExitCode(verification.verdict.exitCode) }
    }
}
