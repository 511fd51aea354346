import ArgumentParser
import Foundation
import Histories
import Jobs
import Support

/// `colonnade-party check`: reads everything that a job would need.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Validate your files; print schema, rows, key columns, partners and policy.")

    @Argument(help: "Your party.yaml.")
    var file: String

    func run() throws {
        try exiting {
            let file = try PartyFile(path: file)
            let credentials = try Credentials(file, passphrase: .environmentOrTerminal)
            let dataset = try Dataset(file.data, in: file.space)
            try StateFile.makeFolder(file.state)
            let keys = try dataset.keyCounts(state: file.state)
            let policy = file.policy
            print("party         \(file.name), listens at \(file.listen)")
            print("certificate   \(credentials.identity.certificate.fingerprint.hexadecimal)")
            print("              valid until \(date(credentials.identity.certificate.notAfter))")
            print("data          \(dataset.table.file)")
            print(
                "              \(dataset.table.rowCount) rows, key \(file.data.key.joined(separator: ", ")), no duplicates"
                    + (keys.empty > 0 ? ", \(keys.empty) without a key" : ""))
            print("columns       (as a job would see them)")
            let offered = Set(dataset.offered(by: policy).map(\.name))
            for column in dataset.table.columns where !file.data.key.contains(column.name) {
                let declared = file.data.types[column.name] == nil ? "" : ", as party.yaml says"
                let leads = dataset.histories.filter { [$0.of, $0.at].contains(column.name) }.map(\.name)
                let kind =
                    offered.contains(column.name)
                    ? column.type.rawValue + declared
                    : leads.isEmpty ? "not offered" : "leads into \(leads.joined(separator: ", "))"
                print("              \(column.name.padding(toLength: 24, withPad: " ", startingAt: 0)) \(kind)")
            }
            for (index, history) in dataset.histories.enumerated() {
                let summary = try HistorySummary(history, of: dataset.table, in: file.space)
                for (line, text) in summary.lines.enumerated() {
                    print((index + line == 0 ? "histories     " : "              ") + text)
                }
            }
            print("partners      " + (credentials.partners.isEmpty ? "none yet: colonnade-party trust" : ""))
            for (party, partner) in file.partners.partners.sorted(by: { $0.key < $1.key }) {
                let address = partner.address.map { "at \($0)" } ?? "connects to you"
                let dates = (credentials.partners[party] ?? []).map { date($0.notAfter) }.joined(separator: " and ")
                print("              \(party), \(address), valid until \(dates)")
            }
            print(
                "coordinator   "
                    + (credentials.coordinator.isEmpty ? "none yet: colonnade-party trust --coordinator" : "pinned"))
            for sentence in credentials.expiries(renewing: "colonnade-party", at: Int(time(nil))) {
                print("              warning: \(sentence)")
            }
            if let ranks = file.ranks {
                try ranks.requireLauncher()
                print("ranks         \(ranks.text)")
            }
            for (index, sentence) in policy.sentences.enumerated() {
                print((index == 0 ? "policy        " : "              ") + sentence)
            }
            print(
                "transcript    \(file.keepsPayloads ? "full" : "headers"); private view: \(file.privateView.rawValue)")
            if let warning = file.privateView.warning { print("              \(warning)") }
        }
    }

    private func date(_ seconds: Int) -> String {
        let formatter = DateFormatter()
        formatter.dateFormat = "yyyy-MM-dd"
        return formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
    }
}
