import Foundation
import Histories
import Jobs
import RowSources
import Scratch
import Testing

/// Events that stay in memory from one prediction to the next.
@Suite struct RecentEventsTests {
    private let folder = NSTemporaryDirectory() + "recent-\(UUID().uuidString)"

    private func log(_ name: String, _ events: [Int]) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let text = "who,time,kind\n" + events.map { "v,\($0),k\n" }.joined()
        // In place: the file stays the same one.
        let path = "\(folder)/\(name)"
        if let file = FileHandle(forWritingAtPath: path) {
            try file.truncate(atOffset: 0)
            try file.write(contentsOf: Data(text.utf8))
            try file.close()
        } else {
            try text.write(toFile: path, atomically: false, encoding: .utf8)
        }
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: path)
    }

    private func source(_ name: String) throws -> HistorySource {
        HistorySource(
            name: name, rows: .csv(file: "\(folder)/\(name)"), entity: "who", of: "who", time: "time", at: "when",
            fields: ["kind"], types: [:], predicted: nil)
    }

    /// How a model that was trained before sees events.
    private func encoding() throws -> HistoryEncoding {
        try log("fit", [1, 2, 3])
        let log = try EventLog(reading: source("fit"), in: WorkingSpace(folder: folder))
        return try HistoryEncoding(fitting: log, before: .max, .init())
    }

    private func read(
        _ recent: RecentEvents, _ name: String, as encoding: HistoryEncoding, memory: Int = 1 << 26
    ) throws -> [Int] {
        try recent.read(source(name), as: encoding, in: WorkingSpace(memory: memory, folder: folder)).log.lengths
    }

    /// What has not changed, by what tells a file's version, is not read again; what has is.
    @Test func onlyWhatChangedIsReadAgain() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try log("one", [100, 200, 300])
        let (recent, encoding) = (RecentEvents(), try encoding())
        #expect(try read(recent, "one", as: encoding) == [3])
        try log("one", [100, 2, 300, 4])
        #expect(try read(recent, "one", as: encoding) == [4], "it is longer")
        // As long and as old as before: nobody can tell, so this shows that it was not read.
        try log("one", [10000, 2000, 3000])
        #expect(try read(recent, "one", as: encoding) == [4])
        #expect(try read(RecentEvents(), "one", as: encoding) == [3])
    }

    /// More than a quarter of the party's memory stays nowhere; the oldest goes first.
    @Test func memoryIsBounded() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for name in ["one", "two", "six"] { try log(name, [10, 20, 30, 40]) }
        let each = try EventLog(reading: source("one"), in: WorkingSpace(folder: folder)).bytes
        #expect(each == 4 * (16 + 12))
        let (recent, encoding) = (RecentEvents(), try encoding())
        for name in ["one", "two", "six"] { #expect(try read(recent, name, as: encoding, memory: 8 * each) == [4]) }
        for name in ["one", "two", "six"] { try log(name, [10000, 2000, 3000]) }
        #expect(try read(recent, "six", as: encoding, memory: 8 * each) == [4])
        #expect(try read(recent, "two", as: encoding, memory: 8 * each) == [4])
        #expect(try read(recent, "one", as: encoding, memory: 8 * each) == [3])
    }
}
