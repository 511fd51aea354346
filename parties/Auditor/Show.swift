import ArgumentParser
import Auditing
import Glibc
import Jobs

/// `colonnade-audit show T [--frames] [--html FILE]`.
struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show who sent what kind of thing to whom, under whose key, and how much.",
        discussion: """
            First in plain words: whose record this is, of which job, how much of it was encrypted, masked or in the clear, under \
            whose keys. Then totals, and every step of every protocol, with what it carries and what it may give away. A step's \
            bytes are 'constant', or differ 'by shape' alone, which is public; else it says that they vary.

            Shows what the transcript says; whether that holds is for 'verify' to check.

            --html writes the same, with charts, as one file that needs no network and runs no script. FILE may be there already: \
            it is replaced. Exit code 69 where it cannot be written.
            """)

    @Argument(help: "A transcript.")
    var transcript: String

    @Flag(help: "List every frame, one a line, before the totals.")
    var frames = false

    @Flag(help: "Print one JSON object.")
    var json = false

    @Option(help: ArgumentHelp("Write a page for a browser, and print nothing.", valueName: "file"))
    var html: String?

    func validate() throws {
        if html != nil, frames || json { throw ValidationError("--html goes with neither --frames nor --json") }
    }

    func run() throws {
        let isIntact: Bool
        do {
            if let html {
                isIntact = try writePage(to: html)
            } else {
                isIntact = try json ? printObject() : printPage()
            }
        } catch let error as AuditingError {
            throw refuse(error)
        } catch let error as StateError {
            throw refuse(error, Self.unavailable)
        }
        if !isIntact { throw ExitCode(Verdict.unreadable.exitCode) }
    }

    /// As of the other programs, where a file cannot be written.
    private static let unavailable: Int32 = 69

    private func printPage() throws -> Bool {
        let summary = try TranscriptSummary(path: transcript, against: Software.conventions) { line in
            if frames { print(line.text) }
        }
        print((frames ? "\n" : "") + summary.text)
        return summary.isIntact
    }

    private func writePage(to path: String) throws -> Bool {
        var (old, source) = (stat(), stat())
        if stat(path, &old) == 0 {
            guard old.st_mode & S_IFMT == S_IFREG else {
                throw StateError.unwritable(path: path, problem: "it is no file")
            }
            guard stat(transcript, &source) != 0 || (old.st_dev, old.st_ino) != (source.st_dev, source.st_ino) else {
                throw StateError.unwritable(path: path, problem: "it is the transcript")
            }
        }
        let summary = try TranscriptSummary(path: transcript, against: Software.conventions)
        try StateFile.write(Array(summary.html.utf8), to: path)
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
