import ArgumentParser
import Jobs
import Support

/// `colonnade`: the coordinator's program. It sees names, counts, progress and released metrics; no data passes through it.
@main
struct CoordinatorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "colonnade",
        abstract: "Check, run and report vertical federated learning jobs.",
        discussion: """
            The coordinator holds no data and no keys of the parties. It proposes a job to every party, starts it once all \
            have accepted, and shows how it goes: check and run a job file, watch or resume what runs or was stopped, \
            ask why a job did not begin or failed, read its report, score new rows with its model (predict).

            Exit codes: 0 done; 1 the job failed or a party cannot be reached; 64 the command line is wrong; 65 a file or \
            data are wrong; 69 the machine lacks something; 77 refused by a party's policy, or not approved yet.
            """,
        version: Software.version,
        subcommands: [
            New.self, Init.self, Trust.self, Check.self, Plan.self, Run.self, Local.self, Predict.self, Model.self,
            Status.self,
            Watch.self, Why.self, Resume.self, ReportCommand.self, Detached.self, Renew.self, Certify.self,
            PassphraseCommand.self,
        ])
}

/// Where the coordinator's own files are.
struct CoordinatorFolder: ParsableArguments {
    @Option(name: .customLong("coordinator"), help: "The coordinator's folder, made with 'colonnade init'.")
    var folder = "coordinator"
}

/// What `check`, `run`, `local` and `predict` share.
struct JobOptions: ParsableArguments {
    @Argument(help: "The job file.")
    var job: String

    @Option(name: .customLong("set"), help: "Override one field of the job file: key.path=value.")
    var overrides: [String] = []

    @OptionGroup var output: OutputOptions

    /// The job that the file describes.
    func read() throws -> Job { try Job(path: job, overrides: overrides) }
}

/// How a command tells what came out.
struct OutputOptions: ParsableArguments {
    @Flag(help: "One JSON object on standard output, and nothing else there.")
    var json = false

    @Option(name: .customLong("report"), help: "Write the report, as JSON, to this file too.")
    var reportPath: String?

    @Option(help: "Write the report, with charts, to this file as one page for a browser.")
    var html: String?

    @Flag(help: "No progress on standard error.")
    var quiet = false
}
