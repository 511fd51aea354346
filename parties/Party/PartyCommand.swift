import ArgumentParser
import Jobs
import Support

/// `colonnade-party`: an organisation's own program. It holds the data, the keys and its half of the model.
@main
struct PartyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "colonnade-party",
        abstract: "Your organisation's part in vertical federated learning.",
        discussion: """
            At first: make a folder with keys and a description (init), pin your partners' certificates (trust), look at \
            what you would offer (check). Then take part in jobs (serve): decide about each (approve, deny, revoke), see \
            what was decided (decisions), what runs, waits and has ended (jobs), which models came of it (models), end a \
            job (cancel), remove what it left (purge). Where models read long histories: keep them ready (history). Now and then: a new certificate before yours expires (renew), one \
            from your own authority (certify), a passphrase on your keys (passphrase).

            Exit codes: 0 done; 1 a job failed; 64 the command line is wrong; 65 a file is wrong, with its path, line \
            and field; 69 the machine lacks something; 77 refused by a policy or not approved yet.
            """,
        version: Software.version,
        subcommands: [
            Init.self, Trust.self, Check.self, Serve.self, Approve.self, Deny.self, Revoke.self, Decisions.self,
            Models.self, JobList.self, Cancel.self, Purge.self, Renew.self, Certify.self, PassphraseCommand.self,
            HistoryCommand.self, Profile.self, RankCommand.self,
        ])
}
