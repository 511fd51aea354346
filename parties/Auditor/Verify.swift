import ArgumentParser
import Auditing

/// `colonnade-audit verify T1 [T2 ...]`.
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check one transcript, or all of a job against each other.",
        discussion: """
            Checks, and what they need of a transcript ('full': payloads that were kept):

            \(Check.table)
            """)

    @Argument(help: ArgumentHelp("Transcripts of one job, each party's once.", valueName: "transcript"))
    var paths: [String]

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let verification = Verification(of: paths, against: .build)
        print(json ? try encoded(verification) : verification.text)
        if verification.verdict != .accepted { throw ExitCode(verification.verdict.exitCode) }
    }
}
