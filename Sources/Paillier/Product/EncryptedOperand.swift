package import Arithmetic
internal import Residues
internal import Synchronization
internal import Workers

/// A matrix of ciphertexts that stands on the right of products. Where it is reused, what was computed from it alone stays
/// with it.
public final class EncryptedOperand: Sendable {
    let radix: RadixModulus
    package let ciphertexts: Matrix<Ciphertext>
    /// How many products are expected to use it.
    package let uses: Int
    private let kept = Mutex<Prepared?>(nil)

    /// A plan, and tables for every column of the operand.
    struct Prepared: Sendable {
        let plan: ProductPlan
        let join: RowJoin
        let columns: [OperandColumn]
    }

    /// How often an operand that is reused is expected to be used, where nobody knows.
    static let usualUses = 64

    init(_ radix: RadixModulus, _ ciphertexts: Matrix<Ciphertext>, uses: Int) {
        precondition(uses > 0, "an operand is for a product")
        (self.radix, self.ciphertexts, self.uses) = (radix, ciphertexts, uses)
    }

    /// Whether several products use it.
    package var isReused: Bool { uses > 1 }

    /// The kept plan and tables, if they serve these multipliers; or new ones.
    ///
    /// - Parameter sharing: With whom new tables are built, by their outline.
    /// - Throws: `PaillierError.cancelled`, and what an exchange throws.
    func prepared(
        for multipliers: Multipliers, join: RowJoin, sharing: TableSharing? = nil
    ) throws(PaillierError) -> Prepared {
        if let kept = kept.withLock({ $0 }), kept.join == join, multipliers.fit(kept.plan) {
            return Prepared(plan: kept.plan.with(rows: multipliers.rows), join: join, columns: kept.columns)
        }
        let outlined = sharing?.outline.plan(rows: multipliers.rows, join: join, entryBytes: radix.bytesPerElement)
        let plan = outlined ?? plan(for: multipliers, join: join)
        var columns: [OperandColumn] = []
        for column in 0..<ciphertexts.columns {
            let residues = (0..<ciphertexts.rows).map { ciphertexts[$0, column].residue }
            guard let bases = OperandColumn(radix, residues, plan, join: join) else { throw .cancelled }
            columns.append(bases)
        }
        if let sharing, outlined != nil { try Self.share(columns, sharing) }
        let prepared = Prepared(plan: plan, join: join, columns: columns)
        if isReused, plan.passes == 1 { kept.withLock { $0 = prepared } }
        return prepared
    }

    /// Builds the tables of all columns with others: nobody leaves before all have everything, whatever it is.
    private static func share(_ columns: [OperandColumn], _ sharing: TableSharing) throws(PaillierError) {
        var built: [(column: OperandColumn, tables: OperandColumn.Tables)] = []
        for column in columns { built.append((column, try column.build(pass: 0, sharing.division))) }
        try sharing.complete(built.flatMap { [$0.tables.dense, $0.tables.windows].compactMap { $0 } })
        for (column, tables) in built { try column.keep(tables) }
    }

    /// Whether rows of a product with this operand can be computed by an outline.
    package func serves(_ outline: ProductOutline, _ multipliers: Multipliers, join: RowJoin) -> Bool {
        guard outline.kinds.count == ciphertexts.rows else { return false }
        let plan = outline.plan(rows: multipliers.rows, join: join, entryBytes: radix.bytesPerElement)
        return plan.map { multipliers.fit($0) } ?? false
    }

    /// Bytes of all tables of an outline; 0 where it is none of a product with this operand.
    package func tableBytes(_ outline: ProductOutline, _ multipliers: Multipliers, join: RowJoin) -> Int {
        let plan = outline.plan(rows: multipliers.rows, join: join, entryBytes: radix.bytesPerElement)
        return (plan?.tableBytes ?? 0) * ciphertexts.columns
    }

    func plan(for multipliers: Multipliers, join: RowJoin) -> ProductPlan {
        let threads = min(WorkerPool.shared.threads, WorkContext.current.threads ?? .max)
        return ProductPlan(question(MultiplierProfile(multipliers), join, threads: threads))
    }

