import Foundation

/// What a transcript costs beside the rounds that it records.
struct RecordingOutcome {
    struct Details: Encodable {
        /// The recorder's seconds by all others of the processors, both parties' together.
        var timeShare: Double
        /// Of the files' growth by all bytes that were sent and taken, both parties' together.
        var bytesShare: Double
        var framesPerRound: Double
        var fileBytesPerRound: Double
        var crossedBytesPerRound: Double
        /// Milliseconds of a round: the recorder's, and the processor's in all.
        var parties: [Seat: [String: Double]]
    }

    let row: Row
    let lines: [String]

    init(_ task: LayerTask, _ results: [Seat: LayerResult], level: String, cores: Int) {
        let rounds = Double(task.repetitions * task.rounds)
        func sum(_ value: (LayerResult) -> Double) -> Double { results.values.reduce(0) { $0 + value($1) } / rounds }
        func recording(_ result: LayerResult) -> Recording { result.recording ?? Recording() }
        func cpu(_ result: LayerResult) -> Double { result.repetitions.reduce(0) { $0 + $1.cpuSeconds } }
        let recorder = sum { recording($0).seconds }
        let others = sum(cpu) - recorder
        let fileBytes = sum { Double(recording($0).fileBytes) }
        let crossedBytes = sum { Double(recording($0).crossedBytes) }
        let details = Details(
            timeShare: recorder / others, bytesShare: fileBytes / crossedBytes,
            framesPerRound: sum { Double(recording($0).frames) }, fileBytesPerRound: fileBytes,
            crossedBytesPerRound: crossedBytes,
            parties: results.mapValues {
                ["recorder": recording($0).seconds / rounds * 1000, "processor": cpu($0) / rounds * 1000]
            })
        var row = Row(
            name: "record-\(level)-\(task.name)", bits: task.bits, cores: cores, path: task.kernels, ours: recorder,
            reference: others, unit: "seconds of the processors a round", against: "all else of the round",
            ratio: others / recorder)
        row.details = Row.Details(content: details)
        self.row = row
        lines =
            [
                String(
                    format:
                        "%.3g %% of the time; %.0f frames a round, both ends: %.0f bytes for %.0f, %.3g %%",
                    details.timeShare * 100, details.framesPerRound, fileBytes, crossedBytes, details.bytesShare * 100)
            ]
            + Seat.allCases.compactMap { seat in
                details.parties[seat].map { party in
                    String(
                        format: "%@: ms a round: recorder %.3f, processor %.1f", seat.rawValue,
                        party["recorder"] ?? 0, party["processor"] ?? 0)
                }
            }
    }
}
