import ArgumentParser
import Jobs
import Support

/// `colonnade run`: the job, from alignment to the sealed transcripts.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Align, train, evaluate and seal a job among parties that are serving.")

    @OptionGroup var options: JobOptions
    @OptionGroup var coordinator: CoordinatorFolder

    @Flag(help: "Return once every party has accepted the job; a process of its own goes on with it.")
    var detach = false

    func validate() throws {
        if detach, options.output.reportPath != nil || options.output.html != nil {
            throw ValidationError("--detach returns before there is a report: write it later, with colonnade report ID")
        }
    }

    func run() throws {
        try exiting {
            let session = try JobSession(options.read(), folder: coordinator.folder)
            if detach {
                let offer: JobSession.Offer
                do {
                    defer { session.endpoint.stop() }
                    offer = try session.offer()
                }
                return try Detached.start(offer.record, folder: coordinator.folder, isJSON: options.output.json)
            }
            defer { session.endpoint.stop() }
            try JobSession.deliver(session.run(quiet: options.output.quiet).0, options.output)
        }
    }
}
