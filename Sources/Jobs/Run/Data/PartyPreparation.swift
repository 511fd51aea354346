internal import Arithmetic
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
}

/// A party's rows as they enter the model, in the common order.
struct PartyFeatures: Sendable {
    /// Columns of the source layer; the outputs of a frozen tower are the last of them.
    let numbers: PreparedMatrix
    /// Table rows of embedded fields.
    let lookups: PreparedLookups
    /// What enters a tower that is trained with the model.
    let tower: PreparedMatrix?
    /// Columns in use, before one-hot, that vary.
    let rawColumns: Int
}

extension PartyPreparation {
    /// Fits a party's preparation; a feature party's frozen tower is trained here, too.
    ///
    /// - Parameters:
    ///   - rows: The training rows of the table.
    ///   - choice: Which columns are left out, and what becomes of those whose bins were weighed.
    ///   - initializer: Gives a tower its first weights.
    /// - Throws: `TablesError`, `PreparationError`, `ModelsError`.
    init(
        fitting table: Table, _ job: Job, of party: Party, rows: RowNumbers, choice: ColumnChoice = .everything,
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
        guard let tower = job.towers[party] else {
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

    /// Columns that enter the label party's tower; `nil` where there is none.
    var towerInputs: Int? { frozen == nil ? tower?.columnNames.count : nil }

    /// How the table's columns must be read for ``prepare(_:rows:)``.
    var types: [String: ColumnType] { (source?.types ?? [:]).merging(tower?.types ?? [:]) { first, _ in first } }

    /// Columns of the table that it was fitted on, those that did not vary among them.
    var columns: Set<String> { Set(types.keys).union(dropped) }

    /// Columns that did not vary over the training rows.
    var dropped: [String] { (source?.dropped ?? []) + (tower?.dropped ?? []) }

    /// Prepares aligned rows; those that the party does not have are zeros, and look up what was too rare for a row of its own.
    ///
    /// - Throws: as ``prepare(_:rows:)``.
    func prepare(_ table: Table, _ aligned: AlignedRows) throws -> PartyFeatures {
        try prepare(table, rows: aligned.filled, absent: aligned.absent)
    }

    /// Prepares rows of the table it was fitted on, or of another one with the same columns.
    ///
    /// - Parameter absent: Places among the rows that are zeros.
    /// - Throws: `TablesError` for a column that is not there or was read as another type, and where files fail; `ScratchError`.
    private func prepare(_ table: Table, rows: RowNumbers, absent: RowNumbers) throws -> PartyFeatures {
        var numbers = try source?.prepare(table, rows: rows, absent: absent)
        var inputs = try tower?.prepare(table, rows: rows, absent: absent)
        if let frozen, let entering = inputs {
            let columns = try Self.outputs(of: frozen, entering, absent: absent)
            numbers = try numbers?.beside(columns) ?? columns
            inputs = nil
        }
        let none = Matrix<Double>(rows: rows.count, columns: 0, elements: [])
        return PartyFeatures(
            numbers: try numbers ?? PreparedMatrix(columnNames: [], none, in: table.space),
            lookups: try source?.lookups(table, rows: rows, absent: absent) ?? PreparedLookups(rows: rows.count),
            tower: inputs, rawColumns: (source?.rawColumnCount ?? 0) + (tower?.rawColumnCount ?? 0))
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
