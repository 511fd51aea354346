public import Arithmetic
internal import Residues
internal import Workers

extension PublicKey {
    public func operand(_ ciphertexts: Matrix<Ciphertext>, isReused: Bool) -> EncryptedOperand {
        EncryptedOperand(radix, ciphertexts, uses: isReused ? EncryptedOperand.usualUses : 1)
    }

    public func product(
        variableTime plain: Multipliers, _ operand: EncryptedOperand, join: RowJoin
    ) throws(PaillierError) -> [Ciphertext] {
        precondition(operand.radix.value == modulus, "an operand under this key")
        let join = join.fitted(to: plain)
        let columns = operand.ciphertexts.columns
        let groups = join.groups(of: plain)
        operations.count {
            $0.multiplied += (plain.rows * plain.columns + plain.rows - groups) * columns
            $0.added += (plain.rows * max(0, plain.columns - 1) + plain.rows - groups) * columns
        }
        if let shared = try SharedProducts.current?.product(variableTime: plain, operand, join: join) { return shared }
        return try operand.product(variableTime: plain, join: join)
    }

    /// How a product would be computed, in words.
    package func plan(_ plain: Multipliers, _ operand: EncryptedOperand, join: RowJoin) -> String {
        let plan = operand.plan(for: plain, join: join)
        let pairs = UnitPairs(plain, plan).map { "; \($0.list.count) pairs of ones" }
        return plan.description + (pairs ?? "")
    }
}

extension EncryptedOperand {
    /// The product `plain * self`, computed in this process: see ``AdditiveCipher/product(variableTime:_:join:)``.
    ///
    /// - Parameter sharing: With whom tables are built, where the multipliers are some rows of a product by this outline, which the
    ///   operand ``serves(_:_:join:)``.
    /// - Throws: `PaillierError.cancelled`, and what an exchange of tables throws.
    package func product(
        variableTime plain: Multipliers, join: RowJoin, sharing: TableSharing? = nil
    ) throws(PaillierError) -> [Ciphertext] {
        precondition(plain.columns == ciphertexts.rows, "inner dimensions agree")
        // With others it stays that of the whole product, which decides over tables.
        let join = sharing == nil ? join.fitted(to: plain) : join
        let (columns, groups) = (ciphertexts.columns, join.groups(of: plain))
        guard plain.rows > 0, plain.columns > 0, columns > 0 else {
            return [Ciphertext](repeating: Ciphertext(radix.residue(1)), count: groups * columns)
        }
        let prepared = try prepared(for: plain, join: join, sharing: sharing)
        let pairs = UnitPairs(plain, prepared.plan)
        var results: [[Residue]] = []
        for (index, column) in prepared.columns.enumerated() {
            let work = ColumnProduct(prepared.plan, join, plain, pairs, column)
            results.append(try WorkContext.current.part(index, of: columns).run(work.run))
        }
        return (0..<groups).flatMap { group in results.map { Ciphertext($0[group]) } }
    }
}

extension RowJoin {
    /// The same without room for rows that are not there.
    package func fitted(to plain: Multipliers) -> RowJoin { fitted(to: plain.rows) }

    func fitted(to rows: Int) -> RowJoin { RowJoin(size: max(1, min(size, rows)), rowBits: rowBits) }

    /// Groups of rows of a product.
    package func groups(of plain: Multipliers) -> Int { (plain.rows + size - 1) / size }
}
