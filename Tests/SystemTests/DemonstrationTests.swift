import Foundation
import Testing

extension System {
    /// What opening Z gives away, as the auditor's program shows it.
    @Suite struct Demonstrations {
        @Test func knownRowsOfOneJobOverTheLimit() async throws {
            let outcome = try await demonstrate("known-rows", "--json")
            try #require(outcome.status == 0, "\(outcome.errors)")
            let results = try #require(try Report(outcome.output)["results"] as? [[String: Any]])
            #expect(results.map { $0["isWithinLimit"] as? Bool } == [false, true])
            let recovered = results.map { result in
                (result["measures"] as? [[String: Any]])?.first?["value"] as? Double ?? .nan
            }
            #expect(recovered[0] >= 0.99 && recovered[1] < 0.5)
        }

        @Test func anUnknownAttack() async throws {
            let outcome = try await demonstrate("spectral")
            #expect(outcome.status == 64 && outcome.errors.contains("there are gram, known-rows, column-span"))
        }

        private func demonstrate(_ arguments: String...) async throws -> Program.Outcome {
            let folder = NSTemporaryDirectory() + "colonnade-demonstrate-" + UUID().uuidString
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let program = try Program(
                "colonnade-audit", ["demonstrate"] + arguments, in: folder, logs: folder + "/demonstrate")
            defer { program.end() }
            return try await program.outcome()
        }
    }
}
