public import Arithmetic

// Matrix products under encryption by simultaneous exponentiation: result[i][k] is the product over j of
// encrypted[j][k]^plain[i][j] (Straus, American Mathematical Monthly 71, 1964). The columns j are taken in groups; one
// table per group holds the products of all subsets of its ciphertexts, and serves every row and every bit.
//
// What a column of `plain` costs depends on which of two kinds it is:
// - An *indicator* holds only 0 and 1 (2^20 in fixed point): one multiplication for each 1. Which column is one, and how
//   many 1s a row has, shows in the time that a product takes; for a one-hot encoded field that number is always 1.
// - Any other column is *dense*: `multiplierBits` multiplications per group of columns, whatever its values: negative
//   values are shifted into [0, 2^multiplierBits), and a subset may be the empty one but is multiplied all the same.
//   Which entries of the tables are read depends on the values, visible only to somebody who shares the caches.
extension PublicKey {
    public func product(variableTime plain: Matrix<Int64>, _ encrypted: Matrix<Ciphertext>) -> Matrix<Ciphertext> {
        precondition(plain.columns == encrypted.rows, "inner dimensions agree")
        let plan = ProductPlan(plain)
        let bases = encrypted.transposed()
        let columns = (0..<bases.rows).map { column in
            self.column(plan, bases: bases.row(column).map(\.residue))
        }
        operations.count { $0.multiplied += plain.elements.count * encrypted.columns }
        operations.count { $0.added += plain.rows * max(0, plain.columns - 1) * encrypted.columns }
        return Matrix(rows: bases.rows, columns: plain.rows, elements: columns.flatMap { $0 }).transposed()
    }

    /// One column of the result.
    private func column(_ plan: ProductPlan, bases: [Integer]) -> [Ciphertext] {
        let tables = Parallel.map(count: plan.groups.count) {
            subsetProducts(of: plan.groups[$0].map { bases[$0] }[...], modulo: modulusSquared)
        }
        let correction = correction(tables)
        return Parallel.map(count: plan.rows.count) { index in
            let row = plan.rows[index]
            var product = ModularProduct(1, modulo: modulusSquared)
            for bit in (0..<ProductPlan.multiplierBits).reversed() {
                product.square()
                if bit == ProductPlan.unitBit {
                    for column in row.ones { product.multiply(by: bases[column]) }
                }
                for (table, subset) in zip(tables, row.subsets[bit]) { product.multiply(by: table[Int(subset)]) }
            }
            product.multiply(by: correction)
            return Ciphertext(product.value)
        }
    }

    /// Takes back what shifting the dense columns' multipliers has added: the product of their ciphertexts to the power
    /// of `-ProductPlan.shift`.
    private func correction(_ tables: [[Integer]]) -> Integer {
        var product = ModularProduct(1, modulo: modulusSquared)
        for table in tables { product.multiply(by: table[table.count - 1]) }
        return inverse(product.value).power(Integer(ProductPlan.shift), modulo: modulusSquared, variableTime: true)
    }

    public func joinRows(_ rows: [Ciphertext], groupSize: Int, rowBits: Int) -> [Ciphertext] {
        precondition(groupSize > 0 && rowBits >= 0, "groups have rows, and rows have bits")
        let starts = Array(stride(from: 0, to: rows.count, by: groupSize))
        operations.count { $0.multiplied += rows.count - starts.count }
        operations.count { $0.added += rows.count - starts.count }
        let shift = Integer(powerOfTwo: rowBits)
        return Parallel.map(count: starts.count) { index in
            let group = rows[starts[index]..<min(starts[index] + groupSize, rows.count)]
            // Horner's rule from the last row, which is shifted most.
            var joined = group[group.endIndex - 1].residue
            for row in group.dropLast().reversed() {
                joined = joined.power(shift, modulo: modulusSquared, variableTime: true)
                joined.multiply(by: row.residue, modulo: modulusSquared)
            }
            return Ciphertext(joined)
        }
    }
}

/// A plaintext matrix, prepared for multiplying columns of ciphertexts by it.
private struct ProductPlan {
    /// Multipliers are below 2^23 in magnitude; shifted by this they are in `[0, 2^multiplierBits)`.
    static let shift: Int64 = 1 << 23
    static let multiplierBits = 24
    /// Fixed-point numbers have 20 fraction bits: 1 is 2^20.
    static let unitBit = 20

    struct Row {
        /// The indicator columns that hold a 1.
        let ones: [Int]
        /// For each bit of the shifted multipliers, for each group, the columns that have the bit.
        let subsets: [[UInt16]]
    }

    /// The dense columns.
    let groups: [ArraySlice<Int>]
    let rows: [Row]

    init(_ plain: Matrix<Int64>) {
        precondition(plain.elements.allSatisfy { $0.magnitude < UInt64(Self.shift) }, "multipliers are below 2^23")
        let unit: Int64 = 1 << Self.unitBit
        let isIndicator = (0..<plain.columns).map { column in
            (0..<plain.rows).allSatisfy { plain[$0, column] == 0 || plain[$0, column] == unit }
        }
        let indicators = (0..<plain.columns).filter { isIndicator[$0] }
        let dense = (0..<plain.columns).filter { !isIndicator[$0] }
        let size = Self.groupSize(rows: plain.rows)
        let groups = stride(from: 0, to: dense.count, by: size).map { dense[$0..<min($0 + size, dense.count)] }
        self.groups = groups
        rows = (0..<plain.rows).map { row in
            Row(
                ones: indicators.filter { plain[row, $0] == unit },
                subsets: (0..<Self.multiplierBits).map { bit in
                    groups.map { group in
                        group.reversed().reduce(0) { $0 << 1 | UInt16((plain[row, $1] + Self.shift) >> bit & 1) }
                    }
                })
        }
    }

    /// Columns per group with the fewest multiplications per column: tables of 2^size against `multiplierBits` per row.
    private static func groupSize(rows: Int) -> Int {
        let cost = { (size: Int) in (Double(1 << size) + Double(multiplierBits * rows)) / Double(size) }
        return (1...12).min { cost($0) < cost($1) } ?? 1
    }
}
