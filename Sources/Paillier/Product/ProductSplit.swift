/// One of the pieces of a product: some groups of its rows, some columns of its multipliers, some columns of its operand.
package struct ProductPiece: Hashable, Sendable {
    /// Groups of rows that share ciphertexts.
    package let groups: Range<Int>
    /// Columns of multipliers, and rows of the operand.
    package let inner: Range<Int>
    /// Columns of the operand.
    package let columns: Range<Int>
}

/// How a product is cut into pieces that are computed without each other.
///
/// Pieces of other rows or other columns of the operand stand side by side in the result. Pieces of other columns of the
/// multipliers are summands: their results are added under encryption, one multiplication a ciphertext. Cutting there is
/// what divides tables, too, and works for an operand of one column; cutting by rows divides late joins.
///
/// Pieces of rows may come by their tables together (``outline``): then nothing is computed twice but what bases need.
package struct ProductSplit: Hashable, Sendable {
    /// Into how many parts rows are cut.
    package let rowParts: Int
    /// Columns of multipliers of each part.
    package let inner: [Range<Int>]
    /// Columns of the operand of each part.
    package let columns: [Range<Int>]
    /// Time of the dearest piece, in general multiplications of a block (``ProductPlan``).
    package fileprivate(set) var cost: Double

    /// By which all pieces build their tables together, each a part, and give each other theirs; `nil`: each builds its own. Only
    /// where it has rows for all pieces.
    package fileprivate(set) var outline: ProductOutline?

    /// How many pieces there are.
    package var count: Int { rowParts * inner.count * columns.count }

    /// The pieces of some groups of rows: at most ``count``, in the order of rows, then inner parts, then columns.
    package func pieces(of plain: Multipliers, join: RowJoin, groups: Range<Int>) -> [ProductPiece] {
        // What rows have in common weighs as much as one multiplier more.
        let weights = groups.map { group in
            (group * join.size..<min((group + 1) * join.size, plain.rows)).reduce(0.0) { sum, row in
                sum + 1 + Double(plain.values.row(row).count)
            }
        }
        return Self.cut(weights, into: min(rowParts, weights.count)).flatMap { part in
            let rows = groups.lowerBound + part.lowerBound..<groups.lowerBound + part.upperBound
            return inner.flatMap { inner in columns.map { ProductPiece(groups: rows, inner: inner, columns: $0) } }
        }
    }

    /// Consecutive ranges of nearly equal weight, none empty.
    static func cut(_ weights: [Double], into parts: Int) -> [Range<Int>] {
        guard parts > 1 else { return weights.isEmpty ? [] : [0..<weights.count] }
        precondition(parts <= weights.count, "no part is empty")
        let total = weights.reduce(0, +)
        var (ranges, start, sum): ([Range<Int>], Int, Double) = ([], 0, 0)
        for part in 1..<parts {
            let goal = total * Double(part) / Double(parts)
            var end = start + 1
            sum += weights[start]
            // The last parts have one element each left at least; half of an element decides where it goes.
            while end < weights.count - (parts - part), sum + weights[end] / 2 <= goal {
                sum += weights[end]
                end += 1
            }
            ranges.append(start..<end)
            start = end
        }
        return ranges + [start..<weights.count]
    }
}

// MARK: - Choice

extension EncryptedOperand {
    /// Time of a whole product in one piece, as ``ProductSplit/cost``.
    package func cost(of plain: Multipliers, join: RowJoin, threads: Int) -> Double {
        cost(of: MultiplierProfile(plain), join: join.fitted(to: plain), threads: threads)
    }

    private func cost(of plain: MultiplierProfile, join: RowJoin, threads: Int) -> Double {
        ProductPlan(question(plain, join, threads: threads)).cost * Double(ciphertexts.columns)
    }

    /// The cut into `pieces` pieces whose dearest one is cheapest.
    ///
    /// - Parameters:
    ///   - threads: Of whoever computes a piece.
    ///   - byte: What it costs to get a byte of a table from another, as ``ProductSplit/cost``; `nil` where they cannot.
    package func split(
        _ plain: Multipliers, join: RowJoin, into pieces: Int, threads: Int, exchanging byte: Double? = nil
    ) -> ProductSplit {
        precondition(plain.columns == ciphertexts.rows, "inner dimensions agree")
        let join = join.fitted(to: plain)
        let profile = MultiplierProfile(plain)
        let weights = ProductPlan(question(profile, join, threads: threads)).weights(of: plain)
        let groups = join.groups(of: plain)
        var best: ProductSplit?
        for rowParts in 1...pieces where pieces % rowParts == 0 && rowParts <= groups {
            for innerParts in 1...pieces / rowParts where (pieces / rowParts) % innerParts == 0 {
                let columnParts = min(pieces / rowParts / innerParts, ciphertexts.columns)
                guard innerParts <= weights.count, columnParts > 0 else { continue }
                let split = candidate(
                    plain, profile, join, threads, rowParts: rowParts,
                    inner: ProductSplit.cut(weights, into: innerParts), columnParts: columnParts)
                if split.cost < best?.cost ?? .infinity { best = split }
            }
        }
        if let byte, pieces > 1, pieces <= groups {
            let split = sharing(plain, profile, join, threads, pieces: pieces, byte: byte)
            if let split, split.cost < best?.cost ?? .infinity { best = split }
        }
        return best
            ?? ProductSplit(
                rowParts: 1, inner: [0..<plain.columns], columns: [0..<ciphertexts.columns],
                cost: cost(of: profile, join: join, threads: threads))
    }

