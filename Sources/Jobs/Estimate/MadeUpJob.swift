internal import Identifiers
internal import Preparation
public import Coordination
public import Specification

/// A job like another one over made-up rows: as many parties with as many prepared columns, the same model, the same protection, few
/// rows. What it takes tells what the other one will take.
public struct MadeUpJob: Sendable {
    /// The job over made-up rows.
    public let job: Job
    /// How many rows every party has; all are common.
    public let rows: Int
    /// Rounds that train, and rounds that measure.
    public let rounds: (train: Int, measure: Int)
    private let demands: [Party: PartyDemand]

    /// The most rows of a batch: rounds of larger ones take in proportion longer.
    static let mostBatch = 512

    /// - Parameters:
    ///   - job: With a party's columns named.
    ///   - demands: Of every party.
    ///   - rows: At least 8.
    ///   - testShare: Which part of the rows measures.
    init(
        like original: Job, demands: [Party: PartyDemand], protection: Job.Protection, rows: Int, testShare: Double
    ) {
        var job = original
        job.name = "rehearsal"
        job.protection = protection
        job.label = Self.label
        for index in job.members.indices {
            let party = job.members[index].party
            let columns = demands[party].map { Columns($0, original) }
            job.members[index].columns = columns?.names ?? []
            // What a frozen tower gives counts among the party's prepared columns.
            guard job.towers[party]?.training == .endToEnd else {
                job.towers[party] = nil
                continue
            }
            job.towers[party]?.columns = columns?.tower ?? []
            // As many numbers beside Z, without what encoders take.
            if job.towers[party]?.history != nil {
                job.towers[party]?.history = nil
                job.towers[party]?.hidden = []
            }
        }
        let method = original.align.terms.method ?? .automatic(largest: demands.values.map(\.ids).max() ?? 0)
        job.align.declaration = KeyDeclaration(columns: [KeyColumn(Self.key)])
        job.align.protocol = method == .ecdh ? .ecdh : .vole
        (job.align.duplicates, job.align.sample, job.align.keepDays, job.align.reuse) = (.refuse, nil, nil, nil)
        // Every category has a row of the table, however few rows there are.
        let plan = PreparationPlan(categories: job.model.kind.categories.list)
        job.prepare = job.embeds ? Dictionary(uniqueKeysWithValues: job.parties.map { ($0, plan) }) : nil
        (job.select, job.predict, job.baselines.extraColumns) = (nil, nil, [])
        (job.train.sampleWeights, job.train.classWeights, job.train.earlyStopping) = (nil, nil, nil)
        job.train.batch = min(job.train.batch, Self.mostBatch)
        job.train.epochs = min(job.train.epochs, Self.mostEpochs)
        job.evaluate.split = nil
        let thousandths = Int((min(max(testShare, 0.01), 0.9) * 1000).rounded())
        job.evaluate.test = .share("0." + String(1000 + thousandths).dropFirst())
        job.exposure.limit = Job.Limits.exposure.upperBound
        self.job = job
        self.rows = rows
        self.demands = demands
        let schedule = Schedule(job: job, rows: rows)
        rounds = (schedule.trainRounds, schedule.testBatches.count)
    }

    /// More passes take in proportion longer.
    static let mostEpochs = 4

    fileprivate static let key = "id"
    fileprivate static let label = "y"

    /// What a party's file of rows says.
    public func sheet(of party: Party) -> String {
        guard let demand = demands[party] else { return "" }
        let (columns, isLabel) = (Columns(demand, job), party == job.labelParty)
        var numbers = MadeUpNumbers(seed: UInt64(job.parties.firstIndex(of: party) ?? 0))
        var text = ([Self.key] + (isLabel ? [Self.label] : []) + columns.names).joined(separator: ",") + "\n"
        for row in 0..<rows {
            var cells = ["\(row)"]
            if isLabel { cells.append(label(of: row, &numbers)) }
            cells += columns.cells(of: row, &numbers)
            text += cells.joined(separator: ",") + "\n"
        }
        return text
    }

