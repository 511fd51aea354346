package import Arithmetic

/// Numbers about rows, as rounds brought them: each time that a row was in a batch is a visit.
package struct Visits: Sendable {
    /// Of each visit.
    package let rows: [Int]
    /// Of each visit: which round it was in, ascending.
    package let batches: [Int]
    /// A row for each visit.
    package let numbers: Matrix<Double>

    package init(rows: [Int], batches: [Int], numbers: Matrix<Double>) {
        precondition(rows.count == batches.count && rows.count == numbers.rows, "a row and a round for each visit")
        (self.rows, self.batches, self.numbers) = (rows, batches, numbers)
    }

    package var count: Int { rows.count }

    /// Other numbers about the same visits.
    package func with(_ numbers: Matrix<Double>) -> Visits { Visits(rows: rows, batches: batches, numbers: numbers) }

    /// One of the numbers.
    package func column(_ column: Int) -> Visits { with(numbers.column(column)) }

    /// These visits, which are ascending.
    func selecting(_ places: [Int]) -> Visits {
        Visits(
            rows: places.map { rows[$0] }, batches: places.map { batches[$0] },
            numbers: numbers.selecting(rows: places))
    }

    /// At most about so many visits: every other round, every third one, and so on.
    package func thinned(to limit: Int) -> Visits {
        let step = (count + limit - 1) / max(1, limit)
        guard step > 1 else { return self }
        var (ordinal, last) = (-1, -1)
        let kept = batches.indices.filter { place in
            if batches[place] != last { (ordinal, last) = (ordinal + 1, batches[place]) }
            return ordinal % step == 0
        }
        return selecting(kept)
    }

    /// The same numbers at other visits: what is left of an attack then is no leak.
    package func shuffled() -> Visits {
        var random = SplitMix64("shuffled visits")
        return with(numbers.selecting(rows: random.permutation(count)))
    }

    /// Visits of each round, in order.
    package var rounds: [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start = 0
        for place in 0..<count where place + 1 == count || batches[place + 1] != batches[place] {
            ranges.append(start..<place + 1)
            start = place + 1
        }
        return ranges
    }
}

/// What is to be found out about rows by label attacks: two classes.
package struct Labels: Sendable {
    /// By row: whether it is of the rarer class; `nil` where nobody says.
    package let positives: [Bool?]
    /// The share of the rarer class, of rows with a label.
    package let share: Double

    /// Of targets of any kind: those on one side of their median, the side with fewer rows. Of labels 0 and 1 that is the
    /// rarer one.
    /// - Returns: `nil` where all targets are equal.
    package init?(targets: [Double?]) {
        let known = targets.compactMap { $0 }.sorted()
        guard let first = known.first, let last = known.last, first < last else { return nil }
        let median = known[known.count / 2]
        // Where the median is the smallest value, nothing lies below it.
        let isUpper: (Double) -> Bool = median > first ? { $0 >= median } : { $0 > median }
        let upper = known.count { isUpper($0) }
        let rarer = 2 * upper <= known.count
        positives = targets.map { $0.map { isUpper($0) == rarer } }
        share = Double(min(upper, known.count - upper)) / Double(known.count)
    }

    private init(positives: [Bool?], share: Double) { (self.positives, self.share) = (positives, share) }

    /// The same labels on other rows.
    package func shuffled() -> Labels {
        var random = SplitMix64("shuffled labels")
        let places = positives.indices.filter { positives[$0] != nil }
        let order = random.permutation(places.count)
        var shuffled = positives
        for (place, other) in zip(places, order) { shuffled[place] = positives[places[other]] }
        return Labels(positives: shuffled, share: share)
    }

    /// Some rows of the class, the same every time.
    func examples(_ count: Int, of isPositive: Bool, _ draw: String) -> [Int] {
        var random = SplitMix64(draw)
        let rows = positives.indices.filter { positives[$0] == isPositive }
        return random.permutation(rows.count).prefix(count).map { rows[$0] }
    }
}
