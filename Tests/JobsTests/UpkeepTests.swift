import AuditedFederation
import Documents
import Foundation
import Glibc
import Jobs
import Specification
import Testing

/// What a party file says of quotas and of what is kept, and what is removed by it.
@Suite struct UpkeepTests {
    private let folder: String
    private let hash = String(repeating: "0123456789abcdef", count: 4)

    init() throws {
        var template = Array("/tmp/colonnade-upkeep-XXXXXX".utf8CString)
        folder = String(cString: try #require(mkdtemp(&template)))
    }

    private func file(_ fields: String) throws -> PartyFile { try PartyFile.reading(fields, in: folder) }

    @Test func aFileThatSaysNothingHasDefaults() throws {
        let file = try file("")
        #expect(file.quotas.atOnce == 2 && file.quotas.queue == 16 && file.quotas.cores >= 1 && file.log == nil)
        #expect(file.quotas.memory > 1 << 28 && !file.quotas.limitsMemory)
        #expect(file.retention.text.hasPrefix("checkpoints 30d, alignments 90d, transcripts kept, scores kept"))
    }

    @Test func fieldsAreRead() throws {
        let file = try file(
            """
            jobs: {at-once: 3, queue: 0, cores: 4, memory: 1 GiB}
            log: {file: log/party.log, size: 64 KiB, keep: 2}
            retention: {checkpoints: keep, transcripts: 400d}
            """)
        #expect((file.quotas.atOnce, file.quotas.queue, file.quotas.cores) == (3, 0, 4))
        #expect(file.quotas.memory == 1 << 30 && file.quotas.limitsMemory)
        #expect(file.log?.path == folder + "/log/party.log" && file.log?.size == 1 << 16 && file.log?.keep == 2)
        #expect(file.retention[.checkpoints] == nil && file.retention[.transcripts] == 400)
        #expect(file.retention[.alignments] == 90)
    }

    @Test(
        arguments: [
            "jobs: {at-once: 0}", "jobs: {at-once: 3, cores: 2}", "jobs: {memory: 12 parsecs}", "jobs: {memory: 5}",
            "jobs: {once: 2}", "log: {size: 1 MiB}", "log: {file: a, size: big}", "retention: {checkpoints: 30}",
            "retention: {checkpoints: 0d}", "retention: {ledgers: 30d}",
        ]) func mistakesAreNamed(fields: String) throws
    {
        #expect(throws: DocumentError.self) { try file(fields) }
    }

    @Test func sizesAreReadAndWritten() {
        for (text, bytes) in [
            ("512 MiB", 512 << 20), ("8GiB", 8 << 30), ("77", 77), ("1 KiB", 1024), ("1 MB", 1_000_000),
        ] {
            #expect(ByteCount.read(text) == bytes)
        }
        for text in ["", "MiB", "-1 MiB", "1  MiB", "1 Mb", "99999999999 TiB", "1.5 GiB"] {
            #expect(ByteCount.read(text) == nil, "\(text)")
        }
        #expect(
            ByteCount.text(1536) == "1.5 KiB" && ByteCount.text(0) == "0 bytes" && ByteCount.text(3 << 30) == "3 GiB")
    }

    @Test func aDiskThatIsTooFullIsNamedWithWhatToDo() throws {
        let space = DiskSpace(free: 10 << 20, total: 100 << 30)
        #expect(space.refusal(of: "flights", writing: 10 << 20, at: "/state") == nil)
        let refusal = try #require(space.refusal(of: "flights", writing: 11 << 20, at: "/state"))
        for word in ["job flights", "11 MiB", "10 MiB", "/state", "colonnade-party purge"] {
            #expect(refusal.contains(word), "\(refusal)")
        }
        #expect(space.warning(at: "/state")?.contains("10 MiB of 100 GiB") == true)
        #expect(DiskSpace(free: 11 << 30, total: 100 << 30).warning(at: "/state") == nil)
        #expect(DiskSpace(free: 2 << 30, total: 4 << 30).warning(at: "/state") == nil)
        #expect(DiskSpace(free: 1 << 29, total: 1 << 30).warning(at: "/state") != nil)
        let here = try DiskSpace(at: folder)
        #expect(here.refusal(of: "flights", writing: 1, at: folder) == nil)
        #expect(here.refusal(of: "flights", writing: 1 << 60, at: folder) != nil)
    }

    // MARK: - What is removed

