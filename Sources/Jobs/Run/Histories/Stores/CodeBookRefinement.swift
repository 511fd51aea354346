internal import HistoryCache
internal import Link
internal import ProductQuantisation
internal import Workers

/// Learns code books better while a party waits for its partners in the source layer: PQCache's overlap (Zhang et al., SIGMOD 2025,
/// section 4.2), with the secure layer's rounds in the place of a language model's prefill.
///
/// Code books that an update learned serve the events that come next; so this is after an answer, and never delays it. What is learned
/// differs from run to run, as waits do.
package final class CodeBookRefinement: Sendable {
    /// How far the rounds are.
    private struct State {
        var start = ContinuousClock.now
        var done = 0
        var of = 0
        var isOver = false
        /// Nil while the thread works.
        var outcome: Outcome?
    }

    /// What came of it.
    package struct Outcome {
        /// Entities whose code books were learned on.
        package var entities = 0
        package var problem: String?

        /// For a report.
        func notes(of party: String) -> [String] {
            var notes: [String] = []
            if entities > 0 {
                notes.append(
                    "while it waited, \(party) learned code books of \(entities) entities better, for events to come")
            }
            if let problem { notes.append("other code books of \(party)'s histories stay as they are: \(problem)") }
            return notes
        }
    }

    private let histories: [StoredHistory]
    private let state = Monitor(State())

    /// Starts a thread of low priority.
    ///
    /// - Returns: `nil` where nothing was learned that could be learned better.
    package init?(of histories: [StoredHistory]) {
        self.histories = histories.filter { !$0.learned.isEmpty }
        guard !self.histories.isEmpty else { return nil }
        startThread(isBackground: true) { [self] in
            var outcome = Outcome()
            do { try refine(&outcome) } catch { outcome.problem = "\(error)" }
            state.withLock { $0.outcome = outcome }
        }
    }

    /// So many rounds are over.
    package func advance(_ done: Int, of all: Int) { state.withLock { ($0.done, $0.of) = (done, all) } }

    /// The wait is over. Returns when the thread is, after what it learns at this moment.
    package func end() -> Outcome {
        state.withLock { $0.isOver = true }
        while true {
            if let outcome = state.wait(until: .now + .seconds(60), for: { $0.outcome }) { return outcome }
        }
    }

    /// Seconds of rounds to come, by those so far; waits for the first of them. Nil when the wait is over.
    private func secondsLeft() -> Double? {
        while true {
            let left = state.wait(until: .now + .seconds(60)) { state -> Double? in
                if state.isOver { return 0 }
                guard state.done > 0 else { return nil }
                let each = (ContinuousClock.now - state.start) / .seconds(1) / Double(state.done)
                return each * Double(state.of - state.done)
            }
            if let left { return left > 0 ? left : nil }
        }
    }

    private func refine(_ outcome: inout Outcome) throws {
        var waiting = histories.reduce(0) { $0 + $1.learned.count }
        for history in histories {
            let shape = history.store.shape
            guard secondsLeft() != nil else { return }
            let cost = LearningCost.measured(
                QuantisedShape(dimension: shape.dimension, subspaces: shape.subspaces, bits: shape.bits))
            for entity in history.learned {
                guard let left = secondsLeft() else { break }
                try history.store.cache(entity).learn(iterations: .within(seconds: left / Double(waiting), cost))
                waiting -= 1
                outcome.entities += 1
            }
            try history.store.synchronise()
        }
    }
}
