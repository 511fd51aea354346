internal import Workers

/// Rounds of boosting: trees on the derivatives of what the trees before them left.
struct Training {
    private let table: BinnedTable
    private let targets: [Double]
    private let objective: BoostedTrees.Objective
    private let parameters: BoostedTrees.Parameters
    private let training: [Int32]
    private let heldOut: [Int32]
    /// The scores of the best constant.
    let start: [Double]
    /// Round after round, one tree for each output.
    private(set) var trees: [Tree] = []
    private(set) var history: [BoostedTrees.Losses] = []

    init(
        table: BinnedTable, targets: [Double], objective: BoostedTrees.Objective, parameters: BoostedTrees.Parameters
    ) {
        let all = 0..<Int32(targets.count)
        let holdsOut = parameters.patience != nil && all.count >= Self.fewestRows
        training = all.filter { !holdsOut || !Self.isHeldOut($0) }
        heldOut = holdsOut ? all.filter(Self.isHeldOut) : []
        (self.table, self.targets, self.objective, self.parameters) = (table, targets, objective, parameters)
        start = objective.start(targets, training)
    }

    mutating func run() throws(BoostingError) {
        let grower = TreeGrower(table, training: training, parameters: parameters)
        var scores = Scores(rows: table.rows, start: start)
        var derivatives = [Derivatives](repeating: .zero, count: table.rows * start.count)
        history = [losses(scores)]
        var best = 0
        for round in 1...parameters.rounds {
            objective.differentiate(scores, targets, into: &derivatives)
            var grown: [Tree] = []
            for output in start.indices {
                guard !WorkContext.current.isCancelled else { throw .cancelled }
                grown.append(
                    try derivatives.withUnsafeBufferPointer { all throws(BoostingError) in
                        let own = all[output * table.rows..<(output + 1) * table.rows]
                        return try grower.grow(UnsafeBufferPointer(rebasing: own))
                    })
            }
            // Nothing is left that a split would learn.
            guard grown.contains(where: \.splits) else { break }
            for (output, tree) in grown.enumerated() { scores.add(tree, table, output: output) }
            trees += grown
            history.append(losses(scores))
            guard let patience = parameters.patience, let loss = history[round].heldOut else { continue }
            if loss < history[best].heldOut ?? .infinity { best = round }
            if round - best >= patience { break }
        }
        if !heldOut.isEmpty { trees.removeSubrange((best * start.count)...) }
    }

    private func losses(_ scores: Scores) -> BoostedTrees.Losses {
        BoostedTrees.Losses(
            training: objective.loss(scores, targets, training),
            heldOut: heldOut.isEmpty ? nil : objective.loss(scores, targets, heldOut))
    }

    /// With fewer rows, a tenth says nothing.
    private static let fewestRows = 100

    /// About every tenth row, in no pattern that data may have: by the finalizer of SplitMix64 (Steele et al. 2014).
    private static func isHeldOut(_ row: Int32) -> Bool {
        var hash = (UInt64(row) + 1) &* 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
        return (hash ^ (hash >> 31)) % 10 == 0
    }
}