    /// A state folder in which two jobs left all that they can, one a hundred days ago.
    private func fill() throws -> (PartyFile, mine: [String], other: [String], kept: [String]) {
        let file = try file("")
        let other = "ffff" + hash.dropFirst(4)
        func left(_ hash: String) -> [String] {
            let short = hash.prefix(12)
            return [
                "checkpoints/\(hash)/0-1.checkpoint", "alignments/rows-\(short)-0",
                "alignments/my-job-\(short)/session",
                "alignments/my-job-\(short).ids", "transcripts/my-job-\(short)-0-shop.transcript",
                "transcripts/my-job-\(short)-0-shop.view", "scores/my-job-\(short)-0.csv",
                "statistics/my-job-\(short)-0.csv", "runs/\(short)-0.json",
            ]
        }
        let kept = [
            "exposure/data.ledger", "exposure/data.\(hash.prefix(12)).reserved", "single-use.ledger",
            "statistics/data.ledger", "decisions.log", "jobs/\(hash).json", "jobs/\(hash).attempt",
            "jobs/\(hash).decision", "models/\(hash.prefix(12))-0.model", "models.db", "begun/data/\(hash)", "lock",
            "transcripts/note.txt", "scores/readme.csv",
        ]
        for path in left(hash) + left(other) + kept {
            let whole = file.state + "/" + path
            try StateFile.makeFolder(String(whole[..<(whole.lastIndex(of: "/") ?? whole.endIndex)]))
            let isRecord = path.hasPrefix("runs/")
            let record = """
                {"id": "\(path.dropFirst(5).dropLast(5))", "hash": "\(path.contains("ffff") ? other : hash)", "name": "my-job", \
                "role": "label", "partners": [], "state": "running", "since": 1, "entered": 1, "memory": 1}
                """
            try StateFile.write(Array((isRecord ? record : "x").utf8), to: whole)
        }
        return (file, left(hash), left(other), kept)
    }

    private func isThere(_ path: String, _ file: PartyFile) -> Bool {
        FileManager.default.fileExists(atPath: file.state + "/" + path)
    }

    private func age(_ paths: [String], _ file: PartyFile, days: Double) throws {
        let then = Date(timeIntervalSinceNow: -days * 86_400)
        for path in paths {
            let whole = file.state + "/" + path
            try FileManager.default.setAttributes([.modificationDate: then], ofItemAtPath: whole)
            let folder = String(whole[..<(whole.lastIndex(of: "/") ?? whole.endIndex)])
            try FileManager.default.setAttributes([.modificationDate: then], ofItemAtPath: folder)
        }
    }

    @Test(arguments: ["0123456789ab-0", "01234567"]) func aJobsLeftoversGoAndNothingElse(id: String) throws {
        let (file, mine, other, kept) = try fill()
        let dry = try Leftovers(file).remove(.job(id), isDry: true)
        #expect(dry.count == mine.count && mine.allSatisfy { isThere($0, file) })
        #expect(try Leftovers(file).remove(.job(id)) == dry)
        for path in mine { #expect(!isThere(path, file), "\(path)") }
        for path in other + kept { #expect(isThere(path, file), "\(path)") }
    }

    @Test func anotherAttemptsFilesStay() throws {
        let (file, mine, _, _) = try fill()
        let removed = try Leftovers(file).remove(.job("0123456789ab-1"), kinds: [.transcripts, .scores, .alignments])
        // What all attempts go on from has no number.
        #expect(removed.map(\.kind) == [.alignments, .alignments])
        #expect(mine.filter { isThere($0, file) }.count == mine.count - 2)
    }

    @Test func retentionTakesWhatIsOverAndLeavesTheRest() throws {
        let (file, mine, other, kept) = try fill()
        try age(mine, file, days: 100)
        let removed = try Leftovers(file).remove(.expired(file.retention))
        #expect(Set(removed.map(\.kind)) == [.checkpoints, .alignments])
        #expect(mine.filter { isThere($0, file) }.count == mine.count - 4)
        for path in other + kept { #expect(isThere(path, file), "\(path)") }
        #expect(try Leftovers(file).remove(.olderThan(days: 99)).count == mine.count - 4)
        #expect(try Leftovers(file).remove(.olderThan(days: 99)).isEmpty)
    }

    /// While a process serves, what it has in its list as running is nobody's leftover.
    @Test func whatRunsIsNotTouched() throws {
        let (file, mine, _, _) = try fill()
        let lock = try StateLock(folder: file.state)
        #expect(StateLock.isHeld(folder: file.state))
        #expect(try Leftovers(file).remove(.job("0123456789ab")).isEmpty)
        #expect(try Leftovers(file).isActive("0123456789ab") && mine.allSatisfy { isThere($0, file) })
        #expect(throws: RunError.self) { try Leftovers(file).removeModel("0123456789ab-0") }
        withExtendedLifetime(lock) {}
    }

    @Test func aModelGoesByItsNameOnly() throws {
        let (file, _, _, kept) = try fill()
        #expect(throws: RunError.self) { try Leftovers(file).removeModel("../../key") }
        #expect(try Leftovers(file).removeModel("0123456789ab-0", isDry: true).bytes == 1)
        #expect(isThere("models/0123456789ab-0.model", file))
        _ = try Leftovers(file).removeModel("0123456789ab-0")
        #expect(kept.filter { isThere($0, file) }.count == kept.count - 1)
    }
}
