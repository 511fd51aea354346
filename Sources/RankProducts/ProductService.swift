internal import Arithmetic
internal import Paillier
package import Ranks
internal import Specification
internal import Synchronization
internal import Workers

/// A rank's side of products: computes its piece of each.
///
/// Rank 0 has the whole request and hands every other rank its part; answers go back the same way. What cannot be read or computed
/// is answered in words; only a rank that is gone is an error here.
package final class ProductService: Sendable {
    /// The kind of request that it serves.
    package static let kind = "product"

    private struct Kept: Sendable {
        var moduli = Recent<[UInt8], ProductModulus>(most: 8)
        var operands = Recent<UInt64, EncryptedOperand>(most: 64)
    }

    private let threads: Int
    private let kept = Mutex(Kept())

    /// - Parameter threads: That a piece is computed on.
    package init(threads: Int) { self.threads = threads }

    /// How many operands it keeps for products to come.
    package var keptOperands: Int { kept.withLock { $0.operands.count } }

    /// Serves one request together with all other ranks.
    ///
    /// - Parameter payload: The request at rank 0; of no meaning at the others.
    /// - Returns: The answer at rank 0; nothing at the others.
    /// - Throws: `RankError`.
    package func handle(_ ranks: any Collectives, _ payload: [UInt8]) throws(RankError) -> [UInt8] {
        guard ranks.rank == 0 else {
            let message = try ranks.receive(from: 0)
            let order = Array(message.dropFirst())
            let answer = message.first == 1 ? try self.answer(to: order, with: ranks) : answer(to: order)
            try ranks.send(answer.encoded, to: 0)
            return []
        }
        // Whatever the request is, all others wait for their part of it.
        let request = try? ProductRequest(decoding: payload, ranks: ranks.count)
        for rank in 1..<max(1, ranks.count) { try ranks.send(request?.message(to: rank) ?? [], to: rank) }
        let order = request?.orders[0] ?? []
        let own = request?.sharesTables == true ? try answer(to: order, with: ranks) : answer(to: order)
        var answers = [own.encoded]
        for rank in 1..<max(1, ranks.count) { answers.append(try ranks.receive(from: rank)) }
        return RankBytes.encoded(answers)
    }

    /// What this rank has to say to its part of a request.
    package func answer(to bytes: [UInt8]) -> ProductAnswer {
        answer {
            let order = try order(bytes)
            guard let work = order.work else { return .idle }
            guard let task = try task(work) else { return .missing }
            return try task.compute(nil)
        }
    }

    /// The same where all ranks build tables together. A rank that cannot says so to the others, so that nobody waits for it.
    private func answer(to bytes: [UInt8], with ranks: any Collectives) throws(RankError) -> ProductAnswer {
        let exchange = RankExchange(ranks)
        var ready: Task?
        var tables: [UInt8] = []
        let problem = self.problem {
            (ready, tables) = try taskWithTables(of: bytes)
        }
        if let problem = try exchange.agree(problem.map { .unable($0) } ?? .ready(tables)) { return .failed(problem) }
        let answer = self.answer { try ready?.compute(exchange) ?? .idle }
        if let error = exchange.error { throw error }
        return answer
    }

    private func taskWithTables(of bytes: [UInt8]) throws -> (Task, [UInt8]) {
        guard let work = try order(bytes).work, let outline = work.outline, case .given = work.operand else {
            throw SpecificationError.malformed("an order without an operand, or an outline of the tables")
        }
        guard let task = try task(work), task.operand.serves(outline, work.multipliers, join: work.join) else {
            throw SpecificationError.malformed("an outline of another product")
        }
        return (task, work.tables(outline))
    }

    private func answer(_ body: () throws -> ProductAnswer) -> ProductAnswer {
        var answer = ProductAnswer.idle
        let problem = problem { answer = try body() }
        return problem.map { .failed($0) } ?? answer
    }

    /// What goes wrong in a body, in words.
    private func problem(_ body: () throws -> Void) -> String? {
        do {
            try WorkContext(threads: threads).run(body)
            return nil
        } catch let error as SpecificationError {
            return "a request that cannot be read: \(error)"
        } catch {
            return "\(error)"
        }
    }

    private func order(_ bytes: [UInt8]) throws -> ProductOrder {
        let order = try ProductOrder(decoding: bytes)
        kept.withLock { kept in order.forget.forEach { kept.operands.remove($0) } }
        return order
    }

    /// - Returns: `nil` where an operand is not kept that should be.
    private func task(_ work: ProductOrder.Work) throws -> Task? {
        let start = ContinuousClock.now
        let modulus = try modulus(work.modulus)
        guard let operand = try operand(work, modulus) else { return nil }
        let cells = operand.ciphertexts
        guard cells.rows == work.rows, cells.columns == work.columns else {
            throw SpecificationError.malformed("\(work.rows) x \(work.columns) of \(cells.rows) x \(cells.columns)")
        }
        return Task(work: work, modulus: modulus, operand: operand, start: start)
    }

    /// A piece of a product with all that it needs.
    private struct Task {
        let work: ProductOrder.Work
        let modulus: ProductModulus
        let operand: EncryptedOperand
        let start: ContinuousClock.Instant

        func compute(_ exchange: RankExchange?) throws -> ProductAnswer {
            let sharing = work.outline.flatMap { exchange?.sharing($0) }
            let product = try operand.product(variableTime: work.multipliers, join: work.join, sharing: sharing)
            let bytes = modulus.encode(product)
            return .done(
                bytes, seconds: (ContinuousClock.now - start) / .seconds(1), exchanging: exchange?.seconds ?? 0)
        }
    }

    private func modulus(_ encoded: [UInt8]) throws -> ProductModulus {
        if let modulus = kept.withLock({ $0.moduli[encoded] }) { return modulus }
        let modulus = try ProductModulus(encoded: encoded)
        kept.withLock { $0.moduli[encoded] = modulus }
        return modulus
    }

    private func operand(_ work: ProductOrder.Work, _ modulus: ProductModulus) throws -> EncryptedOperand? {
        switch work.operand {
        case .kept(let name): return kept.withLock { $0.operands[name] }
        case .given(let bytes, let keeping):
            let (count, overflow) = work.rows.multipliedReportingOverflow(by: work.columns)
            guard !overflow else { throw SpecificationError.malformed("\(work.rows) x \(work.columns) ciphertexts") }
            let elements = try modulus.decode(bytes, count: count)
            let operand = modulus.operand(
                Matrix(rows: work.rows, columns: work.columns, elements: elements), uses: keeping?.uses ?? 1)
            if let keeping { kept.withLock { $0.operands[keeping.name] = operand } }
            return operand
        }
    }
}

