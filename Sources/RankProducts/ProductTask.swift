internal import Arithmetic
internal import Paillier

/// A product that ranks compute, and how its pieces become orders and its answers the result.
struct ProductTask {
    let plain: Multipliers
    let operand: EncryptedOperand
    let join: RowJoin
    private let modulus: ProductModulus

    init(_ plain: Multipliers, _ operand: EncryptedOperand, _ join: RowJoin) {
        (self.plain, self.operand, self.join) = (plain, operand, join.fitted(to: plain))
        modulus = ProductModulus(operand)
    }

    var keyBits: Int { modulus.encoded.count * 8 }

    /// About what crosses between the party's processes.
    var bytes: Int {
        let cells = operand.ciphertexts
        let results = join.groups(of: plain) * cells.columns
        return (cells.rows * cells.columns + results) * modulus.ciphertextBytes + plain.storedCount
            * (plain.bits / 8 + 2)
    }

    /// Pieces as orders.
    ///
    /// - Parameters:
    ///   - holders: Of `pieces`, by their places: who has its part of the operand already.
    ///   - keeping: How it is kept; `nil` where it is not.
    ///   - outline: By which ranks build tables together.
    func work(
        _ pieces: [ProductPiece], holders: Set<Int>, keeping: ProductOrder.Keeping?, outline: ProductOutline?
    ) throws(PaillierError) -> [ProductOrder.Work] {
        // Pieces of other rows have the same part of the operand.
        var encoded: [[Range<Int>]: [UInt8]] = [:]
        var work: [ProductOrder.Work] = []
        for (place, piece) in pieces.enumerated() {
            let source: ProductOrder.Operand
            if let keeping, holders.contains(place) {
                source = .kept(keeping.name)
            } else {
                let part = [piece.inner, piece.columns]
                if encoded[part] == nil {
                    let cells = operand.ciphertexts.part(rows: piece.inner, columns: piece.columns)
                    encoded[part] = modulus.encode(cells.elements)
                }
                source = .given(encoded[part] ?? [], keepAs: keeping)
            }
            let rows = join.rows(of: piece.groups, of: plain)
            work.append(
                ProductOrder.Work(
                    modulus: modulus.encoded, operand: source, rows: piece.inner.count, columns: piece.columns.count,
                    join: join, multipliers: plain.part(rows: rows, columns: piece.inner), outline: outline))
        }
        return work
    }

    /// The product's rows of some groups: pieces of other inner columns are added, the others stand side by side.
    func results(
        _ answers: [ProductAnswer], of pieces: [ProductPiece], _ groups: Range<Int>
    ) throws(PaillierError) -> [Ciphertext] {
        let columns = operand.ciphertexts.columns
        var sums: [Range<Int>: [Ciphertext?]] = [:]
        for (rank, piece) in pieces.enumerated() {
            guard case .done(let bytes, _, _) = answers[rank] else {
                throw .elsewhere("rank \(rank) gave no answer to its part of a product")
            }
            let product = try modulus.decode(bytes, count: piece.groups.count * piece.columns.count)
            var place = 0
            for group in piece.groups {
                for column in piece.columns {
                    sums[piece.inner, default: .init(repeating: nil, count: groups.count * columns)][
                        (group - groups.lowerBound) * columns + column] = product[place]
                    place += 1
                }
            }
        }
        var total: [Ciphertext]?
        for sum in sums.values {
            let sum = sum.compactMap { $0 }
            total = try total.map { (total) throws(PaillierError) in try modulus.add(total, sum) } ?? sum
        }
        return total ?? []
    }
}
