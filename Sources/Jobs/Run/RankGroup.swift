package import Paillier
package import RankProducts
package import Ranks
package import Specification
internal import Synchronization
internal import Workers

/// What a party asks its ranks over.
package protocol RankConnection: Sendable {
    /// One request at a time goes to all ranks; others wait.
    func request(_ kind: String, _ payload: [UInt8], note: ([UInt8]) -> Bool) throws(RankError) -> [UInt8]
    /// Ends the ranks.
    func end()
}

extension RankProcesses: RankConnection {}

/// The ranks of a party, for all jobs that run here: started when the first of them has something for ranks to do, ended with the last one.
/// Where a rank is gone, the jobs that had it end; the next one has new ranks.
package final class RankGroup: Sendable {
    private let party: Party
    private let settings: RankSettings
    private let choice: RankProducts.Choice
    private let start: @Sendable () throws(RankError) -> any RankConnection
    private let state = Mutex(State())

    private struct State: Sendable {
        var seat: RankSeat?
        /// That have it.
        var jobs = 0
    }

    /// - Parameters:
    ///   - choice: What they compute.
    ///   - start: Starts ranks and waits until they are there.
    package init(
        _ party: Party, _ settings: RankSettings, choice: RankProducts.Choice = .sooner,
        start: @escaping @Sendable () throws(RankError) -> any RankConnection
    ) {
        (self.party, self.settings, self.choice, self.start) = (party, settings, choice, start)
    }

    /// Ranks that are processes.
    ///
    /// - Parameters:
    ///   - program: `colonnade-party`, at the same path on every machine.
    ///   - log: Told what ranks and their launcher write.
    package convenience init(
        _ party: Party, _ settings: RankSettings, program: String, log: @escaping @Sendable (String) -> Void
    ) {
        self.init(party, settings) { () throws(RankError) in
            var options = RankProcesses.Options(
                count: settings.count, program: program, arguments: ["rank", "--threads", "\(settings.threads)"])
            options.hosts = settings.hosts
            options.log = { log("ranks: \($0)") }
            let processes = try RankProcesses(options)
            let places = processes.ranks.map { "\($0.rank) on \($0.host), process \($0.process)" }
            log("ranks run: " + places.joined(separator: "; "))
            return processes
        }
    }

    /// A job's place at the ranks, for as long as it keeps it.
    package func enter() -> RankSeat {
        state.withLock { state in
            if let seat = state.seat, !seat.hasFailed {
                state.jobs += 1
                return seat
            }
            let seat = RankSeat(party, settings, choice, start)
            state = State(seat: seat, jobs: 1)
            return seat
        }
    }

    /// Gives the place back.
    package func leave(_ seat: RankSeat) {
        let isLast = state.withLock { state in
            guard state.seat === seat else { return false }
            state.jobs -= 1
            if state.jobs == 0 { state.seat = nil }
            return state.jobs == 0
        }
        // Ranks that are just starting have to be there before they can be ended, and no job waits for that.
        if isLast { startThread { seat.end() } }
    }
}

/// A place at one life of a party's ranks.
package final class RankSeat: Sendable {
    private let life: RankLife
    private let settings: RankSettings
    private let choice: RankProducts.Choice
    /// Computes products at the ranks.
    package let products: any ProductSharing

    fileprivate init(
        _ party: Party, _ settings: RankSettings, _ choice: RankProducts.Choice,
        _ start: @escaping @Sendable () throws(RankError) -> any RankConnection
    ) {
        let life = RankLife(party, start)
        (self.life, self.settings, self.choice) = (life, settings, choice)
        let products = RankProducts(ranks: settings.count, threads: settings.threads, choice: choice) {
            try life.request(ProductService.kind, $0)
        }
        self.products = ProductsBetweenTrainings(products: products, life: life)
    }

    /// Trains towers at the ranks, which do nothing else meanwhile.
    ///
    /// - Parameter state: The party's state folder.
    func towers(state: String) -> TowerRanks {
        TowerRanks(settings.count, hosts: settings.hosts, isPreferred: choice == .all, state: state) {
            [life] kind, payload, note in
            try life.training { try life.request(kind, payload, note: note) }
        }
    }

    fileprivate var hasFailed: Bool { life.hasFailed }
    /// Ends the ranks.
    func end() { life.end() }
}

/// Products that a party computes by itself while its ranks train a tower: nobody waits for hours.
private struct ProductsBetweenTrainings: ProductSharing {
    let products: RankProducts
    let life: RankLife

    func product(
        variableTime plain: Multipliers, _ operand: EncryptedOperand, join: RowJoin
    ) throws(PaillierError) -> [Ciphertext]? {
        guard !life.isTraining else { return nil }
        return try products.product(variableTime: plain, operand, join: join)
    }
}

/// One life of a party's ranks, from the first request to the last, or to the first that fails.
private final class RankLife: Sendable {
    private enum Stage {
        case before
        case running(any RankConnection)
        case over
    }

    private let party: Party
    private let start: @Sendable () throws(RankError) -> any RankConnection
    /// Held while ranks start: all who want something of them wait for that.
    private let stage = Mutex(Stage.before)
    private let failure = Mutex<RankFailure?>(nil)
    private let trainings = Atomic(0)

    init(_ party: Party, _ start: @escaping @Sendable () throws(RankError) -> any RankConnection) {
        (self.party, self.start) = (party, start)
    }

    var hasFailed: Bool { failure.withLock { $0 != nil } }

    /// Whether work is under way that takes long.
    var isTraining: Bool { trainings.load(ordering: .relaxed) > 0 }

    func training<Output>(_ body: () throws -> Output) rethrows -> Output {
        trainings.add(1, ordering: .relaxed)
        defer { trainings.subtract(1, ordering: .relaxed) }
        return try body()
    }

    func request(
        _ kind: String, _ payload: [UInt8], note: ([UInt8]) -> Bool = { _ in true }
    ) throws(RankFailure) -> [UInt8] {
        do throws(RankError) {
            return try connection().request(kind, payload, note: note)
        } catch {
            // They are ready for other work.
            if error == .stopped { throw RankFailure(party: party, error: error) }
            // The first failure is the cause of those that follow.
            let first = failure.withLock { failure in
                let first = failure ?? RankFailure(party: party, error: error)
                failure = first
                return first
            }
            end()
            throw first
        }
    }

    private func connection() throws(RankError) -> any RankConnection {
        try stage.withLock { (stage) throws(RankError) in
            switch stage {
            case .running(let connection): return connection
            case .over: throw .ended
            case .before:
                let connection = try start()
                stage = .running(connection)
                return connection
            }
        }
    }

    /// Nothing starts them again.
    func end() {
        let last = stage.withLock { stage in
            defer { stage = .over }
            return stage
        }
        if case .running(let connection) = last { connection.end() }
    }
}

/// What became of a party's ranks, in words that name it.
package struct RankFailure: Error, Hashable, CustomStringConvertible {
    package let description: String

    init(party: Party, error: RankError) {
        guard case .died(let rank?, let host, let cause) = error else {
            description = "the ranks of \(party): \(error)"
            return
        }
        description =
            "rank \(rank) of \(party)" + (host.map { " on \($0)" } ?? "")
            + (cause.hasPrefix("killed") ? " was \(cause)" : " ended: \(cause)")
    }
}
