import ArgumentParser
import Foundation
import Jobs
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
            let federation = LocalFederation(
                folder: folder, ports: draft.parties.enumerated().map { ($1.party, port + $0) })
            let files = Dictionary(uniqueKeysWithValues: draft.parties.map { ($0.party, $0.file) })
            try federation.make(data: { data(of: $0, files[$0] ?? "") }, policy: Self.policy)
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

    private func data(of party: Party, _ file: String) -> String {
        let path = URL(fileURLWithPath: file).standardizedFileURL.path
        return """
              name: \(party)
              file: \(JobDraft.quoted(path))
              key: [\(key.map(JobDraft.quoted).joined(separator: ", "))]
              # Columns that look like numbers but are names of things, as a month or a postcode:
              # types: {month: category}
            """
    }

    private static let policy = """
          # Wide, since all files lie on this machine: with real partners write what 'colonnade-party init' writes.
          protections: [blind, none]
          min-key-bits: 2048
          exposure-limit: 1000
          approve: automatic
        """
}
