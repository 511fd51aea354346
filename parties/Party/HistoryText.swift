import Foundation
import HistoryTower
import Jobs
import Support

/// What `colonnade-party history` prints.
enum HistoryText {
    static func printJSON(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    static func percent(_ share: Double) -> String { "\(number((share * 1000).rounded() / 10)) %" }

    /// Without a fraction of nothing.
    private static func number(_ value: Double) -> String { value == value.rounded() ? "\(Int(value))" : "\(value)" }

    static func line(_ history: String, _ update: StoreUpdate) -> String {
        let rebuilt = update.entitiesRebuilt > 0 ? " (\(update.entitiesRebuilt) anew: their past changed)" : ""
        return
            "\(history): \(update.built) events of \(update.entitiesBuilt) entities built\(rebuilt), \(update.appended) appended, "
            + "\(update.kept) were kept; \(String(format: "%.1f", update.seconds)) s"
    }

    static func lines(_ answer: KeptHistories.Answer) -> [String] {
        var lines = [
            "history       \(answer.history), \(percent(answer.share)) of the events in sight",
            "events        \(answer.events)"
                + (answer.kept == answer.events
                    ? ", all in the store"
                    : ", \(answer.kept) in the store: 'colonnade-party history append' adds the others"),
        ]
        if answer.kept > 0 {
            lines.append("outputs       " + answer.outputs.map { String(format: "%.4f", $0) }.joined(separator: " "))
        }
        if let probe = answer.probe {
            lines += [
                String(
                    format: "one more      %.3f ms with the share, %.3f ms with all in sight: %.1f times",
                    1e3 * probe.secondsOfShare, 1e3 * probe.secondsOfAll,
                    probe.secondsOfAll / max(probe.secondsOfShare, 1e-9)),
                String(format: "difference    outputs differ by %.2f %%", 100 * probe.difference),
            ]
        }
        return lines
    }

    static func lines(_ store: KeptHistories.Store) -> [String] {
        [
            "history       \(store.history), \(percent(store.share)) of the events in sight",
            "              an event attends to the first \(store.first), the latest \(store.recent) and \(store.chosen) chosen of "
                + "\(store.inSight); what the others add is estimated",
            "events        \(store.events) of \(store.entities) entities",
            "keys, values  \(ByteCount.text(store.valueBytes)) on the disk",
            "codes         \(ByteCount.text(store.codeBytes)) with code books"
                + (store.codeBytes > 0
                    ? String(
                        format: ": keys take %.0f times as much", Double(store.valueBytes) / 2 / Double(store.codeBytes)
                    )
                    : ", which short histories do without"),
            "outputs       \(ByteCount.text(store.outputBytes))",
            "journal       \(ByteCount.text(store.journalBytes))",
            "folder        \(store.path)",
        ]
    }
}

/// Progress on standard error: one line that changes on a terminal, a line every few seconds elsewhere.
final class ProgressLine {
    private let name: String
    private let start = ContinuousClock.now
    private var last: ContinuousClock.Instant?
    private let isTerminal = isatty(STDERR_FILENO) == 1

    init(_ name: String) { self.name = name }

    func show(_ done: Int, of all: Int) {
        let patience: Duration = isTerminal ? .milliseconds(100) : .seconds(5)
        guard ContinuousClock.now - (last ?? start) > patience else { return }
        last = .now
        let left = (ContinuousClock.now - start) / .seconds(1) / Double(max(1, done)) * Double(all - done)
        let line = "\(name): \(done) of \(all) events, \(Int(left.rounded(.up))) s left"
        if isTerminal {
            FileHandle.standardError.write(Data("\r\u{1B}[K\(line)".utf8))
        } else {
            say(line)
        }
    }

    func end() {
        if isTerminal, last != nil { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    }
}
