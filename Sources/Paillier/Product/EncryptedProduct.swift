public import Arithmetic
internal import Residues
internal import Workers

extension PublicKey {
    public func operand(_ ciphertexts: Matrix<Ciphertext>, isReused: Bool) -> EncryptedOperand {
        EncryptedOperand(radix, ciphertexts, isReused: isReused)
    }

    public func product(
        variableTime plain: Multipliers, _ operand: EncryptedOperand, join: RowJoin
    ) throws(PaillierError) -> [Ciphertext] {
        precondition(plain.columns == operand.ciphertexts.rows, "inner dimensions agree")
        precondition(operand.radix.value == modulus, "an operand under this key")
        // Rows that are not there need no room.
        let join = RowJoin(size: max(1, min(join.size, plain.rows)), rowBits: join.rowBits)
        let columns = operand.ciphertexts.columns
        let groups = (plain.rows + join.size - 1) / join.size
        operations.count {
            $0.multiplied += (plain.rows * plain.columns + plain.rows - groups) * columns
            $0.added += (plain.rows * max(0, plain.columns - 1) + plain.rows - groups) * columns
        }
        guard plain.rows > 0, plain.columns > 0, columns > 0 else {
            return [Ciphertext](repeating: Ciphertext(radix.residue(1)), count: groups * columns)
        }
        let prepared = try operand.prepared(for: plain, join: join)
        let pairs = UnitPairs(plain, prepared.plan)
        var results: [[Residue]] = []
        for (index, column) in prepared.columns.enumerated() {
            let work = ColumnProduct(prepared.plan, join, plain, pairs, column)
            results.append(try WorkContext.current.part(index, of: columns).run(work.run))
        }
        return (0..<groups).flatMap { group in results.map { Ciphertext($0[group]) } }
    }

    /// How a product would be computed, in words.
    package func plan(_ plain: Multipliers, _ operand: EncryptedOperand, join: RowJoin) -> String {
        let plan = operand.plan(for: plain, join: join)
        let pairs = UnitPairs(plain, plan).map { "; \($0.list.count) pairs of ones" }
        return plan.description + (pairs ?? "")
    }
}