    func question(_ multipliers: MultiplierProfile, _ join: RowJoin, threads: Int) -> ProductPlan.Question {
        .init(
            multipliers: multipliers, join: join, uses: uses, entryBytes: radix.bytesPerElement, threads: threads)
    }
}

/// One column of an operand under one plan: its bases, and their tables where they fit into memory all at once.
final class OperandColumn: Sendable {
    /// Tables of one pass.
    struct Tables: Sendable {
        var dense: LineTables?
        var windows: LineTables?
        /// Takes the dense bases' offset away.
        var correction: ElementBlock?
        /// Products of pairs of columns of ones: entry 1 of each.
        var pairs: LineTables?

        /// The same with the pairs of one product.
        ///
        /// - Throws: `PaillierError.cancelled`.
        func with(_ bases: LineBases, _ pairs: UnitPairs?) throws(PaillierError) -> Tables {
            guard let list = pairs?.list else { return self }
            var tables = self
            tables.pairs = bases.subsets(of: list.map { [$0.second] }, size: 1, starts: list.map(\.first))
            if tables.pairs == nil { throw .cancelled }
            return tables
        }
    }

    let bases: LineBases
    private let plan: ProductPlan
    let indices: ProductPlan.BaseIndices
    private let kept = Mutex<Tables?>(nil)

    /// - Returns: nil if the work was cancelled.
    init?(_ radix: RadixModulus, _ residues: [Residue], _ plan: ProductPlan, join: RowJoin) {
        self.plan = plan
        indices = plan.baseIndices
        guard let bases = LineBases(radix, residues, copies: plan.copies, apart: join.rowBits) else { return nil }
        self.bases = bases
    }

    /// The tables of a pass.
    ///
    /// - Throws: `PaillierError.cancelled`.
    func tables(pass: Int) throws(PaillierError) -> Tables {
        if let tables = kept.withLock({ $0 }) { return tables }
        let tables = try corrected(build(pass: pass), pass: pass)
        if plan.passes == 1 { kept.withLock { $0 = tables } }
        return tables
    }

    /// Keeps the tables of the only pass, which are complete now.
    func keep(_ tables: Tables) throws(PaillierError) {
        let tables = try corrected(tables, pass: 0)
        kept.withLock { $0 = tables }
    }

    /// The tables of a pass, or a part of them, without the correction.
    func build(pass: Int, _ division: TableDivision? = nil) throws(PaillierError) -> Tables {
        let groups = groups(pass: pass)
        let windows = plan.windowRange(pass: pass).map { indices.windows[$0] }
        var tables = Tables()
        if !groups.isEmpty {
            guard let made = bases.subsets(of: groups, size: plan.groupSize, division: division) else {
                throw .cancelled
            }
            tables.dense = made
        }
        if !windows.isEmpty {
            guard let made = bases.windows(of: windows, division: division) else { throw .cancelled }
            tables.windows = made
        }
        return tables
    }

    private func corrected(_ tables: Tables, pass: Int) throws(PaillierError) -> Tables {
        guard let dense = tables.dense else { return tables }
        guard let correction = dense.inverseProduct(groups(pass: pass).map { 1 << $0.count - 1 }, bits: plan.bits)
        else { throw .elsewhere("a table holds numbers that are no units") }
        var tables = tables
        tables.correction = correction
        return tables
    }

    private func groups(pass: Int) -> [[Int]] {
        plan.groupRange(pass: pass).map { group in
            Array(indices.dense[group * plan.groupSize..<min((group + 1) * plan.groupSize, indices.dense.count)])
        }
    }
}

extension ProductPlan {
    /// The groups of one pass.
    func groupRange(pass: Int) -> Range<Int> { (0..<groups).slice(pass, of: passes) }

    /// The bases with windows of one pass.
    func windowRange(pass: Int) -> Range<Int> { (0..<windows).slice(pass, of: passes) }

    /// The same plan for another number of rows.
    func with(rows: Int) -> ProductPlan {
        var plan = self
        plan.lines = joinsEarly ? (rows + groupRows - 1) / groupRows : rows
        return plan
    }
}

extension Range<Int> {
    /// One of `parts` parts of nearly equal length.
    func slice(_ index: Int, of parts: Int) -> Range {
        lowerBound + count * index / parts..<lowerBound + count * (index + 1) / parts
    }
}
