import ArgumentParser
import Jobs
import Support

/// `colonnade resume`: goes on with a job that something stopped.
struct Resume: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Go on with a job that was stopped.",
        discussion: """
            The parties go on from the latest checkpoint that all of them have; one that was stopped has to serve again. \
            Where there is none the job begins anew. It is the same job, approved as it was: its file is not read. Ids are \
            aligned once more, as far as that was not done, keys and masks are new.
            """)

    @Argument(help: "The job's id, or its beginning, as 'colonnade status' shows it.")
    var id: String

    @Option(
        help:
            "Start every party here, as 'colonnade local' does: the folder that holds PARTY/party.yaml and coordinator/."
    )
    var parties: String?

    @OptionGroup var auditing: AuditOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var coordinator: CoordinatorFolder

    func validate() throws {
        if parties == nil, !auditing.flags.isEmpty {
            throw ValidationError("what parties that are not started here write is for their own party files to say")
        }
    }

    func run() throws {
        try exiting {
            let folder = parties.map { $0 + "/coordinator" } ?? coordinator.folder
            let record = try JobRecords(coordinatorFolder: folder).require(id)
            let (effective, encoded) = try record.job()
            let job = effective.job
            if let parties {
                try PartyProcess.together(job, parties: parties, auditing: auditing, quiet: output.quiet) {
                    session, files in
                    var (report, proposal) = try session.run(quiet: output.quiet, resuming: record)
                    if job.predict == nil {
                        report.baselines["colocated"] = try Colocated.metrics(proposal.effective.job, parties: files)
                    }
                    try JobSession.deliver(report, output)
                }
            } else {
                let session = try JobSession(job, folder: folder, encoded: encoded)
                defer { session.endpoint.stop() }
                try JobSession.deliver(session.run(quiet: output.quiet, resuming: record).0, output)
            }
        }
    }
}
