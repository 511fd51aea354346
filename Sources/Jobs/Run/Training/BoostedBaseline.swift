internal import Boosting
internal import Coordination
internal import Tables

extension Training {
    /// Gradient-boosted trees on a party's raw columns: the strongest model that it is likely to have by itself.
    ///
    /// Of more training rows than fit into memory the first in the common order are taken, where chance has put them.
    ///
    /// - Parameter aligned: Rows of the table in the common order.
    /// - Returns: Metrics over the held-back rows, and of how many training rows the trees were made where it is not of all.
    func boostedBaseline(
        _ table: Table, columns names: [String], aligned: AlignedRows
    ) throws -> (metrics: PartyReport.Metrics, sample: Int?) {
        // At least some rows for each of many columns.
        let cells = table.space.memory / Self.boostedShare / MemoryLayout<Double>.size
        let most = max(1000, cells / max(1, names.count))
        let training = RowNumbers(schedule.trainRows.prefix(most))
        let columns = try BoostedColumns(table, names)
        let fitted = try BoostedTrees(
            fitting: columns.values(of: aligned.rows(at: training)),
            targets: targets.present(training).map { targets.truth[$0] },
            objective: objective)
        var scores: [Double] = []
        for start in stride(from: 0, to: schedule.testRows.count, by: most) {
            let rows = aligned.rows(at: schedule.testRows[start..<min(start + most, schedule.testRows.count)])
            scores += try fitted.predict(columns.values(of: rows).map(\.values))
        }
        return (try measure(scores), training.count < schedule.trainRows.count ? training.count : nil)
    }

    /// Raw columns take one part in so many of the party's memory at most.
    private static let boostedShare = 8

    private var objective: BoostedTrees.Objective {
        switch job.model.target {
        case .binary: .binary
        case .classes: .classes(job.model.classes)
        case .number: .number
        case .count: .count
        }
    }
}

/// Raw columns of a table as trees take them: numbers as they are; texts by their places among the column's texts, a missing one as a
/// missing number.
private struct BoostedColumns {
    private let table: Table
    private let names: [String]
    /// Of each column of texts.
    private var places: [String: [String: Int]] = [:]

    init(_ table: Table, _ names: [String]) throws(TablesError) {
        (self.table, self.names) = (table, names)
        for name in names where try table.column(name).type == .category {
            places[name] = Dictionary(uniqueKeysWithValues: try table.classes(name).enumerated().map { ($1, $0) })
        }
    }

    func values(of rows: RowNumbers) throws(TablesError) -> [BoostedTrees.Column] {
        var columns: [BoostedTrees.Column] = []
        for name in names {
            switch try table.column(name).cells() {
            case .numbers(let numbers): columns.append(.init(rows.map { numbers[$0] }))
            case .texts(let texts):
                let places = places[name] ?? [:]
                let codes = rows.map { places[String(decoding: texts[$0], as: UTF8.self)].map { Double($0) } ?? .nan }
                columns.append(.init(codes, isCategorical: true))
            }
        }
        return columns
    }
}
