import Specification
import Testing

/// Correlations where everything is in one place, written for these tests alone: it shares no code with what it is compared to.
struct PooledColumns {
    /// Numeric columns that vary, in the job's order.
    let names: [(party: Party, column: String)]
    let correlations: [[Double]]
    private let values: [Double]

    init(_ survey: Survey, training: [Int]) throws {
        var names: [(Party, String)] = []
        var (columns, values) = ([[Double]](), [Double]())
        for party in survey.parties {
            for (name, cells) in try #require(survey.cells[party]).sorted(by: { $0.key < $1.key }) {
                guard !name.hasSuffix("-text"), !name.hasSuffix("-same") else { continue }
                let numbers = training.map { Double(cells[$0]) }
                let present = numbers.compactMap { $0 }
                let mean = present.reduce(0, +) / Double(present.count)
                names.append((party, name))
                columns.append(numbers.map { $0 ?? mean })
                values.append(Pooled(cells, labels: survey.labels, training: training, count: 6).informationValue)
            }
        }
        self.names = names
        self.values = values
        let count = Double(training.count)
        let moments = columns.map { column in
            let mean = column.reduce(0, +) / count
            return (mean, (column.reduce(0) { $0 + $1 * $1 } / count - mean * mean).squareRoot())
        }
        correlations = columns.indices.map { row in
            columns.indices.map { column in
                let product = zip(columns[row], columns[column]).reduce(0) { $0 + $1.0 * $1.1 } / count
                return (product - moments[row].0 * moments[column].0) / moments[row].1 / moments[column].1
            }
        }
    }

    func places(of party: Party) -> [Int] { names.indices.filter { names[$0].party == party } }

    /// Of some columns among themselves: Cramer's rule, determinants by elimination. Where one of them is a sum of others, so is each
    /// with a part in that sum; what has none is as if one of these were not there.
    func inflations(_ places: [Int]) -> [Double] {
        let whole = determinant(places)
        func without(_ place: Int) -> Double { determinant(places.filter { $0 != place }) }
        guard abs(whole) < 1e-9 else { return places.map { without($0) / whole } }
        let dependent = places.filter { abs(without($0)) > 1e-9 }
        let rest = places.filter { $0 != dependent.first }
        let inflations = Dictionary(uniqueKeysWithValues: zip(rest, dependent.isEmpty ? [] : self.inflations(rest)))
        return places.map { dependent.contains($0) ? .infinity : inflations[$0] ?? .nan }
    }

    private func determinant(_ places: [Int]) -> Double {
        var rows = places.map { row in places.map { correlations[row][$0] } }
        var product = 1.0
        for step in rows.indices {
            guard let best = (step..<rows.count).max(by: { abs(rows[$0][step]) < abs(rows[$1][step]) }) else { break }
            if best != step {
                rows.swapAt(best, step)
                product = -product
            }
            product *= rows[step][step]
            for row in rows.indices.dropFirst(step + 1) {
                let factor = rows[row][step] / rows[step][step]
                for column in step..<rows.count { rows[row][column] -= factor * rows[step][column] }
            }
        }
        return product
    }

    /// What becomes of each column: `stays`, `correlation` and with which, or `inflation`.
    func choose(byValue: Bool, above limit: Double, inflationAbove most: Double) -> [String] {
        var fates = names.map { _ in "stays" }
        var left = Array(names.indices)
        if byValue { left.sort { values[$0] != values[$1] ? values[$0] > values[$1] : $0 < $1 } }
        var stay: [Int] = []
        for place in left {
            if let rival = stay.first(where: { abs(correlations[place][$0]) > limit }) {
                fates[place] = "correlation \(rival)"
            } else {
                stay.append(place)
            }
        }
        while let largest = zip(stay, inflations(stay)).max(by: { $0.1 < $1.1 }), largest.1 > most {
            fates[largest.0] = "inflation"
            stay.removeAll { $0 == largest.0 }
        }
        return fates
    }
}
