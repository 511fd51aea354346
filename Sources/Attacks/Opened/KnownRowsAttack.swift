public import Arithmetic

/// A feature party's features, from some rows that the label party has from elsewhere.
///
/// Of every row it sees `x_i W_A + (its own row) V_B`, with the same W_A and V_B for all rows of an opening. From the known rows
/// it learns the linear map that leads from there to features, and applies it to all others. Once the openings' columns reach the
/// rank of X_A - one opening is enough, if it is that wide - the map is exact.
public struct KnownRowsAttack: Sendable {
    /// The estimate of X_A, all rows.
    public let features: Matrix<Double>
    /// The estimate of `X_A W_A` at the first visit, all rows. Exact once more rows are known than both parties have columns, for
    /// then they give W_A and V_B themselves.
    public let product: Matrix<Double>

    /// Learns from known rows.
    ///
    /// - Parameters:
    ///   - rows: Their numbers.
    ///   - known: Their features.
    public init(_ view: LabelView, rows: [Int], known: Matrix<Double>) {
        let (visits, own) = (view.visits, view.ownRows)
        let ones = Matrix<Double>(rows: own.rows, columns: 1, repeating: 1)
        let seen = Matrix.beside(visits + [own, ones])
        features = seen * LeastSquares(seen.selecting(rows: rows), known).solution

        let weights = LeastSquares(
            .beside([own.selecting(rows: rows), known]), visits[0].selecting(rows: rows)
        ).solution
        product = visits[0] - own * weights.prefix(rows: own.columns)
    }
}
