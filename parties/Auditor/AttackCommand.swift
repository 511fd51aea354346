import ArgumentParser
import AttackAudit
import Tables

/// `colonnade-audit attack T --view V [--truth V2 ...]`, or `attack FOLDER`.
struct AttackCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attack",
        abstract: "Attack what one party saw, with controls; a verdict for every kind of frame.",
        discussion: """
            Stands where a party stood: opens what it could open, and tries to learn others' labels and features from every
            frame that it received. Needs its full transcript and its private view ('transcript: full' and 'private-view:
            kept' in the party file, or 'colonnade local --audit'), and the truth to score against: other parties' views, or
            labels. Given a folder, it attacks from every view below it in turn, with the others as truth.

            Every attack is tried three times: on what was seen, on what the frame would hold unprotected, which it must
            find, and with the secrets of other rows, which it must not. Z, which the label party opens, is no test; what
            it gives away is printed beside the exposure.

            Exit codes: 0 nothing was found; 1 something was, or an attack could not have found it; 64 usage; 65 a file
            cannot be read, or belongs to another job.
            """)

    @Argument(
        help: ArgumentHelp("One party's full transcript, or a folder of transcripts and views.", valueName: "path"))
    var path: String

    @Option(help: ArgumentHelp("That party's private view.", valueName: "file"))
    var view: String?

    @Option(help: ArgumentHelp("Another party's private view; may be given several times.", valueName: "file"))
    var truth: [String] = []

    @Option(
        help: ArgumentHelp(
            "Labels, where the label party's view is not given: CSV with columns id and label.", valueName: "file"))
    var labels: String?

    @Flag(help: "Let verdicts pass that rest on fewer than 20,000 rows.")
    var allowSmall = false

    @Flag(help: "List every attack, not only those that did not pass.")
    var trials = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        if view == nil, !truth.isEmpty || labels != nil {
            throw ValidationError("--truth and --labels go with a transcript and its --view")
        }
    }

    func run() throws {
        let run = AttackRun(allowsFewRows: allowSmall) { log("\($0) ...") }
        let report: AttackReport
        do {
            if let view {
                report = try run.attack(
                    from: Recording(transcript: path, view: view), truths: truth, labels: labels.map(labelList))
            } else {
                report = try run.attack(from: RecordingFolder.recordings(below: path))
            }
        } catch let error as AttackError { throw refuse(error) } catch let error as TablesError { throw refuse(error) }
        print(json ? try encoded(report) : report.text(everyTrial: trials))
        if report.exitCode != 0 { throw ExitCode(report.exitCode) }
    }
}

/// Labels by id, from a CSV file with columns `id` and `label`.
private func labelList(_ path: String) throws -> [String: Double] {
    let table = try Table(reading: path, key: RowKey(columns: ["id"]))
    let labels = try table.numbers("label")
    let keys = try table.keys()
    let pairs = (0..<table.rowCount).filter { !labels[$0].isNaN }.map { row in
        (keys.cells(row: row).joined(), labels[row])
    }
    return Dictionary(pairs) { first, _ in first }
}
