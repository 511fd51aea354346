import Coordination
import Foundation
import Jobs
import Link
import Specification
import Support

/// Progress on standard error: one line that changes on a terminal, a line every few seconds elsewhere.
final class ProgressPrinter: Sendable {
    /// What the line is about.
    private struct Shown: Hashable {
        let stage: ControlMessage.Stage
        let party: Party
    }

    /// One run through steps, of which a stage may have several: since when it is watched, and how far it was then.
    private struct Course {
        let stage: ControlMessage.Stage
        let of: Int
        let firstDone: Int
        var lastDone: Int
        let start = ContinuousClock.now

        init(_ progress: ControlMessage.Progress) {
            (stage, of, firstDone, lastDone) = (progress.stage, progress.of, progress.done, progress.done)
        }

        func goesOn(with progress: ControlMessage.Progress) -> Bool {
            (progress.stage, progress.of) == (stage, of) && progress.done >= lastDone
        }

        /// Seconds, if all steps take as long as those that were seen; `nil` where none was.
        var left: Double? {
            guard lastDone > firstDone, lastDone < of else { return nil }
            return (ContinuousClock.now - start) / .seconds(1) / Double(lastDone - firstDone) * Double(of - lastDone)
        }
    }

    private struct State {
        /// Of which party and stage the line is.
        var shown: Shown?
        /// What each party is at.
        var courses: [Party: Course] = [:]
        var lastLine = ContinuousClock.now - .seconds(60)
        var bytes: [Party: Int] = [:]
        var isLineOpen = false
    }

    private let label: Party
    private let isQuiet: Bool
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let state = Monitor(State())

    init(label: Party, isQuiet: Bool) {
        self.label = label
        self.isQuiet = isQuiet
    }

    /// Takes news of one party; rounds are shown as the label party sees them, and towers over histories as each party that has one.
    func show(_ party: Party, _ progress: ControlMessage.Progress) {
        guard !isQuiet else { return }
        state.withLock { state in
            state.bytes[party] = progress.bytes
            if let note = progress.note {
                closeLine(&state)
                say("  \(party): \(note)")
            }
            // Towers over histories learn, encode rows, or read what is new.
            let isOfHistories = progress.stage == .pretrain || progress.stage == .prepare && progress.of > 0
            guard party == label || isOfHistories else { return }
            if state.courses[party]?.goesOn(with: progress) != true { state.courses[party] = Course(progress) }
            state.courses[party]?.lastDone = progress.done
            let shown = Shown(stage: progress.stage, party: party)
            if state.shown != shown {
                closeLine(&state)
                state.shown = shown
                state.lastLine = .now - .seconds(60)
            }
            let isLast = progress.of > 0 && progress.done == progress.of
            guard isTerminal || isLast || ContinuousClock.now - state.lastLine > .seconds(5) else { return }
            state.lastLine = .now
            write(line(progress, of: party, state), &state)
        }
    }

    /// Says where the job waits for a place.
    func wait(_ party: Party, _ place: ControlMessage.Place?) {
        guard !isQuiet, let place else { return }
        state.withLock { state in
            closeLine(&state)
            say("  waiting at \(party): \(place.text)")
        }
    }

    /// Ends an open line.
    func end() { state.withLock { closeLine(&$0) } }

    private func line(_ progress: ControlMessage.Progress, of party: Party, _ state: State) -> String {
        var line = "  \(progress.stage.rawValue)\(party == label ? "" : " at \(party)")"
        guard progress.of > 0 else { return line + " ..." }
        line += " \(progress.done)/\(progress.of)"
        if let loss = progress.loss { line += String(format: "  loss %.4f", loss) }
        line += "  \(Report.size(state.bytes.values.reduce(0, +))) sent"
        if let left = state.courses[party]?.left { line += "  \(Report.time(left)) left" }
        return line
    }

    private func write(_ line: String, _ state: inout State) {
        if isTerminal {
            FileHandle.standardError.write(Data("\r\u{1B}[K\(line)".utf8))
            state.isLineOpen = true
        } else {
            say(line)
        }
    }

    private func closeLine(_ state: inout State) {
        guard state.isLineOpen else { return }
        FileHandle.standardError.write(Data("\n".utf8))
        state.isLineOpen = false
    }
}
