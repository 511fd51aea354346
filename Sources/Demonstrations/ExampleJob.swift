internal import Jobs

/// The sizes of a job on random data, with one feature party A and the label party B.
public struct ExampleJob: Sendable, Equatable, Encodable {
    public let rows: Int
    /// Of A.
    public let columns: Int
    /// Of B.
    public let labelColumns: Int
    /// Columns of Z.
    public let width: Int
    /// How often each row is part of an opened Z.
    public let openings: Int
    /// Rows that are opened under one W_A.
    public let batch: Int

    /// A job that the ledger need not allow. Batches divide the rows.
    public init(rows: Int, columns: Int, labelColumns: Int, width: Int, openings: Int, batch: Int) {
        precondition(rows % batch == 0 && openings > 0, "whole batches, and something opened")
        self.rows = rows
        self.columns = columns
        self.labelColumns = labelColumns
        self.width = width
        self.openings = openings
        self.batch = batch
    }

    /// `width * openings / columns`, as A's exposure ledger counts it.
    public var exposure: Double {
        ExposureLedger.ratio(width: width, columns: columns, openings: openings)
    }
}
