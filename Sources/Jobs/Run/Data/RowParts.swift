internal import Course
internal import Cryptography
internal import Identifiers
internal import Link
internal import Tables

/// What each common row is for, where a job splits them by values of a column: at a party that has the column.
struct RowParts {
    /// Bytes that sort as the values do, by position; `nil` where there is none.
    private let values: [[UInt8]?]
    /// A text of the job in the same form.
    private let encode: (String) -> [UInt8]?
    private let column: String

    /// - Throws: `TablesError` where the table has no such column.
    init(_ column: String, _ job: Job, _ table: Table, rows aligned: AlignedRows) throws(TablesError) {
        self.column = column
        if let place = table.key.columns.firstIndex(of: column) {
            let texts = try table.keys().columns[place]
            // As ids are compared: parties may write a key in different ways.
            let ordered = job.align.declaration.ordered(in: column)
            values = aligned.map { $0.flatMap { ordered(texts[$0]) } }
            encode = { ordered(Array($0.utf8)[...]) }
            return
        }
        switch try table.column(column).cells() {
        case .numbers(let numbers):
            values = aligned.map { $0.flatMap { Self.ordered(numbers[$0]) } }
            encode = { Double($0).flatMap(Self.ordered) }
        case .texts(let texts):
            values = aligned.map { $0.flatMap { texts[$0].isEmpty ? nil : Array(texts[$0]) } }
            encode = { Array($0.utf8) }
        }
    }

    /// What rows are for, by position.
    ///
    /// - Throws: ``RunError`` where a row has no value by which it could be placed.
    func parts(_ split: Job.Split, seed: [UInt8]) throws(RunError) -> [RowPart] {
        switch split.by {
        case .random: return RowPart.inOrder(count: values.count, split)
        case .time: return byTime(split, try whole())
        case .group:
            return try whole().map { value in
                let hash = SHA256.hash(Array("colonnade/split/group/v1\0".utf8) + seed + value)
                let place = Double(hash.prefix(7).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }) * 0x1p-56
                return place < split.shares.test
                    ? .test : place < split.shares.test + split.shares.validation ? .validation : .training
            }
        case .column:
            func wanted(_ part: Job.Split.Part?) -> Set<[UInt8]> {
                guard case .texts(let texts)? = part else { return [] }
                return Set(texts.compactMap(encode))
            }
            let (test, validation) = (wanted(split.test), wanted(split.validation))
            return values.map { value in
                guard let value else { return .training }
                return test.contains(value) ? .test : validation.contains(value) ? .validation : .training
            }
        }
    }

    /// The last rows test, those before them validate; rows of one time go where the later ones of them would.
    private func byTime(_ split: Job.Split, _ values: [[UInt8]]) -> [RowPart] {
        let order = values.indices.sorted {
            values[$0] == values[$1] ? $0 < $1 : values[$0].lexicographicallyPrecedes(values[$1])
        }
        func start(holding count: Int, before end: Int) -> Int {
            var start = max(0, end - count)
            while count > 0, start > 0, start < end, values[order[start - 1]] == values[order[start]] { start -= 1 }
            return start
        }
        let (validation, test) = RowPart.counts(values.count, split)
        let testStart = start(holding: test, before: values.count)
        let validationStart = start(holding: validation, before: testStart)
        var parts = [RowPart](repeating: .training, count: values.count)
        for place in order[validationStart..<testStart] { parts[place] = .validation }
        for place in order[testStart...] { parts[place] = .test }
        return parts
    }

    private func whole() throws(RunError) -> [[UInt8]] {
        let present = values.compactMap(\.self)
        guard present.count == values.count else {
            throw RunError(
                .badData,
                "column '\(column)' is empty in \(values.count - present.count) of \(values.count) common rows; evaluate.split needs a "
                    + "value in each")
        }
        return present
    }

    /// Bytes that sort as numbers do; `nil` for what is none. Zero has one form.
    private static func ordered(_ number: Double) -> [UInt8]? {
        guard !number.isNaN else { return nil }
        let bits = (number == 0 ? 0 : number).bitPattern
        let ordered = bits >> 63 == 0 ? bits | 1 << 63 : ~bits
        return withUnsafeBytes(of: ordered.bigEndian) { Array($0) }
    }
}

extension RowPart {
    /// How many rows are measured: at least one of each part that there is.
    static func counts(_ rows: Int, _ split: Job.Split) -> (validation: Int, test: Int) {
        func count(_ share: Double) -> Int { share == 0 ? 0 : max(1, Int((Double(rows) * share).rounded(.down))) }
        return (count(split.shares.validation), count(split.shares.test))
    }

    /// By the common order: its first rows test, the next ones validate.
    static func inOrder(count rows: Int, _ split: Job.Split) -> [RowPart] {
        let (validation, test) = counts(rows, split)
        return (0..<rows).map { $0 < test ? .test : $0 < test + validation ? .validation : .training }
    }
}

extension PartyRun {
    /// The schedule of the aligned rows, the same at all parties: where only the label party knows what rows are for, it says so now.
    func schedule(_ aligned: AlignedRows) throws -> Schedule {
        guard job.announcesSplit else { return try Schedule(job: job, table: dataset.table, rows: aligned) }
        var own: Announcement?
        if role == .label {
            own = .split(try Schedule.parts(job, table: dataset.table, rows: aligned) ?? [])
        }
        guard case .split(let parts) = try announce(own, rows: aligned.count) else {
            throw RunError(.internalError, "nobody said what rows are for")
        }
        return Schedule(job: job, parts: parts)
    }

    /// Tells all feature parties something, or hears it of the label party.
    ///
    /// - Parameters:
    ///   - own: At the label party.
    ///   - rows: How many common rows it is about; `nil` for a decision after an epoch.
    func announce(_ own: Announcement?, rows: Int?) throws -> Announcement {
        let plan = CourseProtocol.plan(label: job.labelParty, features: job.featureParties, rows: rows)
        let heard: [Announcement]
        if let own {
            heard = try play(
                CourseProtocol.specification, plan,
                CourseLabelParty(features: job.featureParties, announcement: own)
            ) { $0.start() }
        } else {
            heard = try play(
                CourseProtocol.specification, plan, CourseFeatureParty(label: job.labelParty, rows: rows)
            ) { _ in [] }
        }
        guard let announcement = heard.first else { throw RunError(.internalError, "nothing was announced") }
        return announcement
    }
}

extension Schedule {
    /// What each row is for where a job splits by a column, at a party that has it; `nil` where it does not.
    static func parts(_ job: Job, table: Table, rows aligned: AlignedRows) throws -> [RowPart]? {
        guard job.predict == nil, let split = job.evaluate.split, let column = split.column else { return nil }
        return try RowParts(column, job, table, rows: aligned).parts(split, seed: job.rowSeed)
    }
}