private enum Tag { static let (size, bytes) = (1, 2) }

extension Collectives {
    fileprivate func send(_ bytes: [UInt8], to rank: Int) throws(RankError) {
        try bytes.count.bigEndianBytes.withBytes { (size) throws(RankError) in try send(size, to: rank, tag: Tag.size) }
        guard !bytes.isEmpty else { return }
        try bytes.withBytes { (bytes) throws(RankError) in try send(bytes, to: rank, tag: Tag.bytes) }
    }

    fileprivate func receive(from rank: Int) throws(RankError) -> [UInt8] {
        let count = try receive(8, from: rank, tag: Tag.size).reduce(0) { $0 << 8 | Int($1) }
        return count == 0 ? [] : try receive(count, from: rank, tag: Tag.bytes)
    }

    private func receive(_ count: Int, from rank: Int, tag: Int) throws(RankError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        try bytes.withUnsafeMutableBufferPointer { (buffer) throws(RankError) in
            try receive(into: UnsafeMutableRawBufferPointer(buffer), from: rank, tag: tag)
        }
        return bytes
    }
}

extension Int {
    fileprivate var bigEndianBytes: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: self >> (56 - 8 * $0)) } }
}

extension [UInt8] {
    fileprivate func withBytes(_ body: (UnsafeRawBufferPointer) throws(RankError) -> Void) throws(RankError) {
        try withUnsafeBufferPointer { (buffer) throws(RankError) in try body(UnsafeRawBufferPointer(buffer)) }
    }
}

/// The values that were last asked for.
private struct Recent<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private let most: Int
    private var values: [Key: Value] = [:]
    /// The latest at the end.
    private var order: [Key] = []

    init(most: Int) { self.most = most }

    var count: Int { values.count }

    mutating func remove(_ key: Key) {
        values[key] = nil
        order.removeAll { $0 == key }
    }

    subscript(key: Key) -> Value? {
        mutating get {
            guard let value = values[key] else { return nil }
            order.removeAll { $0 == key }
            order.append(key)
            return value
        }
        set {
            remove(key)
            guard let newValue else { return }
            values[key] = newValue
            order.append(key)
            if order.count > most { remove(order[0]) }
        }
    }
}
