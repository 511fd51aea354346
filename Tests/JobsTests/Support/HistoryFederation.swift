import AuditedFederation
import Coordination
import Cryptography
import Foundation
import Jobs
import Link
import Specification

/// Two parties whose rows look at events: every row names a visitor and a moment, and its label follows from what that visitor did last.
/// Without events nothing tells labels apart. Files lie in a folder that goes with the value.
final class HistoryFederation: Sendable {
    static let rows = 160
    static let visitors = 20
    /// Of each visitor; the first one has none.
    static let events = 160

    let federation: MadeUpFederation
    let parties: [Party]
    let files: [PartyFile]

    /// - Parameters:
    ///   - owners: Who has the events, by number: 0 is the label party.
    ///   - items: So many further events of others, each with an item of its own, which then is a field.
    init(owners: Set<Int>, items: Int = 0) throws {
        federation = try MadeUpFederation()
        parties = federation.parties
        let kinds = try Self.noise("kinds", Self.visitors * Self.events).map { $0 % 3 }
        files = try federation.files.enumerated().map { index, file in
            let folder = file.folder
            try Self.table(index, kinds).write(toFile: "\(folder)/data.csv", atomically: false, encoding: .utf8)
            guard owners.contains(index) else { return file }
            try Self.log(kinds, items: items).write(toFile: "\(folder)/visits.csv", atomically: false, encoding: .utf8)
            let party = try String(contentsOfFile: file.path, encoding: .utf8)
            let histories = """
                histories:
                  visits: {file: visits.csv, entity: visitor, of: who, time: time, at: when, fields: [kind, spent\(items > 0 ? ", item" : "")]}

                """
            try (party + histories).write(toFile: file.path, atomically: false, encoding: .utf8)
            return try PartyFile(path: file.path)
        }
    }

    private static func noise(_ name: String, _ count: Int) throws -> [UInt8] {
        try RecordedRandomSource(seed: Array("made-up histories".utf8)).stream(name).bytes(count)
    }

    /// Of whom a row speaks; the last rows of visitors who have no events.
    private static func visitor(of row: Int) -> Int { (7 * row) % visitors }

    /// Before which event of its visitor a row stands: a row of the first 16 knows none.
    private static func known(of row: Int) -> Int { row < 16 ? 0 : 1 + (13 * row) % (events - 1) }

    private static func table(_ index: Int, _ kinds: [UInt8]) throws -> String {
        let noise = try noise("columns \(index)", 4 * rows)
        let lines = (0..<rows).map { place in
            let row = index == 0 ? place : rows - 1 - place
            let (visitor, known) = (visitor(of: row), known(of: row))
            let last = visitor > 0 && known > 0 ? kinds[visitor * events + known - 1] : 2
            let label = index == 0 ? ",\(last == 1 ? 1 : 0)" : ""
            let columns = noise[4 * row..<4 * row + 4].map { "\($0 & 1)" }.joined(separator: ",")
            return "row-\(row),v\(visitor),\(1000 * known),\(columns)\(label)"
        }
        let names = (0..<4).map { "x\(index)\($0)" }.joined(separator: ",")
        return (["id,who,when,\(names)\(index == 0 ? ",y" : "")"] + lines).joined(separator: "\n") + "\n"
    }

    /// Event number e of a visitor became known at 1000 e + 500.
    private static func log(_ kinds: [UInt8], items: Int) -> String {
        let lines = (1..<visitors).flatMap { visitor in
            (0..<events).map { event in
                "v\(visitor),\(1000 * event + 500),k\(kinds[visitor * events + event]),\(kinds[visitor * events + event])"
                    + (items > 0 ? ",i\(event)" : "")
            }
        }
        let others = (0..<items).map { "w\($0 / 1000),\($0 % 1000),k\($0 % 3),1,j\($0)" }
        return (["visitor,time,kind,spent" + (items > 0 ? ",item" : "")] + lines + others).joined(separator: "\n")
            + "\n"
    }

    /// - Parameter events: That are looked at.
    static func tower(_ more: String = "", events: Int = 1) -> String {
        "{kind: history, outputs: 4, events: \(events), width: 8, layers: 1, heads: 2, epochs: 2, budget: 64 MB\(more)}"
    }

    /// A job on which everybody brings its columns of noise, and its tower.
    func job(_ overrides: String...) throws -> Job {
        try federation.job(
            [
                "columns={shop: [x00, x01, x02, x03], phone: [x10, x11, x12, x13]}",
                "train={epochs: 4, batch: 16, checkpoint: 5}",
            ] + overrides)
    }

    /// As a coordinator names histories that a job file leaves open.
    static func named(_ job: Job) -> Job {
        var job = job
        for party in job.towers.keys { job.towers[party]?.history?.histories = ["visits"] }
        return job
    }

    func recorded(_ job: Job, seed: String = "once") throws -> RecordedFederation {
        try RecordedFederation(Self.named(job), files: files) {
            RecordedRandomSource(seed: Array("\(seed) \($0)".utf8))
        }
    }

    func clear() throws { try federation.clear() }
}
