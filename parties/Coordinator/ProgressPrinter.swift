import Coordination
import Foundation
import Jobs
import Link
import Specification
import Support

/// Progress on standard error: one line that changes on a terminal, a line every few seconds elsewhere.
final class ProgressPrinter: Sendable {
    private struct State {
        var stage: ControlMessage.Stage?
        var stageStart = ContinuousClock.now
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

    /// Takes news of one party; rounds are shown as the label party sees them.
    func show(_ party: Party, _ progress: ControlMessage.Progress) {
        guard !isQuiet else { return }
        state.withLock { state in
            state.bytes[party] = progress.bytes
            if let note = progress.note {
                closeLine(&state)
                say("  \(party): \(note)")
            }
            guard party == label else { return }
            if state.stage != progress.stage {
                closeLine(&state)
                (state.stage, state.stageStart) = (progress.stage, .now)
                state.lastLine = .now - .seconds(60)
            }
            let isLast = progress.of > 0 && progress.done == progress.of
            guard isTerminal || isLast || ContinuousClock.now - state.lastLine > .seconds(5) else { return }
            state.lastLine = .now
            write(line(progress, state), &state)
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

    private func line(_ progress: ControlMessage.Progress, _ state: State) -> String {
        var line = "  \(progress.stage.rawValue)"
        guard progress.of > 0 else { return line + " ..." }
        line += " \(progress.done)/\(progress.of)"
        if let loss = progress.loss { line += String(format: "  loss %.4f", loss) }
        line += "  \(Report.size(state.bytes.values.reduce(0, +))) sent"
        if progress.done > 0, progress.done < progress.of {
            let elapsed = (ContinuousClock.now - state.stageStart) / .seconds(1)
            let left = elapsed / Double(progress.done) * Double(progress.of - progress.done)
            line += "  \(Report.time(left)) left"
        }
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
