import Foundation
import Testing

extension System {
    /// The table of quality, on two small sets: what partners bring must come through ciphertexts undiminished.
    @Suite struct Quality {
        static let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        static let data = root.deletingLastPathComponent().appendingPathComponent("shared/data").path

        private struct Report: Decodable {
            struct Row: Decodable {
                var name, metric: String
                var ours, colocated, labelPartyOnly, largestDifference: Double
                var exposures: [String: Double]
            }
            var protection: String
            var bits: Int
            var rows: [Row]
        }

        /// The set's data, and Python, which prepares them.
        static func isPresent(_ set: String) -> Bool {
            let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
            return FileManager.default.fileExists(atPath: "\(data)/\(set)")
                && folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/python3") }
        }

        private func report(_ set: String) async throws -> Report {
            let logs = NSTemporaryDirectory() + "colonnade-quality-" + UUID().uuidString
            try FileManager.default.createDirectory(atPath: logs, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: logs) }
            let program = try Program(
                "colonnade-bench", ["quality", "--data", Self.data, "--only", set, "--seeds", "1", "--json"],
                in: Self.root.path, logs: logs + "/bench")
            defer { program.end() }
            let outcome = try await program.outcome(within: 300)
            try #require(outcome.status == 0, "\(outcome.errors)")
            let report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
            #expect(report.protection == "blind" && report.bits == 2048)
            return report
        }

        @Test(.enabled(if: isPresent("breast"), "needs ../shared/data/breast and python3"))
        func breast() async throws {
            let report = try await report("breast")
            let row = try #require(report.rows.first)
            #expect(row.name == "breast-logistic" && row.metric == "auc")
            #expect(row.ours > 0.97)
            #expect(row.largestDifference < 0.005)
            #expect(row.largestDifference == abs(row.ours - row.colocated))
            // Width 1, two epochs, 20 columns.
            #expect(abs((row.exposures["laboratory"] ?? 0) - 0.1) < 0.001)
        }

        @Test(.enabled(if: isPresent("logit"), "needs ../shared/data/logit and python3"))
        func logit() async throws {
            let report = try await report("logit")
            let row = try #require(report.rows.first)
            #expect(row.ours > 0.999 && row.labelPartyOnly < 0.85)
            #expect(row.largestDifference < 0.001)
        }
    }
}
