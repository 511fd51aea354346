/// What layers in a row take at least at a stage, if each takes as little as it can.
struct StageBounds {
    /// Sums of values in a row, some of which are missing.
    private struct Sums<Number: Numeric> {
        private var before: [Number] = [0]
        private var missing = [0]

        init(_ values: [Number?]) {
            for (index, value) in values.enumerated() {
                before.append(before[index] + (value ?? 0))
                missing.append(missing[index] + (value == nil ? 1 : 0))
            }
        }

        /// Nil if one of them is missing.
        subscript(_ range: Range<Int>) -> Number? {
            missing[range.lowerBound] == missing[range.upperBound]
                ? before[range.upperBound] - before[range.lowerBound] : nil
        }
    }

    /// By stage: for each peak that a strategy has, the bytes of layers with strategies of at most this peak.
    private var bytes: [[(peak: Int, sums: Sums<Int>)]] = []
    /// By stage.
    private var seconds: [Sums<Double>] = []

    init(_ problem: PipelineProblem) {
        let micro = Double(problem.microBatches)
        for costs in problem.costs {
            let rows = costs.map { $0.compactMap { $0 } }
            bytes.append(
                Set(rows.flatMap { $0.map(\.peak) }).map { peak in
                    (peak, Sums(rows.map { row in row.lazy.filter { $0.peak <= peak }.map(\.bytes).min() }))
                })
            seconds.append(
                Sums(rows.map { row in row.lazy.map { ($0.forward + $0.backward) * micro + $0.once }.min() }))
        }
    }

    /// The least bytes of a rank, which is exact; nil if a layer cannot be carried out at all.
    ///
    /// A peak that none of the strategies reaches does not mislead: with the highest that one does reach, the same
    /// strategies are found, or better ones.
    func bytes(_ stage: Int, _ layers: Range<Int>) -> Int? {
        bytes[stage].lazy.compactMap { entry in entry.sums[layers].map { $0 + entry.peak } }.min()
    }

    /// Seconds as the slowest stage, if memory had no end, and without changes of strategies; nil if a layer cannot be
    /// carried out at all.
    func seconds(_ stage: Int, _ layers: Range<Int>) -> Double? { seconds[stage][layers] }
}
