import ArgumentParser
import Foundation

/// Whole source layers, from end to end.
struct LayerBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "layer",
        abstract: "Source layers in training: two processes, a core each, over TLS on loopback.",
        discussion: """
            logistic-20000x330: MatMul with 300 dense columns at the feature party and 30 at the label party, batches of 256; \
            20,000 x 330 cells by the seconds of an epoch and by two cores. breast-569x30: 15 and 15 columns, batches of 128; \
            seconds of an epoch. embed-26x8: Embed-MatMul, 13 fields of 120 categories at either party, embedded as 8 numbers, \
            batches of 128; rows a second. embed-1000000x8: one field of a million categories at the feature party, of which 256 are \
            listed in each round. Data are made up. Setup (keys, their exchange, first shares) is apart. Where fewer rounds \
            are measured than an epoch has, its time is extrapolated by rows.

            The reference is what GMP takes for what the two keys did: mpz_powm for every encryption, re-randomisation and \
            decryption, mpz_powm and mpz_mul for every term of a product, shared out evenly between two cores.

            Wall time depends on what else the machine does; the processors' seconds that both processes took together, which are \
            given too, do so much less.
            """)

    @OptionGroup var options: CommonOptions

    @Option(help: "Rounds of training of each measurement; of an epoch, if it has no more.")
    var batches: Int?

    @Option(help: "Bits of each number, 5 to 24: a sign, three before the point, the others behind it.")
    var featureBits = 16

    func validate() throws {
        guard batches ?? 1 > 0 else { throw ValidationError("--batches is 1 or more") }
        guard (5...24).contains(featureBits) else { throw ValidationError("--feature-bits takes 5 to 24") }
    }

    func run() throws {
        var report = Report("layer", isJSON: options.json)
        report.noteLoad()
        for bits in options.bits {
            for path in try options.paths {
                var subject = try Subject(bits: bits, path: path)
                for var task in LayerTask.all where task.name.hasPrefix(options.only) {
                    task.rounds = min(batches ?? task.rounds, task.epoch)
                    (task.bits, task.kernels) = (bits, path.rawValue)
                    (task.repetitions, task.featureBits) = (options.rounds, featureBits)
                    let pair = try Pair(task)
                    let results = try pair.run()
                    let reference = try LayerReference(&subject)
                    let outcome = LayerOutcome(task, results, reference: reference.seconds(for: results))
                    report.add(outcome.row(cores: pair.cores.count))
                    for line in outcome.lines { report.note(line) }
                }
            }
        }
        try report.finish()
    }
}
