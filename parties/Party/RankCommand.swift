import ArgumentParser
import RankProducts
import RankTowers
import Ranks
import Support

/// `colonnade-party rank`: one of the processes that share a party's work. The launcher starts it, never a person.
struct RankCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rank", abstract: "Share the work of a party that runs elsewhere.", shouldDisplay: false)

    @Option(help: "Threads to compute on.")
    var threads = 1

    @Argument(help: "The party's socket.")
    var socket: String

    func validate() throws {
        guard threads > 0 else { throw ValidationError("--threads is 1 or more") }
    }

    func run() throws {
        try exiting {
            let products = ProductService(threads: threads)
            try RankService.run(
                socket: socket,
                handlers: TowerService.handlers.merging([
                    ProductService.kind: .root { try products.handle($0, $1) }
                ]) { $1 })
        }
    }
}
