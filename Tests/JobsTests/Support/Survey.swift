import AuditedFederation
import Coordination
import Cryptography
import Documents
import Foundation
import Identifiers
import Jobs
import Link
import PrivateView
import Specification
import Testing

/// Whole jobs on data with numbers, gaps and categories, every party of a ``MadeUpFederation`` with its policy on statistics.
final class Survey {
    let federation: MadeUpFederation
    private(set) var files: [PartyFile]
    private let folder: TemporaryFolder
    /// Of each party, by column; empty where there is a gap.
    let cells: [Party: [String: [String]]]
    let labels: [Double]
    var rows: Int { labels.count }
    var parties: [Party] { federation.parties }

    /// Made-up data of 400 rows.
    ///
    /// - Parameter statistics: As a party file has it.
    convenience init(features: Int = 1, statistics: String = "{reveal: woe, min-bin: 5, bins: 500}") throws {
        let federation = try MadeUpFederation(features: features)
        let noise = try RecordedRandomSource(seed: Array("survey".utf8)).stream("cells").bytes(400 * 8)
        let hidden = (0..<400).map { Double(noise[8 * $0]) + Double(noise[8 * $0 + 1]) - 255 }
        let labels: [Double] = hidden.enumerated().map { $1 + Double(noise[8 * $0 + 2]) / 2 > 90 ? 1 : 0 }
        var cells: [Party: [String: [String]]] = [:]
        for (index, party) in federation.parties.enumerated() {
            cells[party] = [
                // One that follows the label, one that does not, one with gaps, one of texts, one that is always the same.
                "\(party)-near": hidden.indices.map { "\(hidden[$0] + Double(noise[8 * $0 + 3 + index]))" },
                "\(party)-far": hidden.indices.map { "\(noise[8 * $0 + 6 - index])" },
                "\(party)-gaps": hidden.indices.map { $0 % 7 == index ? "" : "\((hidden[$0] / 40).rounded())" },
                "\(party)-text": hidden.indices.map {
                    ["red", "green", "blue", "grey"][min(Int(noise[8 * $0 + 4 + index]) / 80, 3)]
                },
                "\(party)-same": hidden.map { _ in "7" },
            ]
        }
        try self.init(federation, cells, labels, statistics: statistics)
    }

    /// - Parameter cells: Of each party's columns, row by row.
    init(
        _ federation: MadeUpFederation, _ cells: [Party: [String: [String]]], _ labels: [Double], statistics: String
    ) throws {
        (self.federation, self.cells, self.labels) = (federation, cells, labels)
        folder = try TemporaryFolder()
        var files: [PartyFile] = []
        for (index, file) in try federation.files.enumerated() {
            var file = file
            let columns = (cells[file.name] ?? [:]).sorted { $0.key < $1.key }
            let names = ["id"] + columns.map(\.key) + (index == 0 ? ["y"] : [])
            let lines = labels.indices.map { place in
                // The others' rows are mixed.
                let row = index == 0 ? place : labels.count - 1 - place
                return (["row-\(row)"] + columns.map { $0.value[row] } + (index == 0 ? ["\(Int(labels[row]))"] : []))
                    .joined(separator: ",")
            }
            let text = ([names.joined(separator: ",")] + lines).joined(separator: "\n") + "\n"
            file.data.rows = .csv(file: try folder.write(Array(text.utf8), "\(file.name).csv"))
            file.policy.statistics = try Self.policy(statistics)
            files.append(file)
        }
        self.files = files
    }

