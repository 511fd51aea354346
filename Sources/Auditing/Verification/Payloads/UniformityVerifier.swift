internal import ExternalSort
internal import Glibc
internal import Pages
internal import Specification
internal import Transcript

/// Tests whether masked shares look uniformly random, step by step on each link, over all their frames.
///
/// What fails was not masked over its whole width, or not freshly. What passes proves no mask good: any generator's output passes,
/// one with a known seed too.
struct UniformityVerifier {
    /// A transcript of shares that are uniform is rejected with less than this chance, as an exponent of 2.
    static let exponent = -40
    /// More steps with masked shares on a party's links than any job has: of a hostile file the first so many are tested.
    private static let limit = 128

    private struct Step: Hashable {
        let protocolName: String
        let name: String
        let peer: Party
        let isOutgoing: Bool

        var description: String { "\(name) of \(protocolName) \(isOutgoing ? "to" : "from") \(peer)" }
    }

    /// All frames of one step.
    private struct Sample {
        let step: Step
        let record: Int?
        let frame: Int?
        var statistics = WordStatistics()
        var words = 0
        /// Words that equal an earlier one, and the first frame that has one.
        var repeated = 0
        var repeatedIn = Int.max
    }

    private var samples: [Sample] = []
    private var indices: [Step: Int] = [:]
    /// Words with their sample, placed at their frame.
    private var words = ExternalSorter()
    private var problem: ExternalSortError?
    private var isOverLimit = false

    /// Counts a frame of kind masked share.
    mutating func take(_ frame: TranscriptRecord.FrameRecord, _ payload: [UInt8], _ findings: Findings) {
        let step = Step(
            protocolName: frame.header.protocolName, name: frame.header.step, peer: frame.peer,
            isOutgoing: frame.isOutgoing)
        guard let index = index(of: step, findings) else { return isOverLimit = true }
        let new = samples[index].statistics.add(payload)
        samples[index].words += new.count
        guard problem == nil else { return }
        do throws(ExternalSortError) {
            for word in new {
                try words.append(
                    PlacedKey(high: word, low: UInt64(index), place: UInt64(findings.frame ?? 0)))
            }
        } catch { problem = error }
    }

    private mutating func index(of step: Step, _ findings: Findings) -> Int? {
        if let index = indices[step] { return index }
        guard samples.count < Self.limit else { return nil }
        samples.append(Sample(step: step, record: findings.record, frame: findings.frame))
        indices[step] = samples.count - 1
        return samples.count - 1
    }

    /// All frames were counted.
    mutating func finish(_ findings: inout Findings) {
        countRepetitions()
        let tests = samples.map { sample in
            sample.statistics.tests + [
                WordStatistics.Test(
                    subject: "equal words, the first in frame \(sample.repeatedIn)",
                    logChance: TailBound.repeatedWords(sample.repeated, of: sample.words))
            ]
        }
        // As many tests as there are share the chance of a false alarm.
        let limit = Double(Self.exponent) * log(2) - log(Double(max(1, tests.joined().count)))
        for (sample, tests) in zip(samples, tests) {
            guard let worst = tests.min(by: { $0.logChance < $1.logChance }), worst.logChance < limit else { continue }
            findings.add(
                Finding(
                    .uniformity, party: findings.party, peer: sample.step.peer, record: sample.record,
                    frame: sample.frame, expected: "uniformly random bits in all of \(sample.step.description)",
                    found: "\(worst.subject), over \(sample.statistics.payloads.counted("frame")) and "
                        + "\(sample.statistics.bytes.counted("byte")), as random ones have with a chance below "
                        + "2^\(Int((worst.logChance / log(2)).rounded(.up)))"))
        }
        if let problem {
            findings.add(
                .uniformity, .incomplete, expected: "all words of masked shares compared", found: problem.description)
        }
        if isOverLimit {
            findings.add(
                .uniformity, .incomplete, expected: "at most \(Self.limit) steps with masked shares", found: "more")
        }
        (samples, indices) = ([], [:])
    }

    private mutating func countRepetitions() {
        var previous: PlacedKey?
        var counts: [Int: (repeated: Int, frame: Int)] = [:]
        do throws(ExternalSortError) {
            try words.visit { key in
                if let previous, previous.high == key.high, previous.low == key.low {
                    let (repeated, frame) = counts[Int(key.low)] ?? (0, .max)
                    counts[Int(key.low)] = (repeated + 1, min(frame, Int(key.place)))
                }
                previous = key
            }
        } catch { problem = error }
        for (index, count) in counts { (samples[index].repeated, samples[index].repeatedIn) = count }
    }
}
