internal import Coordination
internal import Link
internal import Specification
internal import Synchronization
internal import Workers

/// The jobs that a party has, waiting and running: its queue, what each of them may take, and what is written down of them.
final class JobsHere: Sendable {
    /// One stay of a job here: the same job may come again, and what belongs to an earlier stay is not done to a later one.
    struct Visit: Hashable, Sendable {
        let hash: String
        fileprivate let serial: Int
        /// This party's number for it.
        let number: Int
    }

    private struct Live {
        let serial: Int
        var record: PartyJob
        var running: RunningJob?
        var cores: CoreShare?
        /// When its record was last written.
        var saved = ContinuousClock.now
    }

    private struct State {
        var queue: JobQueue
        /// By hash, as in the queue.
        var live: [String: Live] = [:]
        var serial = 0
        var isStopping = false

        /// What there is of a visit, as long as it lasts.
        subscript(visit: Visit) -> Live? {
            get { live[visit.hash].flatMap { $0.serial == visit.serial ? $0 : nil } }
            set { if self[visit] != nil { live[visit.hash] = newValue } }
        }
    }

    /// How often the progress of a job that is in one stage is written down.
    private static let interval = Duration.seconds(5)

    private let party: Party
    private let quotas: Quotas
    private let records: PartyJobs
    private let log: @Sendable (String) -> Void
    private let state: Monitor<State>
    /// Held while a record is written: the latest is the last.
    private let saving = Mutex(())

    /// - Throws: `StateError` where records cannot be read or written.
    init(_ file: PartyFile, log: @escaping @Sendable (String) -> Void) throws {
        (party, quotas, self.log) = (file.name, file.quotas, log)
        records = try PartyJobs(state: file.state)
        try records.settleInterrupted()
        state = Monitor(
            State(
                queue: JobQueue(
                    .init(atOnce: quotas.atOnce, waiting: quotas.queue, memory: quotas.memory))))
    }

    // MARK: - Coming and going

    /// Lets a job in, at the end of the queue.
    ///
    /// - Parameter exclusive: What it must have to itself.
    /// - Throws: ``RunError`` with what a person can do, `StateError`.
    func enter(
        _ job: Job, hash: String, attempt: Int, memory: Int, exclusive: String?
    ) throws -> Visit {
        var demand = JobQueue.Demand(memory: memory, exclusive: exclusive)
        // A rough estimate forbids nothing that a person has not forbidden: then it runs alone.
        if !quotas.limitsMemory { demand.memory = min(demand.memory, quotas.memory) }
        let record = PartyJob(job, hash: hash, attempt: attempt, at: party, memory: memory)
        // Nobody who removes what ended jobs left misses that this one is there.
        return try StateFile.alone(in: records.folder) {
            let visit = try state.withLock { state throws(RunError) -> Visit in
                guard !state.isStopping else { throw RunError(.stopping, "\(party) is about to stop") }
                do throws(JobQueue.Refusal) {
                    let number = try state.queue.enter(hash, demand)
                    state.serial += 1
                    state.live[hash] = Live(serial: state.serial, record: record)
                    return Visit(hash: hash, serial: state.serial, number: number)
                } catch { throw problem(error, record, state.live[hash]?.record) }
            }
            records.forgetCancellation(of: record.id)
            do { try records.save(record) } catch {
                leave(visit)
                throw error
            }
            return visit
        }
    }

    private func problem(_ refusal: JobQueue.Refusal, _ job: PartyJob, _ known: PartyJob?) -> RunError {
        switch refusal {
        case .isHere:
            RunError(
                .busy,
                "\(party) has job \(job.name) already, \(known?.state.rawValue ?? "queued") as \(known?.id ?? job.id): wait for its end, "
                    + "or end it (colonnade-party cancel)")
        case .full(let waiting):
            RunError(
                .busy,
                "\(waiting) jobs wait at \(party) already, as many as its file lets (jobs.queue): run the job later")
        case .tooLarge(let memory, let limit):
            RunError(
                .outOfMemory,
                "job \(job.name) needs about \(ByteCount.text(memory)) at \(party), whose file gives \(ByteCount.text(limit)) to "
                    + "jobs (jobs.memory): take fewer rows (align.sample) or columns, or have that raised")
        }
    }

