import ArgumentParser

/// What this machine does, and what others' libraries do on it in the same minutes.
@main
struct ColonnadeBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "colonnade-bench",
        abstract: "Measures Colonnade's computations against a reference, in one run.",
        discussion: """
            Each row has our figure, the reference's, and their ratio: how many times faster ours is. Both are medians of \
            rounds that take turns, so that a machine that slows down slows both. Names of rows are stable.
            """,
        subcommands: [
            PaillierBenchmark.self, ProductBenchmark.self, RanksBenchmark.self, TowersBenchmark.self,
            LayerBenchmark.self,
            AlignmentBenchmark.self,
            TranscriptBenchmark.self, QualityBenchmark.self, CeluBenchmark.self, PlanningBenchmark.self,
            KernelsBenchmark.self, TiersBenchmark.self, MemoryBenchmark.self, RetrievalBenchmark.self,
            PairedProcess<LayerTask>.self,
            PairedProcess<AlignmentTask>.self, BenchmarkRank.self,
        ])
}

/// Flags of all benchmarks.
struct CommonOptions: ParsableArguments {
    @Flag(help: "Print one JSON object instead of a table.")
    var json = false

    @Option(help: "Bits of the key; twice for two.")
    var bits: [Int] = [2048, 3072]

    @Option(help: "Rounds of every measurement.")
    var rounds = 5

    @Option(help: "Kernels: ifma or portable; twice for both. Those that this machine has by default.")
    var path: [String] = []

    @Option(help: "Only rows whose name begins so.")
    var only = ""

    func validate() throws {
        guard rounds > 0 else { throw ValidationError("--rounds is 1 or more") }
        guard bits.allSatisfy({ (2048...4096).contains($0) && $0 % 16 == 0 }) else {
            throw ValidationError("--bits takes 2048 to 4096, a multiple of 16")
        }
        _ = try paths
    }
}
