import ArgumentParser
import Foundation
import Paillier
import RankProducts
import RankTowers
import Ranks

/// Products under encryption over a party's ranks.
struct RanksBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ranks",
        abstract: "Products under encryption over several ranks; against one rank.",
        discussion: """
            Products of source layers, each at one rank and at several, which take turns: seconds from the party's question to the \
            answer, with all that crosses between processes. Below each row stands what the operations alone would allow, by the model of \
            costs that plans products: with tables that ranks build together, and without. Ranks are processes of this machine that Open MPI starts: give them \
            together no more threads than it has cores. Every result is compared with the one that this process computes. In rows \
            with -width-1 most of the time goes into a chain of squarings that nothing divides.
            """)

    @OptionGroup var options: CommonOptions

    @Option(help: "Ranks that are compared with one.")
    var ranks = 2

    @Option(help: "Threads of each rank.")
    var threads = 1

    func validate() throws {
        guard ranks > 1, threads > 0 else { throw ValidationError("--ranks is 2 or more, --threads 1 or more") }
    }

    func run() throws {
        let (one, several) = (try RankedProducts(1, threads: threads), try RankedProducts(ranks, threads: threads))
        var report = Report("ranks", isJSON: options.json)
        for bits in options.bits {
            var subject = try Subject(bits: bits, path: .fastest)
            for shape in RankedShape.all where shape.name.hasPrefix(options.only) {
                let task = try shape.task(&subject)
                report.add(try measure(shape.name, task, subject, one, several))
                report.note(task.expectation(ranks: ranks, threads: threads))
            }
        }
        try report.finish()
    }

    private func measure(
        _ name: String, _ task: RankedTask, _ subject: Subject, _ one: RankedProducts, _ several: RankedProducts
    ) throws -> Row {
        let expected = try task.product(at: nil)
        for place in [one, several] {
            guard try task.product(at: place.products) == expected else { throw OtherProduct(name: name) }
        }
        let result = try compare(rounds: options.rounds) {
            _ = try task.product(at: several.products)
        } _: {
            _ = try task.product(at: one.products)
        }
        return Row(
            name: name, bits: subject.bits, cores: ranks * threads, path: subject.path.rawValue,
            ours: result.ours, reference: result.reference, unit: "seconds", against: "one rank", ratio: result.ratio)
    }

    /// Ranks did not give what this process computes.
    private struct OtherProduct: Error, CustomStringConvertible {
        let name: String
        var description: String { "\(name): ranks give another product than this process" }
    }
}

/// Ranks that run, and the way to them.
private struct RankedProducts {
    let products: RankProducts

    init(_ count: Int, threads: Int) throws {
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let processes = try RankProcesses(
            .init(count: count, program: program, arguments: ["rank", "--threads", "\(threads)"]))
        products = RankProducts(ranks: count, threads: threads, choice: .all) {
            try processes.request(ProductService.kind, $0)
        }
    }
}

/// One of the ranks that ``RanksBenchmark`` starts.
struct BenchmarkRank: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rank", abstract: "One of the ranks that 'ranks' starts.", shouldDisplay: false)

    @Option(help: "Threads to compute on.")
    var threads = 1

    @Argument(help: "The socket of the process that asks.")
    var socket: String

    func run() throws {
        let products = ProductService(threads: threads)
        try RankService.run(
            socket: socket,
            handlers: TowerService.handlers.merging([ProductService.kind: .root { try products.handle($0, $1) }]) { $1 }
        )
    }
}
