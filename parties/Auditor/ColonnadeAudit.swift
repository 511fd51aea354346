import ArgumentParser
import Auditing
import FoundationEssentials
import Glibc
import Jobs

/// The auditor's program: a thin shell over `Auditing`.
@main
struct ColonnadeAudit: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "colonnade-audit",
        abstract: "Verifies the transcripts of a job, shows what was sent, and attacks what was seen.",
        discussion: """
            \(Verification.meaning)

            Exit codes: 0 all accepted or shown; 1 something was found, or a transcript is not the whole job; \
            64 usage; 65 a file is not a transcript or cannot be read; 69 a page cannot be written.
            """,
        version: Software.version,
        subcommands: [
            Verify.self, Replay.self, Show.self, AttackCommand.self, Spec.self, Demonstrate.self,
        ])
}

/// The JSON of a value, in one line.
func encoded(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}

/// Says something on standard error.
func log(_ text: String) {
    let line = text + "\n"
    write(STDERR_FILENO, line, line.utf8.count)
}

/// Says on standard error why a file cannot be used.
/// - Returns: the exit code to throw.
func refuse(_ error: some Error, _ code: Int32 = Verdict.unreadable.exitCode) -> ExitCode {
    log("error: \(error)")
    return ExitCode(code)
}
