import Compression
import Foundation
import Jobs
import Specification
import Testing

/// Three organisations and their coordinator as programs of the previous version left them (`Previous/record`), in a folder that goes
/// with the value.
final class PreviousFederation: Sendable {
    let parties: [Party]
    /// With a folder for each party, and the coordinator's.
    let folder: String

    init() throws {
        parties = try ["shop", "phone", "bank"].map { try Party($0) }
        folder = FileManager.default.temporaryDirectory.appending(path: "colonnade-\(UUID().uuidString)").path
        try Self.unpack(Zstandard.decompress([UInt8](Self.recorded("left.zst")), limit: 4 << 20), into: folder)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private static func recorded(_ name: String) throws -> Data {
        try Data(
            contentsOf: #require(Bundle.module.url(forResource: "Previous", withExtension: nil)).appending(path: name))
    }

    /// Messages of the control plane as parties and coordinators of the previous version sent them.
    static var messages: [[UInt8]] {
        get throws { try recorded("messages.jsonl").split(separator: 0x0A).map { Array($0) } }
    }

    /// - Parameter bytes: For each file its path and length on one line, and its content.
    private static func unpack(_ bytes: [UInt8], into folder: String) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let line = rest.prefix { $0 != 0x0A }
            let words = String(decoding: line, as: UTF8.self).split(separator: " ")
            let length = try #require(words.count == 2 ? Int(words[1]) : nil)
            let path = "\(folder)/\(words[0])"
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            rest = rest.dropFirst(line.count + 1)
            try StateFile.write(Array(rest.prefix(length)), to: path)
            rest = rest.dropFirst(length)
        }
    }

    var files: [PartyFile] {
        get throws { try parties.map { try PartyFile(path: "\(folder)/\($0)/party.yaml") } }
    }

    /// What the coordinator wrote down of a job.
    func record(of job: String) throws -> JobRecord {
        try #require(JobRecords(coordinatorFolder: folder + "/coordinator").all().last { $0.name == job })
    }

    /// Files in one of the folders of each party's state.
    func paths(_ name: String, _ isMeant: (String) -> Bool) throws -> [String] {
        try parties.flatMap { party in
            let state = "\(folder)/\(party)/state/\(name)"
            return try FileManager.default.contentsOfDirectory(atPath: state).filter(isMeant).sorted()
                .map { "\(state)/\($0)" }
        }
    }
}
