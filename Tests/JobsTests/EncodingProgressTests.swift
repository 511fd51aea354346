import Coordination
import Jobs
import Link
import Specification
import Synchronization
import Testing

/// Encoding all rows may take minutes: whoever watches a job hears how far it is.
@Suite(.timeLimit(.minutes(1))) struct EncodingProgressTests {
    /// What the party with the tower said, in order.
    private final class Heard: Sendable {
        private let said = Mutex<[ControlMessage.Progress]>([])

        func take(_ progress: ControlMessage.Progress) { said.withLock { $0.append(progress) } }

        /// Of a stage, what counts something; how much of how much.
        func counts(of stage: ControlMessage.Stage) -> [(done: Int, of: Int)] {
            said.withLock { $0.filter { $0.stage == stage && $0.of > 0 }.map { ($0.done, $0.of) } }
        }

        var stages: [ControlMessage.Stage] { said.withLock { $0.map(\.stage) } }
    }

    @Test func rowsThatAreEncodedAreToldOfWhenAModelIsTrainedAndUsed() throws {
        let made = try HistoryFederation(owners: [1])
        let owner = made.parties[1]
        var job = try made.job("protection=none", "towers={phone: \(HistoryFederation.tower(events: 256))}")
        for attempt in 0..<2 {
            let heard = Heard()
            let report = try made.recorded(job).run(over: MemoryNetwork(parties: made.parties), attempt: attempt) {
                if $0 == owner { heard.take($1) }
            }
            let encoded = heard.counts(of: .prepare)
            #expect(encoded.last.map { $0 == (HistoryFederation.rows, HistoryFederation.rows) } == true, "\(encoded)")
            // The rows that it learned for are encoded right after it has learned.
            let learned = heard.stages.lastIndex(of: .pretrain)
            #expect((learned == nil) == (attempt == 1) && encoded.count > (attempt == 0 ? 1 : 0), "\(encoded)")
            if let learned { #expect(heard.stages[learned...].contains(.prepare)) }
            job.predict = report.modelID
        }
    }
}