    private func candidate(
        _ plain: Multipliers, _ profile: MultiplierProfile, _ join: RowJoin, _ threads: Int, rowParts: Int,
        inner: [Range<Int>], columnParts: Int
    ) -> ProductSplit {
        let columns = (0..<columnParts).map { (0..<ciphertexts.columns).slice($0, of: columnParts) }
        let split = ProductSplit(rowParts: rowParts, inner: inner, columns: columns, cost: 0)
        let groups = 0..<join.groups(of: plain)
        var cost = 0.0
        // Pieces that differ in the operand's columns alone cost the same, but for one column.
        let widest = columns.map(\.count).max() ?? 0
        for piece in split.pieces(of: plain, join: join, groups: groups) where piece.columns == columns[0] {
            let part = profile.part(rows: join.rows(of: piece.groups, of: plain).count, columns: piece.inner)
            let plan = ProductPlan(question(part, join.fitted(to: part.rows), threads: threads))
            cost = max(cost, plan.cost * Double(widest))
        }
        let sums = (inner.count - 1) * groups.count * ciphertexts.columns
        return ProductSplit(
            rowParts: rowParts, inner: inner, columns: columns, cost: cost + Double(blockCount(sums)))
    }
}

extension EncryptedOperand {
    /// The cut by rows alone, with tables that are built together.
    private func sharing(
        _ plain: Multipliers, _ profile: MultiplierProfile, _ join: RowJoin, _ threads: Int, pieces: Int, byte: Double
    ) -> ProductSplit? {
        let columns = 0..<ciphertexts.columns
        var split = ProductSplit(rowParts: pieces, inner: [0..<plain.columns], columns: [columns], cost: 0)
        let cut = split.pieces(of: plain, join: join, groups: 0..<join.groups(of: plain))
        let rows = cut.map { join.rows(of: $0.groups, of: plain).count }.max() ?? 0
        let whole = question(profile, join, threads: threads)
        let part = question(profile.part(rows: rows, columns: 0..<plain.columns), join, threads: threads)
        let plan = ProductPlan.cheapest(whole) { plan in
            guard plan.passes == 1, plan.tableBytes > 0 else { return nil }
            let (all, own) = (plan.cost(whole), plan.with(rows: rows).cost(part))
            let others = Double(plan.tableBytes) * Double(pieces - 1) / Double(pieces)
            return all.bases + all.tables / Double(pieces) + others * byte / Double(uses) + own.lines
        }
        guard let plan else { return nil }
        split.cost = plan.cost * Double(columns.count)
        split.outline = ProductOutline(plan, threads: threads * pieces)
        return split
    }
}

extension RowJoin {
    /// The rows of some groups.
    package func rows(of groups: Range<Int>, of plain: Multipliers) -> Range<Int> {
        min(groups.lowerBound * size, plain.rows)..<min(groups.upperBound * size, plain.rows)
    }
}

extension ProductPlan {
    /// What each column of multipliers costs, in multiplications by a base.
    func weights(of plain: Multipliers) -> [Double] {
        let digits = Double(bits + Self.windowBits) / Double(Self.windowBits)
        let entries = Double(1 << groupSize) * Self.entryInMultiplications
        let dense = (Double(plain.rows * planes) + entries) / Double(groupSize)
        let window = Double(1 << Self.windowBits) * Self.entryInMultiplications
        // Every base has to be normalised.
        var weights = kinds.map { kind in
            switch kind {
            case .dense: 3 + dense
            case .window: 3 + window
            case .unit: 3.0
            }
        }
        for row in 0..<plain.rows {
            for place in plain.values.row(row) where place.value != 0 {
                switch kinds[place.column] {
                case .dense: break
                case .window: weights[place.column] += digits
                case .unit: weights[place.column] += 1
                }
            }
        }
        return weights
    }
}
