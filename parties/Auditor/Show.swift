import ArgumentParser
import Auditing
import Jobs

/// `colonnade-audit show T [--frames]`.
struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show who sent what kind of thing to whom, under whose key, and how much.",
        discussion: "Shows what the transcript says; whether that holds is for 'verify' to check.")

    @Argument(help: "A transcript.")
    var transcript: String

    @Flag(help: "List every frame, one a line, before the totals.")
    var frames = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let isIntact: Bool
        do { isIntact = try json ? printObject() : printPage() } catch let error as AuditingError {
            throw refuse(error)
        }
        if !isIntact { throw ExitCode(Verdict.unreadable.exitCode) }
    }

    private func printPage() throws -> Bool {
        let summary = try TranscriptSummary(path: transcript, against: Software.conventions) { line in
            if frames { print(line.text) }
        }
        print((frames ? "\n" : "") + summary.text)
        return summary.isIntact
    }

    /// Prints frames as they are read, so that a long transcript needs no memory; the summary's fields follow in the same object.
    private func printObject() throws -> Bool {
        var before = #"{"frameLines":["#
        let summary = try TranscriptSummary(path: transcript, against: Software.conventions) { line in
            guard frames else { return }
            print(before, try encoded(line), separator: "", terminator: "")
            before = ","
        }
        let fields = try encoded(summary)
        if !frames {
            print(fields)
        } else {
            print(before == "," ? "" : before, "],", fields.dropFirst(), separator: "")
        }
        return summary.isIntact
    }
}
