import Alignment
import ArgumentParser

/// Private set intersection, whole and by its operations.
struct AlignmentBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alignment",
        abstract: "Private set intersection: two processes, a core each, over TLS on loopback; points of Curve25519.",
        discussion: """
            ecdh-N and vole-N: whole alignments by either method, N ids at each of two parties, half of them common, e-mail \
            addresses in another random order at either. Measured from the texts to the common rows at both parties, after the \
            connection stands: hashing and sorting, the opening, and every bucket. The rows must be the right ones in one order, \
            or the benchmark fails. Each round starts two new processes, so that the peak of memory is one alignment's. ecdh is \
            given as ids of one party by its one core's seconds, vole in seconds. The reference, for a million ids only, is what \
            is known of the strongest open peer: 16.0 s and 76 MB, 2.6 s and 33 MB.

            Wall time depends on what else the machine does; the processor's seconds of the steps that must follow each other, \
            which are given as undisturbed, do so much less. Bytes are those of all frames of both parties, in all and by the ids \
            of one party.

            scalar-multiply, scalar-multiply-each, hash-to-curve, check-point: what ecdh does with a point, on one core and on \
            all. References are libcrypto's X25519, keys made beforehand, for multiplication; for hash and check one mpz_powm \
            with the exponent (p - 1) / 2, which either needs at least.
            """)

    @Flag(help: "Print one JSON object instead of a table.")
    var json = false

    @Option(parsing: .upToNextOption, help: "Ids of either party of a whole alignment; several for several rows.")
    var ids = [1_000_000]

    @Option(help: "Ids of a bucket before padding. The method's own.")
    var bucketSize: Int?

    @Option(help: "Rounds of every measurement.")
    var rounds = 3

    @Option(help: "Only rows whose name begins so.")
    var only = ""

    func validate() throws {
        guard rounds > 0 else { throw ValidationError("--rounds is 1 or more") }
        guard bucketSize ?? 1 > 0 else { throw ValidationError("--bucket-size is 1 or more") }
        guard ids.allSatisfy({ (2...AlignmentProtocol.idLimit).contains($0) }) else {
            throw ValidationError("--ids takes 2 to \(AlignmentProtocol.idLimit)")
        }
    }

    func run() throws {
        var report = Report("alignment", isJSON: json)
        report.noteLoad()
        for count in ids {
            for method in AlignmentMethod.allCases {
                let task = AlignmentTask(method: method, ids: count, bucketSize: bucketSize)
                guard task.name.hasPrefix(only) else { continue }
                let pair = try Pair(task)
                let outcome = try AlignmentOutcome(task, (0..<rounds).map { _ in try pair.run() })
                report.add(outcome.row(cores: pair.cores.count))
                for line in outcome.lines { report.note(line) }
            }
        }
        try CurveRows(rounds: rounds, only: only).add(to: &report)
        try report.finish()
    }
}
