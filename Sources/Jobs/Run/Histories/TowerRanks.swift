internal import FoundationEssentials
internal import HistoryTower
internal import ParallelPlanning
internal import RankTowers
internal import Specification

/// A party's ranks, as far as towers over histories go: measured for towers of some sizes, planned for, and asked to train them together.
///
/// What was measured lies in the party's state, a page for each size, and holds as long as the ranks and their machines are the same.
struct TowerRanks: Sendable {
    /// Of the job that the calling thread runs; `nil`: towers are trained in this process.
    @TaskLocal static var current: TowerRanks?

    /// How many there are, and the launcher's list of their machines.
    private let (count, hosts): (Int, String?)
    /// Whether towers are trained there even where that takes longer.
    let isPreferred: Bool
    private let folder: String
    private let request: @Sendable (String, [UInt8], ([UInt8]) -> Bool) throws -> [UInt8]
    private var ranks: RankTowers { RankTowers(over: request) }

    /// - Parameters:
    ///   - hosts: The launcher's list of their machines, if they are on several.
    ///   - state: The party's state folder.
    ///   - request: To all of its ranks.
    init(
        _ count: Int, hosts: String?, isPreferred: Bool = false, state: String,
        over request:
            @escaping @Sendable (_ kind: String, _ payload: [UInt8], _ note: ([UInt8]) -> Bool) throws -> [UInt8]
    ) {
        (self.count, self.hosts, self.request, self.isPreferred) = (count, hosts, request, isPreferred)
        folder = state + "/profiles"
    }

    /// Runs `body`, whose towers are trained there.
    static func with<Output, Failure: Error>(
        _ ranks: TowerRanks?, _ body: () throws(Failure) -> Output
    ) throws(Failure) -> Output {
        // `withValue` rethrows any error.
        try $current.withValue(ranks) { () -> Result<Output, Failure> in
            do throws(Failure) { return .success(try body()) } catch { return .failure(error) }
        }.get()
    }

    /// How a training went that several ranks shared.
    struct Course {
        let plan: ParallelPlan
        let losses: [Double]
        let secondsAStep: Double
        let bytes: [Int]
    }

    // MARK: Measuring

    /// A page of what was measured, and with which machines.
    private struct Page: Codable {
        var hosts: String?
        var profile: ClusterProfile
    }

    /// What was measured for towers of a shape; measured now where that was not done yet, or with other machines. Takes seconds, in which
    /// the ranks should have nothing else to do.
    ///
    /// - Parameter again: Whatever is known already.
    func profile(_ shape: HistoryShape, again: Bool = false) throws -> ClusterProfile {
        let hosts = try self.hosts.map { String(decoding: try StateFile.read($0) ?? [], as: UTF8.self) }
        let path = path("profile", of: shape)
        if !again, let bytes = try StateFile.read(path),
            let page = try? JSONDecoder().decode(Page.self, from: Data(bytes)),
            page.hosts == hosts, page.profile.ranks == count
        {
            return page.profile
        }
        let profile = try ranks.profile(width: shape.width, heads: shape.heads, events: shape.events)
        try StateFile.makeFolder(folder)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try StateFile.write([UInt8](encoder.encode(Page(hosts: hosts, profile: profile))), to: path)
        return profile
    }

    func path(_ kind: String, of shape: HistoryShape) -> String {
        "\(folder)/\(kind)-\(count)-ranks-\(shape.width)x\(shape.heads)x\(shape.events).json"
    }

    // MARK: Planning and training

    /// The fastest plan in which every rank keeps within a budget.
    ///
    /// - Throws: `ParallelPlanningError` with what would be needed.
    func plan(
        _ tower: HistoryTower, _ histories: EventHistories, budget: Int, epochs: Int, seed: UInt64
    ) throws -> ParallelPlan {
        try TowerPlanning(tower, histories, profile(tower.shape)).plan(budget: budget, epochs: epochs, seed: seed)
    }

    /// Pre-trains a history's tower as planned, and remembers how long its steps took.
    func pretrain(
        _ tower: inout HistoryTower, of history: String, _ plan: ParallelPlan, _ histories: EventHistories, epochs: Int,
        rate: Double,
        seed: UInt64, budget: Int, progress: (_ done: Int, _ of: Int, _ loss: Double) throws -> Void
    ) throws -> Course {
        let lesson = try ranks.pretrain(
            tower, plan, histories, epochs: epochs, rate: rate, seed: seed, budget: budget, progress: progress)
        tower = lesson.tower
        let record = Record(plan: plan, secondsAStep: lesson.secondsAStep)
        try StateFile.makeFolder(folder)
        try StateFile.write([UInt8](JSONEncoder().encode(record)), to: path("measured-\(history)", of: tower.shape))
        return Course(
            plan: plan, losses: lesson.losses, secondsAStep: lesson.secondsAStep, bytes: lesson.ranks.map(\.bytes))
    }

    private struct Record: Codable {
        var plan: ParallelPlan
        var secondsAStep: Double
    }

    /// What a step took when a history's tower of this shape was last trained by the same division of work; `nil` where none was.
    func measured(_ history: String, _ shape: HistoryShape, _ plan: ParallelPlan) throws -> Double? {
        guard let bytes = try StateFile.read(path("measured-\(history)", of: shape)),
            let record = try? JSONDecoder().decode(Record.self, from: Data(bytes)),
            record.plan.divides(as: plan)
        else { return nil }
        return record.secondsAStep
    }
}

extension ParallelPlan {
    /// Whether work is divided as another plan does, whatever either predicts.
    fileprivate func divides(as other: ParallelPlan) -> Bool {
        stages == other.stages && layers == other.layers && batch == other.batch && microBatches == other.microBatches
    }

    /// For a report: what each rank does.
    var words: String {
        let strategies = layers.reduce(into: [String]()) { if $0.last != $1.label { $0.append($1.label) } }
        return (stages.count > 1 ? "\(stages.count) stages, \(microBatches) micro-batches, " : "")
            + strategies.joined(separator: " then ")
    }
}
