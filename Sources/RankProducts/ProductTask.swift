internal import Arithmetic
internal import Paillier

/// A product that ranks compute, and how its pieces become orders and its answers the result.
struct ProductTask {
    let plain: Multipliers
    let operand: EncryptedOperand
    let join: RowJoin
    private let modulus: ProductModulus

    init(_ plain: Multipliers, _ operand: EncryptedOperand, _ join: RowJoin) {
        (self.plain, self.operand, self.join) = (plain, operand, join)
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

    /// - Parameters:
    ///   - gives: Whether the rank has to be given its part of the operand.
    ///   - keeping: How it is kept; `nil` where it is not.
    func work(
        _ piece: ProductPiece, gives: Bool, keeping: ProductOrder.Keeping?
    ) throws(PaillierError) -> ProductOrder.Work {
        let source: ProductOrder.Operand
        if let keeping, !gives {
            source = .kept(keeping.name)
        } else {
            let cells = operand.ciphertexts.part(rows: piece.inner, columns: piece.columns)
            source = .given(try modulus.encode(cells.elements), keepAs: keeping)
        }
        return ProductOrder.Work(
            modulus: modulus.encoded, operand: source, rows: piece.inner.count, columns: piece.columns.count,
            join: join,
            multipliers: plain.part(rows: join.rows(of: piece.groups, of: plain), columns: piece.inner))
    }

    /// The product's rows of some groups: pieces of other inner columns are added, the others stand side by side.
    func results(
        _ answers: [ProductAnswer], of pieces: [ProductPiece], _ groups: Range<Int>
    ) throws(PaillierError) -> [Ciphertext] {
        let columns = operand.ciphertexts.columns
        var sums: [Range<Int>: [Ciphertext?]] = [:]
        for (rank, piece) in pieces.enumerated() {
            guard case .done(let bytes, _) = answers[rank] else {
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
