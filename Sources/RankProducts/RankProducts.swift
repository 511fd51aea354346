internal import Arithmetic
package import Paillier
internal import Synchronization
internal import Workers

/// A party's side of products that its ranks compute: cuts each product, sends every rank its piece, and puts the answers together.
///
/// One serves all jobs of a party at once. Private keys never come near it: what goes to ranks are moduli, ciphertexts and this
/// party's own multipliers (features, derivatives, shares), over whatever network lies between the party's machines.
package final class RankProducts: ProductSharing {
    /// Seconds after which the next rows begin a request of their own, so that nobody waits for long: neither whoever gives the
    /// product up, nor another job. Requests are this long only where they still fill lanes and threads; never longer than the second.
    private static let (turn, longestTurn) = (0.5, 5.0)

    /// Which products go to the ranks.
    package enum Choice: Sendable {
        /// Those that are done sooner there, by what is known of costs.
        case sooner
        /// All: for tests and measurements.
        case all
    }

    private let ranks: Int
    private let threads: Int
    private let choice: Choice
    private let request: @Sendable ([UInt8]) throws -> [UInt8]
    private let state = Mutex(State())

    private struct State: Sendable {
        var held = HeldOperands()
        var pace = Pace()
    }

    /// - Parameters:
    ///   - ranks: How many there are.
    ///   - threads: Of each.
    ///   - choice: Which products they compute.
    ///   - request: Hands a request to the ranks' ``ProductService`` and waits for the answer; may be called on several threads.
    package init(
        ranks: Int, threads: Int, choice: Choice = .sooner,
        request: @escaping @Sendable ([UInt8]) throws -> [UInt8]
    ) {
        precondition(ranks > 0 && threads > 0, "ranks have threads")
        (self.ranks, self.threads, self.choice, self.request) = (ranks, threads, choice, request)
    }

    package func product(
        variableTime plain: Multipliers, _ operand: EncryptedOperand, join: RowJoin
    ) throws(PaillierError) -> [Ciphertext]? {
        guard plain.rows > 0, plain.columns > 0, operand.ciphertexts.columns > 0 else { return nil }
        precondition(plain.columns == operand.ciphertexts.rows, "inner dimensions agree")
        let task = ProductTask(plain, operand, join)
        guard let split = choose(task) else { return nil }
        let groups = task.join.groups(of: plain)
        let turns = turns(of: split, task, groups: groups)
        defer { if !operand.isReused { state.withLock { $0.held.drop(operand) } } }
        var results: [Ciphertext] = []
        for turn in 0..<turns {
            guard !WorkContext.current.isCancelled else { throw .cancelled }
            let own = groups * turn / turns..<groups * (turn + 1) / turns
            results += try compute(own, of: task, split, uses: operand.isReused ? operand.uses : turns)
            WorkContext.current.progress?(turn + 1, turns)
        }
        return results
    }

    // MARK: - Choice

    /// The split; `nil` where the product is done sooner by this process alone. What was chosen for an operand that is reused holds for all its
    /// products with the same join, so that what ranks keep of it serves them.
    private func choose(_ task: ProductTask) -> ProductSplit? {
        if task.operand.isReused, let choice = state.withLock({ $0.held.choice(for: task.operand, task.join) }) {
            return choice.split
        }
        let byte = state.withLock { $0.pace.byteCost(keyBits: task.keyBits) }
        let split = task.operand.split(task.plain, join: task.join, into: ranks, threads: threads, exchanging: byte)
        let chosen = choice == .all || isSooner(task, split) ? split : nil
        if task.operand.isReused { state.withLock { $0.held.note(.init(split: chosen), for: task.operand, task.join) } }
        return chosen
    }

    private func isSooner(_ task: ProductTask, _ split: ProductSplit) -> Bool {
        let own = min(WorkerPool.shared.threads, WorkContext.current.threads ?? .max)
        let here = task.operand.cost(of: task.plain, join: task.join, threads: own)
        let unit = state.withLock { $0.pace.seconds(keyBits: task.keyBits) }
        return split.cost * unit + Pace.transfer(task.bytes) < here * unit
    }

    private func turns(of split: ProductSplit, _ task: ProductTask, groups: Int) -> Int {
        let seconds = state.withLock { $0.pace.seconds(keyBits: task.keyBits) } * split.cost
        let filled = max(1, groups / (8 * threads * split.rowParts))
        let wanted = min(Int(seconds / Self.turn) + 1, filled)
        return min(max(wanted, Int(seconds / Self.longestTurn) + 1), groups)
    }

    // MARK: - One request

    private func compute(
        _ groups: Range<Int>, of task: ProductTask, _ split: ProductSplit, uses: Int
    ) throws(PaillierError) -> [Ciphertext] {
        let pieces = split.pieces(of: task.plain, join: task.join, groups: groups)
        precondition(pieces.count <= ranks, "a piece for each rank at most")
        let keeping =
            uses > 1 ? state.withLock { ProductOrder.Keeping(name: $0.held.name(of: task.operand), uses: uses) } : nil
        // A rank may have let go of what it was to keep, once; it is given it again then.
        for _ in 0..<2 {
            let (forget, holders) = state.withLock { ($0.held.takeForgotten(), $0.held.holders(of: task.operand)) }
            // Tables are built together by all ranks or none, and by those that have none yet.
            let outline = holders.isSuperset(of: pieces.indices) ? nil : outline(of: split, pieces, task)
            let known = outline == nil ? holders : []
            let work = try task.work(pieces, holders: known, keeping: keeping, outline: outline)
            let orders = (0..<ranks).map { rank in
                ProductOrder(forget: forget, work: rank < work.count ? work[rank] : nil).encoded
            }
            let request = ProductRequest(sharesTables: outline != nil, orders: orders)
            let answers = try ask(request, about: task.operand)
            if let problem = answers.firstProblem { throw .elsewhere(problem) }
            let missing = answers.indices.filter { answers[$0] == .missing }
            if keeping != nil {
                let now = known.union(pieces.indices).subtracting(missing)
                state.withLock { $0.held.note(holders: now, of: task.operand) }
            }
            if missing.isEmpty {
                if pieces.count == split.count { note(answers, split, of: task, groups) }
                if let outline {
                    note(answers, exchanging: task.operand.tableBytes(outline, task.plain, join: task.join))
                }
                return try task.results(answers, of: pieces, groups)
            }
        }
        throw .elsewhere("a rank does not keep what it was given")
    }

    /// The outline of a split where it holds for these pieces: one for each rank, of multipliers like those that it was made for.
    private func outline(of split: ProductSplit, _ pieces: [ProductPiece], _ task: ProductTask) -> ProductOutline? {
        guard let outline = split.outline, pieces.count == ranks else { return nil }
        return task.operand.serves(outline, task.plain, join: task.join) ? outline : nil
    }

    /// Sends orders and waits for the answers, but no longer than anybody wants them.
    private func ask(
        _ orders: ProductRequest, about operand: EncryptedOperand
    ) throws(PaillierError) -> [ProductAnswer] {
        let call = Call()
        startThread { [request, ranks] in call.end(with: Call.answers(to: orders, of: ranks, request)) }
        guard let outcome = call.wait(while: WorkContext.current) else {
            // Whether it came so far that ranks have the operand nobody knows.
            state.withLock { $0.held.note(holders: [], of: operand) }
            throw .cancelled
        }
        do { return try outcome.get() } catch {
            state.withLock { $0.held.note(holders: [], of: operand) }
            throw .elsewhere("\(error)")
        }
    }

    private func note(_ answers: [ProductAnswer], _ split: ProductSplit, of task: ProductTask, _ groups: Range<Int>) {
        let seconds = answers.map { if case .done(_, let seconds, _) = $0 { seconds } else { 0 } }.max() ?? 0
        let share = Double(groups.count) / Double(task.join.groups(of: task.plain))
        state.withLock { $0.pace.note(seconds, for: split.cost * share, keyBits: task.keyBits) }
    }

    /// - Parameter bytes: Of all tables.
    private func note(_ answers: [ProductAnswer], exchanging bytes: Int) {
        // The others were held up by something else.
        let seconds = answers.compactMap { if case .done(_, _, let seconds) = $0 { seconds } else { nil } }.min() ?? 0
        state.withLock { $0.pace.note(exchange: seconds, of: bytes / ranks * (ranks - 1)) }
    }
}

extension [ProductAnswer] {
    fileprivate var firstProblem: String? {
        for (rank, answer) in enumerated() {
            if case .failed(let problem) = answer { return "rank \(rank): \(problem)" }
        }
        return nil
    }
}
