import ArgumentParser
import Auditing
import Jobs

/// `colonnade-audit spec [PROTOCOL]`.
struct Spec: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the specifications that this program enforces, with their hashes.")

    @Argument(help: ArgumentHelp("Print all of this one.", valueName: "protocol"))
    var name: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        if let name, !pages.contains(where: { $0.name == name }) {
            throw ValidationError("no protocol '\(name)'; there are \(pages.map(\.name).joined(separator: ", "))")
        }
    }

    func run() throws {
        guard let name else {
            let overviews = pages.map(\.overview).joined(separator: "\n\n")
            return print(json ? try encoded(["specifications": pages]) : overviews)
        }
        for page in pages where page.name == name { print(json ? try encoded(page) : page.text) }
    }

    private var pages: [SpecificationPage] { Software.specifications.map(SpecificationPage.init) }
}