    private func label(of row: Int, _ numbers: inout MadeUpNumbers) -> String {
        switch job.model.target {
        case .binary: "\(row % 2)"
        case .classes: "\(row % job.model.classes)"
        case .number: "\(numbers.next())"
        case .count: "\(row % 4)"
        }
    }
}

/// The columns that a party makes up.
private struct Columns {
    let numbers: [String]
    let flags: [String]
    let texts: [String]
    let tower: [String]
    /// Flags of a row that are set.
    private let ones: Double
    /// Texts of each column of them.
    private let categories: Int

    init(_ demand: PartyDemand, _ job: Job) {
        func names(_ letter: String, _ count: Int) -> [String] { (0..<max(0, count)).map { "\(letter)\($0)" } }
        let raw = job.sourceColumns(of: demand.party).count
        let dense = min(demand.columns, Int(demand.numbers.rounded(.up)))
        let other: Int
        if job.embeds {
            // Texts that are embedded give columns, too, under some models: their texts do so here as well.
            let fromTexts = job.model.kind.categories == .both ? demand.tableRows - demand.fields : 0
            other = max(0, demand.columns - dense - fromTexts)
            texts = names("t", demand.fields)
            categories = max(2, demand.fields > 0 ? demand.tableRows / demand.fields - 1 : 0)
            ones = fromTexts > 0 ? max(0, demand.ones - Double(demand.fields)) : demand.ones
        } else if demand.columns > raw {
            // Texts have become columns; as many as give a row its ones.
            let columns = demand.columns - dense
            let count = max(1, Int(demand.ones.rounded()), columns / Preparation.categoryLimit + 1)
            (texts, categories, other, ones) = (names("t", count), max(2, columns / count), 0, 0)
        } else {
            (texts, categories, other, ones) = ([], 0, demand.columns - dense, demand.ones)
        }
        let isEmpty = dense + other + texts.count + demand.towerColumns == 0
        numbers = names("n", isEmpty ? 1 : dense)
        flags = names("f", other)
        tower = names("w", demand.towerColumns)
    }

    /// Those of the source layer and of the tower.
    var names: [String] { numbers + flags + texts + tower }

    func cells(of row: Int, _ random: inout MadeUpNumbers) -> [String] {
        var flagged = [Bool](repeating: false, count: flags.count)
        if !flags.isEmpty {
            // As many in the mean.
            let from = Int(Double(row) * ones)
            for place in from..<Int(Double(row + 1) * ones) { flagged[Self.turn(place, of: flags.count, 0)] = true }
        }
        return numbers.map { _ in "\(random.next())" } + flagged.map { $0 ? "1" : "0" }
            + texts.indices.map { "t\(Self.turn(row, of: categories, $0 + 1))" }
            + tower.map { _ in "\(random.next())" }
    }

    /// A place below `count`: in every turn each one comes once, and turns begin where chance has it, so that columns do not follow from
    /// each other.
    private static func turn(_ place: Int, of count: Int, _ column: Int) -> Int {
        var start = MadeUpNumbers(seed: UInt64(place / count) &* 1_000_003 &+ UInt64(column))
        return (place % count + start.below(count)) % count
    }
}

extension Preparation.Categories {
    /// A list that does this to texts however seldom they are.
    fileprivate var list: [PreparationPlan.Step] {
        switch self {
        case .oneHot: [.oneHot]
        case .embedded: [.embed(atLeast: 1)]
        case .both: [.oneHot, .embed(atLeast: 1)]
        }
    }
}

/// Numbers of magnitude up to 2 that nobody has: not random in any serious sense.
private struct MadeUpNumbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func below(_ limit: Int) -> Int {
        _ = next()
        return Int((abs(next()) / 2 * Double(limit)).rounded(.down)) % limit
    }

    mutating func next() -> Double {
        // Knuth's MMIX; its upper bits are good enough for a table that looks like one.
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(Int64(bitPattern: state) >> 33) / Double(1 << 29)
    }
}
