internal import Arithmetic
internal import HistoryTower
internal import Models
internal import Preparation
internal import Specification
internal import Tables

/// How one party's columns become what enters the model: fitted on its own training rows, saved with its half of the model.
struct PartyPreparation: Codable, Hashable, Sendable {
    /// Of the columns that enter the source layer; `nil` where all of them enter the party's tower.
    let source: Preparation?
    /// Of those that enter the party's tower.
    let tower: Preparation?
    /// A tower that was trained before, whose outputs are columns of the source layer.
    let frozen: FrozenTower?
    /// Of the histories that enter the party's tower; `nil` where none do.
    private(set) var histories: [PreparedHistory]?

    /// The same with a tower's encoders as they are now.
    ///
    /// - Parameter towers: One for each history; `nil` changes nothing.
    func with(_ towers: [HistoryTower]?) -> PartyPreparation {
        guard let towers, let histories else { return self }
        var changed = self
        changed.histories = zip(histories, towers).map { history, tower in
            var history = history
            history.tower = tower
            return history
        }
        return changed
    }
}

/// A party's rows as they enter the model, in the common order.
struct PartyFeatures: Sendable {
    /// Columns of the source layer; the outputs of a frozen tower are the last of them.
    let numbers: PreparedMatrix
    /// Table rows of embedded fields.
    let lookups: PreparedLookups
    /// What enters a tower over columns that is trained with the model; or what one over histories that was trained with it gave, out of
    /// stores.
    let tower: PreparedMatrix?
    /// What enters one over histories.
    let histories: TowerHistories?
    /// Histories that were answered out of stores.
    let stored: [StoredHistory]
    /// Columns in use, before one-hot, that vary; outputs of a frozen tower over histories each.
    let rawColumns: Int

    /// What enters the label party's model beside Z; `nil` where nothing does.
    var own: OwnRows? { tower.map(OwnRows.columns) ?? histories.map(OwnRows.histories) }
}

extension PartyPreparation {
    /// Fits a party's preparation; a feature party's frozen tower is trained here, too.
    ///
    /// - Parameters:
    ///   - rows: The training rows of the table.
    ///   - choice: Which columns are left out, and what becomes of those whose bins were weighed.
    ///   - initializer: Gives a tower its first weights.
    ///   - histories: Where they are fitted already; else, and where there is a tower over them, encoders learn here.
    ///   - progress: Told of each history's steps; what it throws ends the preparation.
    ///   - told: What is to be said of how each encoder went.
    /// - Throws: `TablesError`, `PreparationError`, `ModelsError`, `HistoriesError`, ``RunError``.
    init(
        fitting dataset: Dataset, _ job: Job, of party: Party, rows: RowNumbers, choice: ColumnChoice = .everything,
        from initializer: Initializer, histories: [PreparedHistory]? = nil,
        progress: (HistoryLearning.Progress) throws -> Void = { _ in },
        told: (HistoryLearning.Course) -> Void = { _ in }
    ) throws {
        try self.init(fitting: dataset.table, job, of: party, rows: rows, choice: choice, from: initializer)
        guard histories == nil, let learning = HistoryLearning(job, of: party, dataset) else {
            self.histories = histories
            return
        }
        let learned = try learning.learn(trainingOn: rows, seed: initializer.seed, progress: progress)
        for (_, course) in learned { told(course) }
        self.histories = learned.map(\.prepared)
    }

    private init(
        fitting table: Table, _ job: Job, of party: Party, rows: RowNumbers, choice: ColumnChoice,
        from initializer: Initializer
    ) throws {
        let columns = job.sourceColumns(of: party).filter { !choice.left.contains($0) }
        let categories = job.model.kind.categories
        let plan = job.prepare?[party]
        let classes = plan?.needsLabels == true ? try Self.classes(table, job, rows) : nil
        source =
            columns.isEmpty
            ? nil
            : try Preparation(
                fitting: table, columns: columns, rows: rows, categories: categories, plan: plan, classes: classes,
                weighed: choice.weighed)
        guard let tower = job.towers[party], tower.history == nil else {
            (self.tower, frozen) = (nil, nil)
            return
        }
        let preparation = try Preparation(
            fitting: table, columns: tower.columns, rows: rows, plan: plan, classes: classes,
            weighed: choice.weighed)
        self.tower = preparation
        guard tower.training == .frozen else {
            frozen = nil
            return
        }
        let sample = rows.prefix(max(1, Self.towerNumbers / max(1, preparation.columnNames.count)))
        let inputs = try preparation.prepare(table, rows: sample).dense(rows: 0..<sample.count)
        var autoencoder = try Autoencoder(
            .init(inputs: inputs.columns, hidden: tower.hidden, outputs: tower.outputs), from: initializer)
        try autoencoder.learn(inputs, epochs: Self.towerEpochs, from: initializer)
        frozen = autoencoder.frozen(over: inputs)
    }

    /// The labels of the training rows, for bins that are fitted on them: at the label party only, as the job's limits demand.
    private static func classes(_ table: Table, _ job: Job, _ rows: RowNumbers) throws -> [Int] {
        let labels =
            job.model.target == .binary
            ? try table.binaryLabels(job.label, rows: rows)
            : try table.classLabels(job.label, classes: table.classes(job.label), rows: rows)
        return labels.map { Int($0) }
    }

