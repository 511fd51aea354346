import Coordination
import Foundation
import Jobs
import Link
import Specification
import Support

/// Ctrl-C, or SIGTERM, at the coordinator while a job waits or runs: its parties and its record hear why it ends, in place of finding
/// the coordinator gone. The same signal once more ends the process at once.
final class Interruption {
    private static let signals = [SIGINT, SIGTERM]
    /// How long parties may take to say how the job ended there, in seconds.
    private static let patience = 10.0

    private let sources: [any DispatchSourceSignal]

    init(of record: LiveRecord, _ controller: JobController, folder: String) {
        sources = Self.signals.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                signal(number, SIG_DFL)
                Self.stop(record, controller, folder)
            }
            source.resume()
            return source
        }
    }

    /// Signals end the process again, as ever.
    func end() {
        sources.forEach { $0.cancel() }
        for number in Self.signals { signal(number, SIG_DFL) }
    }

    private static func stop(_ record: LiveRecord, _ controller: JobController, _ folder: String) {
        let now = record.now
        guard !now.hasEnded, let coordinator = try? Party(PartnerList.coordinatorName) else { return }
        let failure = ControlMessage.Failure(
            party: coordinator, step: now.position ?? "queue", reason: AbortReason.stopping.name,
            detail: "told to stop by a signal")
        controller.cancel(failure)
        // Parties at which the job waits say nothing more; those at which it runs may have gone silent.
        let isSilent = if case .queued = now.state { true } else { false }
        DispatchQueue.global().asyncAfter(deadline: .now() + (isSilent ? 0.5 : patience)) {
            try? record.update {
                guard !$0.hasEnded else { return }
                $0.state = .failed(failure)
                $0.waiting = nil
            }
            say("colonnade resume \(now.id) --coordinator \(folder)  goes on from the last checkpoint")
            say("colonnade why \(now.id) --coordinator \(folder)  repeats this later:")
            say("error: \(ControlError.failed(failure))")
            exit(ExitStatus.failed.rawValue)
        }
    }
}
