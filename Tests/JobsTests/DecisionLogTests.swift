import AuditedFederation
import Foundation
import Jobs
import Testing

/// The log of decisions.
@Suite struct DecisionLogTests {
    private let folder: TemporaryFolder
    private let log: DecisionLog
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        // Anything that lies there tells where the folder is.
        let marker = try folder.write([UInt8](), "marker")
        let state = String(marker.dropLast("/marker".count))
        log = DecisionLog(state: state)
        path = state + "/decisions.log"
    }

    private func entry(_ decision: DecisionLog.Decision, _ reasons: [String] = []) -> DecisionLog.Entry {
        .init(
            job: String(repeating: "ab", count: 32), name: "job", decision, by: "anna", reasons: reasons,
            under: Policy())
    }

    @Test func entriesAreOnlyAdded() throws {
        #expect(try log.entries() == [])
        let entries = [entry(.refused, ["no", "never"]), entry(.approved), entry(.began)]
        for entry in entries { try log.append(entry) }
        #expect(try log.entries() == entries)
        #expect(entries[2].policyText == Policy().text && entries[1].policyText == nil)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count == 4 && text.hasSuffix("\n"))
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        #expect(mode as? Int == 0o600)
    }

    @Test func aTornLineSpoilsNoOther() throws {
        try log.append(entry(.denied))
        let whole = try Data(contentsOf: URL(filePath: path))
        try (whole + whole.dropLast(9)).write(to: URL(filePath: path))
        try log.append(entry(.revoked))
        #expect(try log.entries().map { $0?.decision } == [.denied, nil, .revoked])
    }

    @Test func linesAreForTerminals() {
        let line = entry(.refused, ["column 'a\u{1B}[2Jb\n\u{202E}c' is not offered"]).text
        #expect(line.contains("abababababab  job  refused  by anna") && line.contains("column 'a\u{FFFD}[2Jb"))
        #expect(!line.unicodeScalars.contains { $0.value < 32 || $0.value == 0x202E })
    }

    @Test func manyWritersLoseNothing() throws {
        DispatchQueue.concurrentPerform(iterations: 40) { _ in try? log.append(entry(.approved)) }
        #expect(try log.entries().compactMap(\.self).count == 40)
    }
}
