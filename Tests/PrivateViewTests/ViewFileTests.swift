import Foundation
import PrivateView
import Specification
import Testing

/// A folder that goes with the value.
private final class Folder {
    let path = FileManager.default.temporaryDirectory.appending(path: "colonnade-\(UUID().uuidString)").path
    var file: String { path + "/airline.view" }

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

@Suite struct ViewFileTests {
    private static func records() throws -> [ViewRecord] {
        let (airline, weather) = (try Party("airline"), try Party("weather"))
        return [
            .header(.init(party: airline, role: "label", job: "00ff", attempt: 3, seed: "0123")),
            .exported(.init(peer: weather, label: "EXPORTER-colonnade-test", bytes: "abcd")),
            .frame(.init(frame: 0, nanoseconds: 12)),
            .key(.init(modulus: "23", primes: ["5", "7"])),
            .features(.init(numbers: ["temp", "carrier=U/A"], lookups: ["origin"], target: "late")),
            .row(.init(row: 0, id: "a \"quoted\" id", numbers: [1 << 20, -1], lookups: [4], target: 1)),
            .row(.init(row: 1, id: "", numbers: [0, 0], lookups: [0], target: nil)),
            .round(
                .init(
                    protocolName: "matmul", phase: "train", round: 0, rows: [1, 0],
                    shares: [airline: [.max, .min], weather: []], opened: [1, 2], derivative: [-3, 4])),
            .round(.init(protocolName: "matmul", phase: "evaluate", round: 0, rows: [1])),
        ]
    }

    private func read(_ path: String) throws -> [ViewRecord] {
        let reader = try ViewReader(path: path)
        var records: [ViewRecord] = []
        while let record = try reader.next() { records.append(record) }
        return records
    }

    @Test func whatWasWrittenIsRead() throws {
        let (folder, records) = (try Folder(), try Self.records())
        let writer = try ViewWriter(path: folder.file)
        for record in records { try writer.write(record) }
        try writer.finish()
        #expect(try read(folder.file) == records)
        let mode = try FileManager.default.attributesOfItem(atPath: folder.file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    /// The lines that the README documents, which others read too.
    @Test func linesAreAsDocumented() throws {
        let folder = try Folder()
        let writer = try ViewWriter(path: folder.file)
        for record in try Self.records().prefix(5) { try writer.write(record) }
        try writer.finish()
        #expect(
            try String(contentsOfFile: folder.file, encoding: .utf8) == """
                {"attempt":3,"format":1,"job":"00ff","party":"airline","record":"view","role":"label","seed":"0123"}
                {"bytes":"abcd","label":"EXPORTER-colonnade-test","peer":"weather","record":"exported"}
                {"frame":0,"nanoseconds":12,"record":"frame"}
                {"modulus":"23","primes":["5","7"],"record":"key"}
                {"lookups":["origin"],"numbers":["temp","carrier=U/A"],"record":"features","target":"late"}

                """)
    }

    /// Lines of all sizes around that of the buffer come out whole and in order; what was not finished is written all the same.
    @Test func bufferingChangesNothing() throws {
        let folder = try Folder()
        let counts = [1, 5_000, 20_000, 1, 9_000, 16_000, 3, 40_000, 2]
        let records = counts.enumerated().map { index, count in
            ViewRecord.row(
                .init(
                    row: index, id: "\(index)", numbers: Array(repeating: Int64(index), count: count), lookups: [],
                    target: nil))
        }
        do {
            let writer = try ViewWriter(path: folder.file)
            for record in records { try writer.write(record) }
        }
        #expect(try read(folder.file) == records)
    }

    @Test func aViewIsNeverWrittenOver() throws {
        let folder = try Folder()
        let writer = try ViewWriter(path: folder.file)
        try writer.write(Self.records()[0])
        try writer.finish()
        #expect(throws: PrivateViewError.self) { try ViewWriter(path: folder.file) }
        #expect(try read(folder.file).count == 1)
    }

    @Test func aFolderThatIsNotThereIsSaid() throws {
        let error = #expect(throws: PrivateViewError.self) { try ViewWriter(path: "/nowhere/at-all.view") }
        #expect(error?.description.contains("/nowhere/at-all.view") == true)
    }

    @Test func aLineThatIsNoRecordIsNamed() throws {
        let folder = try Folder()
        let secret = "123456789"
        try "{\"record\":\"frame\",\"frame\":0,\"nanoseconds\":1}\n{\"record\":\"key\",\"modulus\":\(secret)}\n".write(
            toFile: folder.file, atomically: false, encoding: .utf8)
        let reader = try ViewReader(path: folder.file)
        #expect(try reader.next() == .frame(.init(frame: 0, nanoseconds: 1)))
        let error = #expect(throws: PrivateViewError.self) { try reader.next() }
        #expect(error?.description.contains("line 2") == true)
        #expect(error?.description.contains(secret) == false)
    }

    @Test func numbersThatJSONLacksAreRefused() throws {
        let folder = try Folder()
        let writer = try ViewWriter(path: folder.file)
        #expect(throws: PrivateViewError.self) {
            try writer.write(.row(.init(row: 0, id: "x", numbers: [], lookups: [], target: .nan)))
        }
    }
}
