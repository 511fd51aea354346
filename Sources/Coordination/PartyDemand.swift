public import ParallelPlanning
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
    /// How its tower over histories learns, history by history; `nil` where it has none.
    public var histories: [HistoryDemand]?

    /// A demand with its fields as they are.
    public init(
        party: Party, ids: Int, sortSeconds: Double, columns: Int, numbers: Double, ones: Double, fields: Int,
        tableRows: Int, towerColumns: Int, peakMemoryBytes: Int, diskBytes: Int, power: Double,
        histories: [HistoryDemand]? = nil
    ) {
        (self.party, self.ids, self.sortSeconds) = (party, ids, sortSeconds)
        (self.columns, self.numbers, self.ones) = (columns, numbers, ones)
        (self.fields, self.tableRows, self.towerColumns) = (fields, tableRows, towerColumns)
        (self.peakMemoryBytes, self.diskBytes, self.power) = (peakMemoryBytes, diskBytes, power)
        self.histories = histories
    }
}

/// How an encoder of one history learns at its party, as that party has planned it: sizes, nothing of what events hold.
public struct HistoryDemand: Codable, Hashable, Sendable {
    /// What the party file calls it.
    public var name: String
    /// Events that the file holds.
    public var events: Int
    /// Whose they are: so many entities.
    public var entities: Int
    /// Events of the entity that has most.
    public var longest: Int
    /// Memory that it may take.
    public var budgetBytes: Int
    /// Memory that it takes for its arena at most, by the plan.
    public var arenaBytes: Int
    /// The part of a history's events of which everything is put away rather than computed again, 0 to 1; `nil` where all of it stays
    /// in the arena.
    public var alpha: Double?
    /// What is put away in memory beside the arena.
    public var hostBytes: Int
    /// What is put away on disk.
    public var diskBytes: Int
    /// What the optimiser keeps on disk; `nil` where that is in memory.
    public var stateDiskBytes: Int?
    /// The part of a step that is expected to be spent waiting for the disk.
    public var expectedStall: Double
    /// Of one step on this machine.
    public var secondsAStep: Double
    /// Steps before the job's own training.
    public var steps: Int
    /// How the party's ranks share the training; budget and arena are then of each of them. `nil` where it is done in one process.
    public var plan: ParallelPlan?
    /// What a step took when it was last done so; `nil` where it was not.
    public var measuredSecondsAStep: Double?

    /// A plan with its fields as they are.
    public init(
        name: String, events: Int, entities: Int, longest: Int, budgetBytes: Int, arenaBytes: Int, alpha: Double?,
        hostBytes: Int, diskBytes: Int, stateDiskBytes: Int?, expectedStall: Double, secondsAStep: Double, steps: Int
    ) {
        (self.name, self.events, self.entities, self.longest) = (name, events, entities, longest)
        (self.budgetBytes, self.arenaBytes, self.alpha) = (budgetBytes, arenaBytes, alpha)
        (self.hostBytes, self.diskBytes, self.stateDiskBytes) = (hostBytes, diskBytes, stateDiskBytes)
        (self.expectedStall, self.secondsAStep, self.steps) = (expectedStall, secondsAStep, steps)
    }

    /// Of all steps before the job's own training.
    public var seconds: Double { secondsAStep * Double(steps) }
}
