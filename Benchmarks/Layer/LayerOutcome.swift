import Foundation

/// What a measurement says: of wall time the median and the least, of everything else the mean.
struct LayerOutcome {
    /// What stands in a row beside what all rows have.
    struct Details: Encodable {
        /// Of an epoch.
        var seconds: Double
        var leastSeconds: Double
        /// The processors' seconds of both parties.
        var cpuSeconds: Double
        /// `ours` of the repetition with the least wall time.
        var best: Double
        /// `ours` if nobody else used the two cores: by the processor's time of what must happen one after the other. Without the
        /// link's part, which is small.
        var undisturbed: Double
        /// `ours` if neither core ever waited, for a partner or for somebody else: by the processors' seconds of both parties.
        var atFullUse: Double
        var epochRounds: Int
        var measuredRounds: Int
        var bytesPerRound: Double
        var bytesPerEpoch: Double
        var setupSeconds: Double
        var setupBytes: Int
        var parties: [Seat: PartyDetails]
    }

    /// Milliseconds of a round.
    struct PartyDetails: Encodable {
        /// The processor's.
        var cpu: Double
        /// The role waits for its partner, for the link, or for the core.
        var wait: Double
        /// The processor's, for a role's answer to a frame, by its step; `out` where the step begins by itself.
        var steps: [String: Double]
        /// The key's part in it.
        var operations: [String: [LayerOperation: Double]]
        /// In megabytes.
        var peakMemory: Int
    }

    private let task: LayerTask
    private let details: Details
    private let ours: Double
    private let reference: Double

    /// - Parameter reference: Seconds of one core for one repetition.
    init(_ task: LayerTask, _ results: [Seat: LayerResult], reference: Double) {
        self.task = task
        func sum(_ value: (LayerResult) -> Double) -> Double { results.values.reduce(0) { $0 + value($1) } }
        // Both parties begin and end a repetition together, within the answer to one frame.
        let repetitions = (0..<task.repetitions).map { index in
            results.values.map { $0.repetitions[index].seconds }.max() ?? 0
        }
        let scale = Double(task.rows) / Double(task.measuredRows)
        let rounds = Double(task.repetitions * task.rounds)
        let seconds = repetitions.median * scale
        let least = (repetitions.min() ?? 0) * scale
        let cpu = sum { $0.repetitions.reduce(0) { $0 + $1.cpuSeconds } } * scale / Double(task.repetitions)
        let bytes = sum { $0.repetitions.reduce(0) { $0 + Double($1.bytesSent) } } / rounds
        let cores = 2.0
        let path = task.path.seconds { results[$0]?.sums.steps ?? [:] }
        func rate(_ seconds: Double) -> Double {
            switch task.measure {
            case .cellsPerSecondPerCore: Double(task.rows * (task.label + task.feature)) / seconds / cores
            case .seconds: seconds
            case .rowsPerSecond: Double(task.rows) / seconds
            }
        }
        ours = rate(seconds)
        self.reference = rate(reference * scale / cores)
        details = Details(
            seconds: seconds, leastSeconds: least, cpuSeconds: cpu, best: rate(least),
            undisturbed: rate(path / rounds * Double(task.rounds) * scale), atFullUse: rate(cpu / cores),
            epochRounds: task.epoch, measuredRounds: task.rounds, bytesPerRound: bytes,
            bytesPerEpoch: bytes * Double(task.epoch), setupSeconds: results.values.map(\.setup.seconds).max() ?? 0,
            setupBytes: results.values.reduce(0) { $0 + $1.setup.bytesSent },
            parties: results.mapValues { PartyDetails($0, rounds: rounds) })
    }

    func row(cores: Int) -> Row {
        var row = Row(
            name: task.name, bits: task.bits, cores: cores, path: task.kernels, ours: ours, reference: reference,
            unit: task.measure.rawValue, against: "GMP",
            ratio: task.measure == .seconds ? reference / ours : ours / reference)
        row.details = Row.Details(content: details)
        return row
    }

    /// The details for a table.
    var lines: [String] {
        func ms(_ value: Double) -> String { String(format: "%.1f", value) }
        var lines = [
            String(
                format: "epoch of %d rounds (%d measured): %.3g s median, %.3g s least, %.3g s of both processors",
                details.epochRounds, details.measuredRounds, details.seconds, details.leastSeconds,
                details.cpuSeconds)
                + String(format: "; %.5g at best", details.best)
                + String(
                    format: ", %.5g undisturbed, %.5g if no core waited", details.undisturbed, details.atFullUse),
            String(
                format: "%.0f bytes a round, %.2f MB an epoch; setup %.2f s, %.2f MB", details.bytesPerRound,
                details.bytesPerEpoch / 1e6, details.setupSeconds, Double(details.setupBytes) / 1e6),
        ]
        for seat in Seat.allCases {
            guard let party = details.parties[seat] else { continue }
            lines.append(
                "\(seat): ms a round: processor \(ms(party.cpu)), waiting \(ms(party.wait)); "
                    + "\(party.peakMemory) MB at most")
            for (step, time) in party.steps.sorted(by: { $0.value > $1.value }) {
                let operations = party.operations[step, default: [:]].sorted { $0.value > $1.value }
                    .map { "\($0.key) \(ms($0.value))" }
                lines.append("  \(step.padded(12)) \(ms(time).padded(-7))   " + operations.joined(separator: ", "))
            }
        }
        return lines
    }
}

extension LayerOutcome.PartyDetails {
    init(_ result: LayerResult, rounds: Double) {
        func perRound(_ seconds: Double) -> Double { seconds / rounds * 1000 }
        cpu = perRound(result.repetitions.reduce(0) { $0 + $1.cpuSeconds })
        wait = perRound(
            result.repetitions.reduce(0) { $0 + $1.seconds } - result.sums.steps.values.reduce(0, +))
        steps = result.sums.steps.mapValues(perRound)
        operations = result.sums.operations.mapValues { $0.mapValues(perRound) }
        peakMemory = result.peakMemory / 1024
    }
}
