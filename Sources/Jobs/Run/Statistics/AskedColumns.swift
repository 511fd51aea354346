internal import BinStatistics
internal import Preparation
internal import Specification
internal import Tables

/// A party's columns whose bins are counted: those that are weighed, before those that the selection alone asks about.
struct AskedColumns: Sendable {
    /// Their bins.
    let bins: [ColumnBins]
    /// How many of them are weighed: the first ones.
    let weighed: Int
    /// Names of columns that are weighed, or may be left out, and do not vary.
    private let constant: (weighed: [String], selected: [String])
    private let selected: Set<String>
    private let limit: Double

    /// Finds bins on the training rows; labels have no part in it.
    ///
    /// - Parameter rows: Of the table.
    /// - Throws: `TablesError`, `PreparationError`.
    init(_ table: Table, _ job: Job, of party: Party, rows: RowNumbers) throws {
        let member = job.member(party)
        let extra = member?.role == .label ? job.baselines.extraColumns : []
        let plan = job.prepare?[party]
        // What enters a tower is its party's own business, and so is what only a baseline uses.
        selected = job.select?.bins == nil ? [] : Set(job.sourceColumns(of: party))
        limit = job.select?.minimumValue.flatMap(Double.init) ?? 0
        // A hidden row counts nowhere, so there have to be more of them.
        let fewest = job.minimumBin * job.align.result.rowsOfOne
        var (weighed, others) = ([ColumnBins](), [ColumnBins]())
        var constant = (weighed: [String](), selected: [String]())
        for name in (member?.columns ?? []) + extra {
            let steps = plan?.steps(of: name, isNumber: try table.column(name).type == .number) ?? []
            let most = steps.lazy.compactMap(\.weighedBins).first
            guard most != nil || selected.contains(name) else { continue }
            let found = try ColumnBins(
                fitting: table, column: name, rows: rows, steps: most == nil ? [] : steps.filter { !$0.needsWeights },
                most: most ?? job.select?.bins ?? 1, fewest: fewest)
            switch (found, most) {
            case (let found?, nil): others.append(found)
            case (let found?, _): weighed.append(found)
            case (nil, nil): constant.selected.append(name)
            case (nil, _): constant.weighed.append(name)
            }
        }
        (bins, self.weighed, self.constant) = (weighed + others, weighed.count, constant)
    }

    /// Where the training rows fall, column by column.
    func places(_ table: Table, rows: RowNumbers) throws(TablesError) -> [[Int]] {
        try bins.map { (bins) throws(TablesError) in try bins.places(table, rows: rows) }
    }

    /// What follows from what the bins say.
    func choice(_ answers: [BinnedColumnStatistics]) -> ColumnChoice {
        var choice = ColumnChoice()
        for name in constant.weighed { choice.weighed[name] = .some(nil) }
        for (bins, answer) in zip(bins, answers) {
            if let weights = answer.weights { choice.weighed[bins.column] = bins.step(weights: weights) }
            let isKept = !selected.contains(bins.column) || answer.informationValue >= limit
            if !isKept { choice.left.insert(bins.column) }
            choice.values.append(
                .init(column: bins.column, informationValue: answer.informationValue, isKept: isKept))
        }
        return choice
    }
}

extension Job.Result {
    /// How many aligned rows of a feature party there are, about, for one that has a label.
    fileprivate var rowsOfOne: Int {
        guard case .label(let decoys, _) = self else { return 1 }
        return 1 + Int((Double(decoys) ?? 0).rounded(.up))
    }
}
