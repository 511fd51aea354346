import ArgumentParser
import Coordination
import Jobs
import Support

/// `colonnade predict`: scores rows with a model that an earlier job trained.
struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Score rows with a trained model.",
        discussion: """
            Every row that all parties have now is scored, be it one or many; labels are not needed. Scores and ids are \
            written at the label party only, in the folder that its party file names (scores: DIR); nothing private comes here. \
            Each scored row counts once in the feature parties' exposure ledgers. The job file is the one that the model was \
            trained by.
            """)

    @OptionGroup var options: JobOptions

    @Option(help: "The model's id, as the report of the job that trained it gives it.")
    var model: String

    @Option(
        help:
            "Start every party here, as 'colonnade local' does: the folder that holds PARTY/party.yaml and coordinator/."
    )
    var parties: String?

    @OptionGroup var auditing: AuditOptions

    @OptionGroup var coordinator: CoordinatorFolder

    func validate() throws {
        if parties == nil, !auditing.flags.isEmpty {
            throw ValidationError("what parties that are not started here write is for their own party files to say")
        }
    }

    func run() throws {
        try exiting {
            var options = options
            options.overrides.append("predict=\(model)")
            if let parties {
                try PartyProcess.together(
                    options.read(), parties: parties, auditing: auditing, quiet: options.output.quiet
                ) { session, _ in
                    try predict(session, options)
                }
            } else {
                let session = try JobSession(options.read(), folder: coordinator.folder)
                defer { session.endpoint.stop() }
                try predict(session, options)
            }
        }
    }

    private func predict(_ session: JobSession, _ options: JobOptions) throws {
        try JobSession.deliver(session.run(quiet: options.output.quiet).0, options.output)
    }
}