    /// Default of credit card clients (UCI, CC BY 4.0), which does not come with the project: of its first rows, 13 columns beside the
    /// label and 10 at the other party.
    static let credit = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "shared/data/credit")
    static var hasCredit: Bool { FileManager.default.fileExists(atPath: credit.path) }

    convenience init(creditRows count: Int) throws {
        let federation = try MadeUpFederation()
        var cells: [Party: [String: [String]]] = [:]
        var labels: [Double] = []
        for (party, name) in zip(federation.parties, ["guest", "host"]) {
            let path = Self.credit.appending(path: "default_credit_hetero_\(name).csv")
            let lines = try String(contentsOf: path, encoding: .utf8).split(whereSeparator: \.isNewline)
                .prefix(count + 1).map { $0.split(separator: ",").map(String.init) }
            for (place, column) in lines[0].enumerated() where column.hasPrefix("x") {
                cells[party, default: [:]]["\(party)-\(column)"] = lines.dropFirst().map { $0[place] }
            }
            if name == "guest" { labels = try lines.dropFirst().map { try #require(Double($0[1])) } }
        }
        try self.init(federation, cells, labels, statistics: "{reveal: woe, min-bin: 1, bins: 500}")
    }

    /// As a party file's reader makes it.
    static func policy(_ text: String) throws -> Policy.Statistics {
        try PartyFile.reading("policy: {statistics: \(text)}").policy.statistics
    }

    func job(_ overrides: [String] = []) throws -> Job {
        try federation.job(
            ["model={kind: logistic}", "train={epochs: 1, batch: 512}", "evaluate={metrics: [auc]}"] + overrides)
    }

    func setPolicy(_ text: String, at party: Party) throws {
        let statistics = try Self.policy(text)
        change(party) { $0.policy.statistics = statistics }
    }

    /// Changes what a party's file says.
    func change(_ party: Party, _ change: (inout PartyFile) -> Void) {
        for index in files.indices where files[index].name == party { change(&files[index]) }
    }

    /// Runs a job, on top of what earlier ones have left behind.
    func run(_ overrides: String..., insecurely: Bool = false) throws -> Report {
        let audited = files.map { $0.audited(insecurely: insecurely) }
        return try RecordedFederation(job(overrides), files: audited, source: nil)
            .run(over: MemoryNetwork(parties: parties))
    }

    // MARK: - In one place

    /// Numbers of the rows that a job trains on, in its common order.
    func trainingRows(of job: Job) throws -> [Int] {
        let hasher = IDHasher(job.align.declaration, seed: job.rowSeed)
        let hashes = try (0..<rows).compactMap { try hasher.hash([Array("row-\($0)".utf8)[...]]) }
        let order = hashes.indices.sorted { hashes[$0] < hashes[$1] }
        return Schedule(job: job, rows: rows).trainRows.map { order[$0] }
    }

    /// What this party's rows are in the model, by the column's name, in the order of the rows' numbers.
    func prepared(_ party: Party, _ report: Report) throws -> [String: [Double]] {
        let path = try #require(report.transcripts[party]?.file)
        let reader = try ViewReader(path: path.replacing(".transcript", with: ".view"))
        var (names, rows) = ([String](), [Int: [Int64]]())
        while let record = try reader.next() {
            if case .features(let features) = record { names = features.numbers }
            if case .row(let row) = record { rows[try #require(Int(row.id.dropFirst(4)))] = row.numbers }
        }
        var prepared: [String: [Double]] = [:]
        for row in labels.indices {
            let numbers = try #require(rows[row])
            for (name, number) in zip(names, numbers) {
                prepared[name, default: []].append(Double(number) / Double(1 << 20))
            }
        }
        return prepared
    }
}

/// Weights of evidence where everything is in one place, written for these tests alone: it shares no code with what it is compared to.
struct Pooled {
    /// Of each row that has one, by its number.
    let weights: [Int: Double]
    let informationValue: Double
    let bins: Int

    /// - Parameter cells: Of all rows; numbers are cut at `count` steps of equal frequency, texts are bins as they are.
    init(_ cells: [String], labels: [Double], training: [Int], count: Int?) {
        var keys = cells
        if let count {
            let sorted = training.compactMap { Double(cells[$0]) }.sorted()
            var edges: [Double] = []
            for step in 1..<count {
                let place = Double(step) / Double(count) * Double(sorted.count - 1)
                let low = Int(place)
                let edge = sorted[low] + (place - Double(low)) * (sorted[min(low + 1, sorted.count - 1)] - sorted[low])
                if edge > edges.last ?? sorted[0] { edges.append(edge) }
            }
            keys = cells.map { cell in
                Double(cell).map { number in "\(edges.count { $0 <= number })" } ?? "gap"
            }
        }
        let events = training.reduce(0) { $0 + labels[$1] }
        let others = Double(training.count) - events
        var (byKey, value) = ([String: Double](), 0.0)
        for key in Set(training.map { keys[$0] }) {
            let members = training.filter { keys[$0] == key }
            var good = members.reduce(0) { $0 + labels[$1] }
            var bad = Double(members.count) - good
            if good == 0 || bad == 0 {
                good += 0.5
                bad += 0.5
            }
            let weight = log((good / events) / (bad / others))
            byKey[key] = weight
            value += (good / events - bad / others) * weight
        }
        informationValue = value
        bins = byKey.count
        weights = Dictionary(
            uniqueKeysWithValues: cells.indices.compactMap { row in byKey[keys[row]].map { (row, $0) } })
    }
}
