import ArgumentParser
import Auditing
import Cryptography
import Foundation

/// What writing a transcript costs in a job, and verifying one afterwards.
struct TranscriptBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transcript",
        abstract: "What transcripts cost: while a layer is trained, and when they are verified.",
        discussion: """
            record-headers-LAYER, record-full-LAYER: the processors' seconds that recording takes in a training round of a layer \
            of 'layer', against all others of the round, in the same run; below, the shares of time and of bytes. What the system \
            does afterwards to bring the file to the disk is not in it, nor is the transcript's header, which does not grow with \
            the job.

            verify-headers-N: frames that are verified in a second of the processor, of a transcript of N without payloads. \
            verify-full-N: megabytes of N that are, with payloads of a kind in which nothing is looked for; verify-shares-N: with \
            masked shares, whose words are counted and compared. The reference is one SHA-256 over as many bytes in memory. The \
            transcripts are made up, of noise, and lie in the temporary folder ($TMPDIR) while they are verified. Each size is \
            followed by ten times as much; the most memory that the process has had so far stands below each.
            """)

    @OptionGroup var options: CommonOptions

    @Option(help: "Rounds of training of each measurement.")
    var batches: Int?

    @Option(help: "Frames of the long transcript without payloads.")
    var frames = 1_000_000

    @Option(help: "Gigabytes of the long transcript with payloads; of masked shares, a tenth.")
    var gigabytes = 2.0

    /// 256 KiB: as many bytes as 512 ciphertexts under a key of 2048 bits.
    private static let payloadNumbers = 1 << 15

    func validate() throws {
        guard batches ?? 1 > 0 else { throw ValidationError("--batches is 1 or more") }
        guard (20...100_000_000).contains(frames) else { throw ValidationError("--frames takes 20 to 100 million") }
        guard (0.01...1000).contains(gigabytes) else { throw ValidationError("--gigabytes takes 0.01 to 1000") }
    }

    func run() throws {
        var report = Report("transcript", isJSON: options.json)
        report.noteLoad()
        for count in [frames / 10, frames] {
            try verify(
                "verify-headers-\(count)", rounds: count / 2, numbers: 4, of: .tags, keepsPayloads: false, &report)
        }
        for (name, content, size) in [
            ("full", MadeTranscript.Content.tags, gigabytes / 10), ("full", .tags, gigabytes),
            ("shares", .shares, gigabytes / 100), ("shares", .shares, gigabytes / 10),
        ] {
            let rounds = max(1, Int(size * 1e9 / Double(2 * 8 * Self.payloadNumbers)))
            try verify(
                "verify-\(name)-\(Int((size * 1000).rounded()))", rounds: rounds, numbers: Self.payloadNumbers,
                of: content, keepsPayloads: true, &report)
        }
        for bits in options.bits {
            for path in try options.paths {
                for (level, keepsPayloads) in [("headers", false), ("full", true)] {
                    for var task in LayerTask.all where "record-\(level)-\(task.name)".hasPrefix(options.only) {
                        task.rounds = min(batches ?? task.rounds, task.epoch)
                        (task.bits, task.kernels) = (bits, path.rawValue)
                        (task.repetitions, task.keepsPayloads) = (options.rounds, keepsPayloads)
                        let pair = try Pair(task)
                        let outcome = try RecordingOutcome(task, pair.run(), level: level, cores: pair.cores.count)
                        report.add(outcome.row)
                        for line in outcome.lines { report.note(line) }
                    }
                }
            }
        }
        try report.finish()
    }

    private func verify(
        _ name: String, rounds: Int, numbers: Int, of content: MadeTranscript.Content, keepsPayloads: Bool,
        _ report: inout Report
    ) throws {
        guard name.hasPrefix(options.only) else { return }
        let made = try MadeTranscript(rounds: rounds, numbers: numbers, of: content, keepsPayloads: keepsPayloads)
        let block = SystemRandom.bytes(1 << 20)
        let blocks = max(1, made.bytes / block.count)
        var (wall, processor, reference): ([Double], [Double], [Double]) = ([], [], [])
        for _ in 0..<options.rounds {
            var verdict = Verdict.rejected
            var taken = 0.0
            wall.append(
                seconds {
                    taken = processorSeconds {
                        verdict = Verification(of: [made.path], against: made.conventions).verdict
                    }
                })
            guard verdict == .accepted else { throw PairFailure(description: "\(name) was \(verdict)") }
            processor.append(taken)
            reference.append(
                processorSeconds {
                    var hash = SHA256()
                    for _ in 0..<blocks { hash.update(block) }
                    _ = hash.digest()
                })
        }
        let details = VerificationDetails(
            bytes: made.bytes, frames: rounds * 2, seconds: wall.median, processorSeconds: processor.median,
            peakMemory: Stopwatch.peakMemory)
        var row =
            if keepsPayloads {
                Row(
                    name: name, bits: 0, cores: 1, path: "", ours: Double(made.bytes) / processor.median / 1e6,
                    reference: Double(blocks * block.count) / reference.median / 1e6,
                    unit: "MB per second of the processor", against: "one SHA-256",
                    ratio: zip(processor, reference).map { $1 / $0 }.median)
            } else {
                Row(
                    name: name, bits: 0, cores: 1, path: "", ours: Double(rounds * 2) / processor.median,
                    unit: "frames per second of the processor")
            }
        row.details = Row.Details(content: details)
        report.add(row)
        report.note(
            String(
                format:
                    "%.1f MB, %d frames: %.2f s of the processor, %.2f s of wall time; at most %d kB of memory so far",
                Double(made.bytes) / 1e6, details.frames, details.processorSeconds, details.seconds,
                details.peakMemory))
    }

    private func processorSeconds(_ work: () -> Void) -> Double {
        let start = Stopwatch.threadSeconds
        work()
        return Stopwatch.threadSeconds - start
    }

    private struct VerificationDetails: Encodable {
        var bytes: Int
        var frames: Int
        /// Medians, by the wall and of the processor.
        var seconds: Double
        var processorSeconds: Double
        /// The most that the process has had so far, in kilobytes.
        var peakMemory: Int
    }
}
