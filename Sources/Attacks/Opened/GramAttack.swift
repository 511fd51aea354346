public import Arithmetic

/// The inner products of a feature party's rows with each other, from how their parts of Z change between visits.
///
/// The label party knows every change of W_A but for X_A: a round moves it by `-rate / batch` times the velocity, which sums
/// `X_A^T dZ`. So of each row i, between two of its visits,
///
///     change of (Z - X_B U_B) = x_i (change of W_A) = -sum over rows j of <x_i, x_j> (what of dZ_j was applied in between),
///
/// linear equations in the Gram matrix `X_A X_A^T`, which is X_A up to a rotation. No mask is in them. V_B does not change and
/// falls out.
public struct GramAttack: Sendable {
    /// The estimate of `X_A X_A^T`.
    public let gram: Matrix<Double>
    /// Linear equations that the view gives.
    public let equations: Int
    /// Different elements of a Gram matrix.
    public let unknowns: Int
    /// Directions of the unknowns that the equations determine; the estimate is zero in all others.
    public let rank: Int

    /// Solves the equations of all visits; some ten rows are few enough.
    public init(_ view: LabelView) {
        let count = view.ownRows.rows
        unknowns = count * (count + 1) / 2
        var coefficients: [Double] = []
        var changes: [Double] = []
        var applied = AppliedDerivatives(view)
        var last: [Int: (remainder: [Double], applied: Matrix<Double>)] = [:]
        for round in view.rounds {
            let remainder = view.remainder(round)
            for (place, row) in round.rows.enumerated() {
                let now = (remainder: Array(remainder.row(place)), applied: applied.sum)
                if let before = last[row] {
                    let between = now.applied - before.applied
                    for column in 0..<view.width {
                        var equation = [Double](repeating: 0, count: unknowns)
                        for other in 0..<count { equation[Self.place(row, other)] = -between[other, column] }
                        coefficients += equation
                        changes.append(now.remainder[column] - before.remainder[column])
                    }
                }
                last[row] = now
            }
            applied.add(round)
        }
        equations = changes.count
        let solved = LeastSquares(
            Matrix(rows: equations, columns: unknowns, elements: coefficients),
            Matrix(rows: equations, columns: 1, elements: changes))
        rank = solved.rank
        gram = Matrix(
            rows: count, columns: count,
            elements: (0..<count).flatMap { row in
                (0..<count).map { solved.solution[Self.place(row, $0), 0] }
            })
    }

    /// Of a pair among all pairs of rows.
    private static func place(_ row: Int, _ other: Int) -> Int {
        let (small, large) = (min(row, other), max(row, other))
        return large * (large + 1) / 2 + small
    }
}

/// What the optimiser has made of the derivatives so far: `W_A = W_A at the start - X_A^T sum`.
private struct AppliedDerivatives {
    private(set) var sum: Matrix<Double>
    private var velocity: Matrix<Double>
    private let rate: Double
    private let momentum: Double

    init(_ view: LabelView) {
        sum = Matrix(rows: view.ownRows.rows, columns: view.width, repeating: 0)
        velocity = sum
        (rate, momentum) = (view.rate, view.momentum)
    }

    mutating func add(_ round: LabelView.Round) {
        guard let derivative = round.derivative else { return }
        velocity = velocity.map { momentum * $0 }
        for (place, row) in round.rows.enumerated() {
            for column in 0..<velocity.columns { velocity[row, column] += derivative[place, column] }
        }
        sum = sum + velocity.map { rate / Double(round.rows.count) * $0 }
    }
}
