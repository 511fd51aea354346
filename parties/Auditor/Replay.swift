import ArgumentParser
import Auditing
import Jobs

/// `colonnade-audit replay T --view V --party DIR/party.yaml`.
struct Replay: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compute one party's part in a job again and compare every byte.",
        discussion: """
            For jobs on test data that ran with 'private-view: insecure-replay'. Run it where the party's folder is, with the \
            data and the keys that it had: the job is computed again from them, from the seed in the private view and from \
            what the transcript says was taken, and every frame that was sent is compared. The first difference is a finding. \
            Takes as long as the party's own computing did, and leaves the folder as it is.

            \(Check.replay.rawValue) (\(Check.replay.level.rawValue)): \(Check.replay.meaning)
            """)

    @Argument(help: "The party's full transcript.")
    var transcript: String

    @Option(help: "The private view that was written with it.")
    var view: String

    @Option(help: "The party's party.yaml.")
    var party: String

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let replay: Jobs.Replay
        do {
            replay = try Jobs.Replay(transcript: transcript, view: view, party: PartyFile(path: party))
        } catch { throw refuse(error) }
        print(json ? try encoded(replay) : replay.text)
        if replay.verdict != .accepted { throw ExitCode(replay.verdict.exitCode) }
    }
}
