import Alignment
import Cryptography
import Foundation
import Vole

/// What the rounds of one alignment say: medians.
struct AlignmentOutcome {
    /// What stands in a row beside what all rows have.
    struct Details: Encodable {
        /// From the first text to the last row, at the party that takes longer.
        var seconds: Double
        var leastSeconds: Double
        /// Of it until both have sorted hashes.
        var collectingSeconds: Double
        /// Ids of a party by the seconds and the one core that it has.
        var idsPerSecond: Double
        /// The seconds if nobody else used the two cores: by the processor's time of what must happen one after the other, of the
        /// round with the least of it. Without the link's part, which is small.
        var undisturbedSeconds: Double
        var undisturbedIDsPerSecond: Double
        /// Of all frames of both parties.
        var bytes: Int
        /// These by the ids of one party.
        var bytesPerID: Double
        var reference: Reference?
        var parties: [Seat: PartyDetails]
    }

    struct PartyDetails: Encodable {
        /// Of the processor, in all threads.
        var cpuSeconds: Double
        /// Of it until the hashes are sorted.
        var collectingCPUSeconds: Double
        /// Of it for the role's answer to each step, of the round with the least.
        var steps: [String: Double]
        /// In megabytes.
        var peakMemory: Int
    }

    /// What is known of the strongest open peer, one core a side, on a machine like the one that the README names: constants, not run
    /// here.
    struct Reference: Encodable {
        let seconds: Double
        let megabytes: Double
        let source: String

        /// For a million ids a side.
        static func of(_ task: AlignmentTask) -> Reference? {
            guard task.ids == 1_000_000 else { return nil }
            return switch task.method {
            case .ecdh: Reference(seconds: 16.0, megabytes: 76, source: "the strongest open peer's ECDH, not run here")
            case .vole: Reference(seconds: 2.6, megabytes: 33, source: "the strongest open peer's RR22, not run here")
            }
        }
    }

    private let task: AlignmentTask
    private let details: Details

    /// - Throws: `PairFailure` unless both parties found the same rows.
    init(_ task: AlignmentTask, _ rounds: [[Seat: AlignmentResult]]) throws {
        self.task = task
        for results in rounds {
            guard Set(results.values.map(\.digest)).count == 1 else {
                throw PairFailure(description: "the parties have the common rows in different orders")
            }
        }
        func median(_ value: ([Seat: AlignmentResult]) -> Double) -> Double { rounds.map(value).median }
        func longest(_ seconds: @escaping (AlignmentResult) -> Double) -> ([Seat: AlignmentResult]) -> Double {
            { $0.values.map(seconds).max() ?? 0 }
        }
        let seconds = median(longest(\.seconds))
        let undisturbed = rounds.map { results in task.path.seconds { results[$0]?.steps ?? [:] } }.min() ?? 0
        let bytes = rounds.map { $0.values.reduce(0) { $0 + $1.aligning.bytesSent } }.max() ?? 0
        details = Details(
            seconds: seconds, leastSeconds: rounds.map(longest(\.seconds)).min() ?? 0,
            collectingSeconds: median(longest(\.collecting.seconds)), idsPerSecond: Double(task.ids) / seconds,
            undisturbedSeconds: undisturbed, undisturbedIDsPerSecond: Double(task.ids) / undisturbed, bytes: bytes,
            bytesPerID: Double(bytes) / Double(task.ids), reference: .of(task),
            parties: Dictionary(
                uniqueKeysWithValues: Seat.allCases.map { seat in
                    func own(_ value: (AlignmentResult) -> Double) -> Double { median { $0[seat].map(value) ?? 0 } }
                    let best = rounds.compactMap { $0[seat] }.min { $0.cpuSeconds < $1.cpuSeconds }
                    return (
                        seat,
                        PartyDetails(
                            cpuSeconds: own(\.cpuSeconds), collectingCPUSeconds: own(\.collecting.cpuSeconds),
                            steps: best?.steps ?? [:],
                            peakMemory: (rounds.compactMap { $0[seat]?.peakMemory }.max() ?? 0) / 1024)
                    )
                }))
    }

    func row(cores: Int) -> Row {
        let reference = details.reference
        var row =
            switch task.method {
            case .ecdh:
                Row(
                    name: task.name, bits: 255, cores: cores, path: CurvePath.fastest.rawValue,
                    ours: details.idsPerSecond, reference: reference.map { Double(task.ids) / $0.seconds },
                    unit: "ids per second per core and side")
            case .vole:
                Row(
                    name: task.name, bits: 128, cores: cores, path: VolePath.fastest.rawValue, ours: details.seconds,
                    reference: reference?.seconds, unit: "seconds")
            }
        row.against = reference?.source
        row.ratio = reference.map { $0.seconds / details.seconds }
        row.details = Row.Details(content: details)
        return row
    }

    /// The details for a table.
    var lines: [String] {
        let reference = details.reference.map {
            String(format: "; reference %.1f s, %.0f MB", $0.seconds, $0.megabytes)
        }
        var lines = [
            String(
                format: "%.2f s median, %.2f s least, %.2f s of it to hash and sort", details.seconds,
                details.leastSeconds, details.collectingSeconds),
            String(
                format: "%.0f ids a second; undisturbed %.2f s, %.0f", details.idsPerSecond,
                details.undisturbedSeconds, details.undisturbedIDsPerSecond),
            String(
                format: "%.1f MB in all, %.1f bytes an id of one party", Double(details.bytes) / 1e6,
                details.bytesPerID) + (reference ?? ""),
        ]
        for seat in Seat.allCases {
            guard let party = details.parties[seat] else { continue }
            lines.append(
                String(
                    format: "\(seat): processor %.2f s, %.2f s of it to hash and sort; %d MB at most", party.cpuSeconds,
                    party.collectingCPUSeconds, party.peakMemory))
            for (step, seconds) in party.steps.sorted(by: { $0.value > $1.value }) where seconds >= 0.0005 {
                lines.append("  \(step.padded(24)) \(String(format: "%.3f", seconds))")
            }
        }
        return lines
    }
}

extension AlignmentResult {
    var seconds: Double { collecting.seconds + aligning.seconds }
    var cpuSeconds: Double { collecting.cpuSeconds + aligning.cpuSeconds }
}
