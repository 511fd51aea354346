package import Arithmetic

/// Features from products with weights of which the attacker has a share, with no known row (Luo et al., *Feature inference attack on
/// model predictions in vertical federated learning*, ICDE 2021: equation solving, and the generative network where equations are too
/// few).
package enum FeatureInversion {
    /// An estimate of X for every visit. A generator fed with what a frame said must give features whose product with the share
    /// reproduces the frame; the layer is linear, so the one of least norm is known without training: `V (V^T V)^-1` applied to
    /// each row's numbers.
    ///
    /// - Parameters:
    ///   - visits: As many numbers as V has columns: what may stand for X V.
    ///   - shares: V of each round, columns of X x width; batches of visits count these.
    package static func features(_ visits: Visits, shares: [Matrix<Double>]) -> Visits? {
        guard let columns = shares.first?.rows else { return nil }
        var parts: [Matrix<Double>] = []
        for places in visits.rounds {
            let share = shares[visits.batches[places.lowerBound]]
            guard share.rows == columns, share.columns == visits.numbers.columns else { return nil }
            let numbers = visits.numbers.selecting(rows: places)
            if let solved = share.solvingGram(numbers.transposed()) {
                parts.append(share.product(solved).transposed().ofLengthOne)
            } else {
                parts.append(Matrix(rows: places.count, columns: columns, repeating: 0))
            }
        }
        return parts.isEmpty ? nil : visits.with(.above(parts))
    }

    /// How far estimates of columns agree with the truth: the correlation over all visits that lies farthest from zero.
    ///
    /// - Parameters:
    ///   - estimates: As many numbers as the truth has columns.
    ///   - truth: Of all rows.
    package static func correlation(_ estimates: Visits, with truth: Matrix<Double>) -> Measurement? {
        guard estimates.numbers.columns == truth.columns, estimates.count > 1 else { return nil }
        let (guessed, wanted) = (
            estimates.numbers.standardized(), truth.selecting(rows: estimates.rows).standardized()
        )
        let count = Double(estimates.count)
        let measured = (0..<truth.columns).compactMap { column -> Measurement? in
            var (sum, squares) = (0.0, 0.0)
            var isConstant = true
            for places in estimates.rounds {
                var part = 0.0
                for place in places {
                    part += guessed[place, column] * wanted[place, column]
                    isConstant = isConstant && wanted[place, column] == 0
                }
                sum += part
                squares += part * part
            }
            // Estimates of one batch hang together: they follow from the same few numbers.
            guard !isConstant else { return nil }
            let error = max(1 / count.squareRoot(), squares.squareRoot() / count)
            return Measurement(.correlation, sum / count, standardError: error, count: estimates.count)
        }
        return Measurement.worst(of: measured)
    }
}