    /// Passes over the training rows in which a frozen tower learns to say its inputs again.
    private static let towerEpochs = 20

    /// The most prepared numbers that a frozen tower learns from: 128 MiB, all in memory. Of more rows the first in the common order are
    /// taken, which chance has put there.
    private static let towerNumbers = 1 << 24

    /// Of how many of so many training rows a frozen tower has learned; `nil` where of all, or where there is none.
    func towerSample(of rows: Int) -> Int? {
        guard frozen != nil, let tower else { return nil }
        let most = max(1, Self.towerNumbers / max(1, tower.columnNames.count))
        return most < rows ? most : nil
    }

    /// Columns of the label party's own that enter the model beside Z; `nil` where there are none.
    var ownColumns: Int? {
        if let histories, histories.contains(where: { $0.outputs == nil }) {
            return histories.reduce(0) { $0 + $1.columnNames.count }
        }
        return frozen == nil ? tower?.columnNames.count : nil
    }

    /// How the table's columns must be read for ``prepare(_:rows:)``.
    var types: [String: ColumnType] { (source?.types ?? [:]).merging(tower?.types ?? [:]) { first, _ in first } }

    /// Columns of the table that it was fitted on, those that did not vary among them.
    var columns: Set<String> { Set(types.keys).union(dropped) }

    /// Columns that did not vary over the training rows.
    var dropped: [String] { (source?.dropped ?? []) + (tower?.dropped ?? []) }

    /// Prepares aligned rows; those that the party does not have are zeros, and look up what was too rare for a row of its own.
    ///
    /// Of the table it was fitted on, or of another one with the same columns and histories.
    ///
    /// - Parameters:
    ///   - keeping: Where a tower over histories that learns no more answers out of stores.
    ///   - encoding: Told of rows that frozen encoders of histories have encoded; what it throws ends the preparation.
    /// - Throws: `TablesError` for a column that is not there or was read as another type, and where files fail; `ScratchError`,
    ///   `HistoriesError`; what stores throw.
    func prepare(
        _ dataset: Dataset, _ aligned: AlignedRows, _ job: Job, of party: Party,
        keeping: TowerHistories.Keeping? = nil, encoding: (_ done: Int, _ of: Int) throws -> Void = { _, _ in }
    ) throws -> PartyFeatures {
        let (table, rows, absent) = (dataset.table, aligned.filled, aligned.absent)
        var numbers = try source?.prepare(table, rows: rows, absent: absent)
        var inputs = try tower?.prepare(table, rows: rows, absent: absent)
        if let frozen, let entering = inputs {
            let columns = try Self.outputs(of: frozen, entering, absent: absent)
            numbers = try numbers?.beside(columns) ?? columns
            inputs = nil
        }
        var (own, outputs, stored): (TowerHistories?, Int, [StoredHistory]) = (nil, 0, [])
        if let histories, let told = job.towers[party], let history = told.history {
            let towers = try TowerHistories(
                histories, told, history, dataset, aligned, keepsEvents: job.predict != nil)
            var columns: PreparedMatrix?
            if let keeping {
                let kept = try towers.stored(rows: rows.count, in: table.space, keeping)
                (columns, stored) = (kept.columns, kept.histories)
            } else if told.training == .frozen {
                columns = try towers.frozen(rows: rows.count, in: table.space, progress: encoding)
            }
            switch (columns, told.training) {
            case (nil, _): own = towers
            case (let columns?, .endToEnd): inputs = columns
            case (let columns?, .frozen):
                numbers = try numbers?.beside(columns) ?? columns
                outputs = histories.reduce(0) { $0 + $1.varyingColumns }
            }
        }
        let none = Matrix<Double>(rows: rows.count, columns: 0, elements: [])
        return PartyFeatures(
            numbers: try numbers ?? PreparedMatrix(columnNames: [], none, in: table.space),
            lookups: try source?.lookups(table, rows: rows, absent: absent) ?? PreparedLookups(rows: rows.count),
            tower: inputs, histories: own, stored: stored,
            rawColumns: (source?.rawColumnCount ?? 0) + (tower?.rawColumnCount ?? 0) + outputs)
    }

    private static func outputs(
        of tower: FrozenTower, _ inputs: PreparedMatrix, absent: RowNumbers
    ) throws -> PreparedMatrix {
        let isAbsent = Set(absent)
        // As many rows at once as always were, unless they are very many.
        let length = max(1, towerNumbers / max(1, inputs.columns))
        let blocks = stride(from: 0, to: inputs.rows, by: length).map { $0..<min($0 + length, inputs.rows) }
        return try PreparedMatrix(
            columnNames: (0..<tower.tower.outputs).map { "tower \($0 + 1)" }, blocks: blocks, in: inputs.space
        ) { block in
            var outputs = tower(try inputs.rows(block).dense)
            for row in block where isAbsent.contains(row) {
                for column in 0..<outputs.columns { outputs[row - block.lowerBound, column] = 0 }
            }
            return outputs
        }
    }
}
