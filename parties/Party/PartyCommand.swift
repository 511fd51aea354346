import ArgumentParser
import Support

/// `colonnade-party`: an organisation's own program. It holds the data, the keys and its half of the model.
@main
struct PartyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "colonnade-party",
        abstract: "Your organisation's part in vertical federated learning.",
        discussion: """
            Make a folder with keys and a description (init), pin your partners' certificates (trust), look at what you \
            would offer (check), take part in jobs (serve), see and end those that are there (jobs, cancel), see what was decided about them \
            (decisions), and remove what they left (purge).
            """,
        subcommands: [
            Init.self, Trust.self, Check.self, Serve.self, Approve.self, Deny.self, Revoke.self, Decisions.self,
            Models.self, JobList.self, Cancel.self, Purge.self, Renew.self, Certify.self, PassphraseCommand.self,
        ])
}
