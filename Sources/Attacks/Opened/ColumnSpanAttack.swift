public import Arithmetic

/// `X_A W_A`, which V_B should hide, from nothing but the openings.
///
/// The label party sees `X_A W_A + X_B V_B`, and V_B never changes. It hides `X_A W_A` only up to the span of X_B's columns: once
/// more rows are opened under one W_A than X_B has columns, V_B follows by regression on X_B, as far as A's columns do not lie in
/// that span too. Differences between visits, `X_A (change of W_A)`, are free of V_B; regression on them as well makes it exact,
/// once they span A's columns.
public struct ColumnSpanAttack: Sendable {
    /// The estimate of `X_A W_A` at the first visit, all rows.
    public let product: Matrix<Double>
    /// The same for every visit, side by side: so many linear combinations of A's columns.
    public let combinations: Matrix<Double>

    /// Solves for V_B.
    public init(_ view: LabelView) {
        let (visits, own) = (view.visits, view.ownRows)
        let differences = visits.dropFirst().map { $0 - visits[0] }
        let solved = LeastSquares(.beside([own] + differences), visits[0])
        let blur = own * solved.solution.prefix(rows: own.columns)
        product = visits[0] - blur
        combinations = .beside(visits.map { $0 - blur })
    }

    /// A's features as the best linear map from ``combinations`` gives them: what whoever learns that map would have. For scoring,
    /// because it takes the truth.
    ///
    /// - Parameter features: X_A.
    public func span(of features: Matrix<Double>) -> Matrix<Double> {
        combinations * LeastSquares(combinations, features).solution
    }
}