    /// Gives a job its final number.
    func settle(_ visit: Visit, at number: Int) -> Bool { state.withLock { $0.queue.settle(visit.hash, at: number) } }

    /// Starts a job that is ready.
    /// - Returns: The cores that it has; `nil` where it was not ready.
    func start(_ visit: Visit) -> CoreShare? {
        let share = state.withLock { state -> CoreShare? in
            guard !state.isStopping, state.queue.start(visit.hash) else { return nil }
            let share = CoreShare(1)
            state[visit]?.cores = share
            divide(&state)
            state[visit]?.record.turn(.running)
            return share
        }
        save(visit)
        return share
    }

    /// A job that was started runs from now on.
    func run(_ visit: Visit, _ job: RunningJob) {
        let isStopping = state.withLock { state in
            state[visit]?.running = job
            return state.isStopping
        }
        if isStopping { job.cancel(stopping) }
    }

    /// Takes a job out, and writes down how it ended, unless that was done before.
    func leave(_ visit: Visit, _ ending: PartyJob.State = .cancelled, _ failure: ControlMessage.Failure? = nil) {
        saving.withLock { _ in
            // The record first: who sees a free place finds it written why.
            guard var record = state.withLock({ $0[visit]?.record }) else { return }
            record.turn(ending, failure)
            do { try records.save(record) } catch { log("\(error)") }
            records.forgetCancellation(of: record.id)
            state.withLock { state in
                state[visit] = nil
                state.queue.leave(visit.hash)
                divide(&state)
            }
        }
    }

    // MARK: - How jobs stand

    /// Where a job is in the queue; `nil` once it is ready.
    func place(of visit: Visit) -> ControlMessage.Place? {
        let (place, isNew) = state.withLock { state -> (ControlMessage.Place?, Bool) in
            guard state.queue.phase(of: visit.hash)?.holds != true else {
                let isNew = state[visit]?.record.state == .queued
                if isNew { state[visit]?.record.turn(.ready) }
                return (nil, isNew)
            }
            let place = state.queue.place(of: visit.hash)
            let neighbour = place.behind.flatMap { state.live[$0]?.record }
            return (
                ControlMessage.Place(
                    before: place.before,
                    behind: neighbour.map {
                        .init(name: $0.name, id: $0.id, isRunning: $0.state == .running, since: $0.since)
                    }), false
            )
        }
        if isNew { save(visit) }
        return place
    }

    /// Why a job is to end, where this party's people want it.
    func cancellation(of visit: Visit) -> AbortCause? {
        let (id, isStopping) = state.withLock { ($0[visit]?.record.id, $0.isStopping) }
        if isStopping { return stopping }
        guard let id, records.isToBeCancelled(id) else { return nil }
        return AbortCause(party: party, step: ControlMessage.Failure.operatorStep, reason: .cancelled)
    }

    /// Takes a job's progress down; writes it where there is something new.
    func note(_ visit: Visit, _ progress: ControlMessage.Progress) {
        let isDue = state.withLock { state -> Bool in
            guard var live = state[visit] else { return false }
            let isNew = live.record.progress?.stage != progress.stage
            live.record.progress = progress
            live.record.progress?.note = nil
            let isDue = isNew || ContinuousClock.now - live.saved > Self.interval
            if isDue { live.saved = .now }
            state[visit] = live
            return isDue
        }
        if isDue { save(visit) }
    }

    /// Takes no more jobs, gives up all that are here, and waits a moment until all have heard of it.
    func stop() {
        let running = state.withLock { state in
            state.isStopping = true
            return state.live.values.compactMap(\.running)
        }
        for job in running { job.cancel(stopping) }
        _ = state.wait(until: .now + .seconds(5)) { $0.live.isEmpty ? () : nil }
    }

    private var stopping: AbortCause { AbortCause(party: party, step: "serve", reason: .stopping) }

    private func divide(_ state: inout State) {
        let shares = state.queue.names.compactMap { name in state.live[name]?.cores.map { (name, $0) } }
        guard !shares.isEmpty else { return }
        CoreShare.divide(quotas.cores, among: shares.map(\.1))
        for (name, share) in shares { state.live[name]?.record.cores = share.cores }
    }

    private func save(_ visit: Visit) {
        saving.withLock { _ in
            guard let record = state.withLock({ $0[visit]?.record }) else { return }
            do { try records.save(record) } catch { log("\(error)") }
        }
    }
}
