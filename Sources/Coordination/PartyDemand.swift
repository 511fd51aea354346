public import Specification

/// What a job takes of a party, as that party estimates it before the job begins, and the shape of what it brings: counts and sizes
/// from which the coordinator estimates how long the job takes. Told only of a job that the party's policy does not refuse.
public struct PartyDemand: Codable, Hashable, Sendable {
    /// Whose demand it is.
    public var party: Party
    /// Ids that it would offer.
    public var ids: Int
    /// How long it takes to read and sort them, in seconds.
    public var sortSeconds: Double
    /// Columns after preparation, as its rows of today give them.
    public var columns: Int
    /// Prepared numbers of a row that are neither 0 nor 1, in the mean.
    public var numbers: Double
    /// Prepared ones of a row, in the mean.
    public var ones: Double
    /// Columns that are embedded.
    public var fields: Int
    /// Rows of the tables of these.
    public var tableRows: Int
    /// Prepared columns that enter a tower which is trained with the model.
    public var towerColumns: Int
    /// The most memory that its process will have had, in bytes.
    public var peakMemoryBytes: Int
    /// What the job will write to its disk, in bytes.
    public var diskBytes: Int
    /// How fast its machine computes, in ``MachinePower`` of the library Jobs: squarings a second.
    public var power: Double

    /// A demand with its fields as they are.
    public init(
        party: Party, ids: Int, sortSeconds: Double, columns: Int, numbers: Double, ones: Double, fields: Int,
        tableRows: Int, towerColumns: Int, peakMemoryBytes: Int, diskBytes: Int, power: Double
    ) {
        (self.party, self.ids, self.sortSeconds) = (party, ids, sortSeconds)
        (self.columns, self.numbers, self.ones) = (columns, numbers, ones)
        (self.fields, self.tableRows, self.towerColumns) = (fields, tableRows, towerColumns)
        (self.peakMemoryBytes, self.diskBytes, self.power) = (peakMemoryBytes, diskBytes, power)
    }
}
