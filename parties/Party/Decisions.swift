import ArgumentParser
import Foundation
import Jobs
import Support

/// `colonnade-party decisions`: prints the decision log.
struct Decisions: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what was decided about jobs here, when, by whom, why and under which policy.",
        discussion: """
            One line a decision, oldest first: the time (UTC), 12 digits of the job's hash, its name, the decision, who made it, 12 \
            digits of the policy's hash, and the reasons. With --json whole entries; that of a job which began has the policy's text.
            """)

    @Argument(help: "Your party.yaml.")
    var file: String

    @Flag(help: "One JSON object a line, as the log has them.")
    var json = false

    func run() throws {
        try exiting {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            for entry in try DecisionLog(state: PartyFile(path: file).state).entries() {
                if let entry {
                    print(json ? String(decoding: try encoder.encode(entry), as: UTF8.self) : entry.text)
                } else {
                    say(
                        "a line of the log is no decision: the machine stopped while it was written, or somebody changed it"
                    )
                }
            }
        }
    }
}
