import ArgumentParser
import Foundation
import Jobs
import Support

/// `colonnade-party models`: lists the models of which this party has halves.
struct Models: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the models that you have halves of: versions, partners, rows, metrics.",
        discussion: """
            One line a model: the job's name with the model's version, the model's name in jobs, kind, protection, your part, your \
            partners, when it was trained, common rows, and at the label party metrics.
            """)

    @Argument(help: "Your party.yaml.")
    var file: String

    @Flag(help: "Print one JSON array.")
    var json = false

    func run() throws {
        try exiting {
            let file = try PartyFile(path: file)
            let entries = try ModelRegistry(state: file.state, party: file.name).entries()
            if json {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                print(String(decoding: try encoder.encode(entries), as: UTF8.self))
            } else {
                for entry in entries { print(entry.text) }
            }
        }
    }
}
