import ArgumentParser
import Coordination
import Foundation
import Jobs
import Support

/// `colonnade model`: what is known of trained models.
struct Model: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at trained models.", subcommands: [ShowModel.self], defaultSubcommand: nil)
}

/// `colonnade model show`: who holds what of a model.
struct ShowModel: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Say who holds what of a trained model.")

    @Argument(help: "The model's id: that of the job that trained it, or its beginning.")
    var id: String

    @Flag(help: "As one JSON object.")
    var json = false

    @OptionGroup var coordinator: CoordinatorFolder

    private struct Page: Encodable {
        let model, kind, job, protection, hash: String
        let holdings: [String]
    }

    func run() throws {
        try exiting {
            let record = try JobRecords(coordinatorFolder: coordinator.folder).require(id)
            guard case .done(let report) = record.state, let model = report.modelID else {
                throw ValidationError("\(record.id) trained no model: it is \(record.stateName)")
            }
            let page = Page(
                model: model, kind: report.model, job: report.job, protection: report.protection, hash: report.hash,
                holdings: report.holdings ?? [])
            if json {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                print(String(decoding: try encoder.encode(page), as: UTF8.self))
                return
            }
            print("model \(model): \(page.kind), \(page.protection), trained by job \(page.job) (\(page.hash))")
            for sentence in page.holdings { print("  \(sentence)") }
        }
    }
}
