import ArgumentParser
import Foundation
import Jobs
import Link
import Specification
import Support

/// `colonnade new`: a federation on this machine out of one's own files.
struct New: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a job and a folder for each party from CSV files, to run at once.",
        discussion: """
            Each file becomes a party, named by it; the one with the label is the label party. What is predicted is inferred \
            from the label: 0 and 1, few classes, or a number. Nothing is written over; 'colonnade local' runs what was written.
            """)

    @Argument(help: "CSV files, one for each party: two to nine.")
    var files: [String]

    @Option(help: "The column that names a row in every file; may be repeated.")
    var key: [String]

    @Option(help: "The column to predict, in one of the files.")
    var label: String

    @Option(help: "The job's name.")
    var name = "first"

    @Option(help: "The folder to make.")
    var folder = "federation"

    @Option(help: "The first party's port; the others get the next ones.")
    var port = 7100

    func run() throws {
        try exiting {
            guard (1...65_535 - files.count).contains(port) else { throw ValidationError("--port takes 1 to 65000") }
            if let names = try? FileManager.default.contentsOfDirectory(atPath: folder), !names.isEmpty {
                throw ValidationError("\(folder) is there already; nothing is written over")
            }
            let draft = try JobDraft(name: name, files: files, key: key, label: label)
            try StateFile.makeFolder(folder)
            _ = try PartyFolder.makeCoordinator(folder + "/coordinator")
            for (index, (party, file)) in draft.parties.enumerated() {
                _ = try PartyFolder.make(
                    "\(folder)/\(party)", name: party.name, host: "127.0.0.1",
                    description: description(of: party, file, port: port + index))
            }
            try introduce(draft.parties.map(\.party))
            try StateFile.write(Array(draft.yaml.utf8), to: folder + "/job.yaml")
            for (index, (party, file)) in draft.parties.enumerated() {
                say("\(party): \(file)" + (index == 0 ? ", has the label '\(label)'" : ""))
            }
            say(
                """
                the label is \(draft.model)
                wrote \(folder)/job.yaml and a folder for each party; columns, types and the model are yours to change. Now run

                  colonnade local \(folder)/job.yaml --parties \(folder)

                or, for a quick first look in the clear, the same with --set protection=none
                """)
        }
    }

    /// Everybody pins everybody's certificate.
    private func introduce(_ parties: [Party]) throws {
        func address(_ index: Int) -> String { "127.0.0.1:\(port + index)" }
        for (index, party) in parties.enumerated() {
            for (other, partner) in parties.enumerated() where other != index {
                _ = try pin("\(folder)/\(partner)/certificate.pem", in: "\(folder)/\(party)", address: address(other))
            }
            _ = try pin(
                "\(folder)/coordinator/certificate.pem", in: "\(folder)/\(party)", address: nil, isCoordinator: true)
            _ = try pin("\(folder)/\(party)/certificate.pem", in: "\(folder)/coordinator", address: address(index))
        }
    }

    private func description(of party: Party, _ file: String, port: Int) -> String {
        let path = URL(fileURLWithPath: file).standardizedFileURL.path
        return """
            # Written by 'colonnade new'; every field: README of the folder 'parties', "party.yaml".
            name: \(party)
            listen: {host: "127.0.0.1", port: \(port)}
            certificate: certificate.pem
            key: key.pem
            transcript-key: transcript-key.pem
            state: state
            data:
              name: \(party)
              file: \(JobDraft.quoted(path))
              key: [\(key.map(JobDraft.quoted).joined(separator: ", "))]
              # Columns that look like numbers but are names of things, as a month or a postcode:
              # types: {month: category}
            policy:
              # Wide, since all files lie on this machine: with real partners write what 'colonnade-party init' writes.
              protections: [blind, none]
              min-key-bits: 2048
              exposure-limit: 1000
              approve: automatic

            """
    }
}
