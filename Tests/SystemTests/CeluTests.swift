import Foundation
import Testing

extension System {
    /// The table of local updates, so far that it runs and says it in the form that scripts rely on.
    @Suite struct Celu {
        private struct Report: Decodable {
            struct Row: Decodable {
                var name, set, protection, method, unit: String
                var rounds: [String: Int]
                var seconds: [String: Double]
                var best, secondsPerRound, localSecondsPerRound, meanWeight: Double
                var bytesPerRound, localUpdates: Int
            }
            var benchmark, wideArea: String
            var rows: [Row]
        }

        @Test(.enabled(if: Quality.isPresent("credit"), "needs ../shared/data/credit and python3"))
        func creditWithoutProtection() async throws {
            let folder = NSTemporaryDirectory() + "colonnade-celu-" + UUID().uuidString
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let program = try Program(
                "colonnade-bench",
                [
                    "celu", "--data", Quality.data, "--only", "credit", "--protection", "none", "--method", "celu",
                    "--seeds", "1", "--wan", "10gbit,1ms", "--every", "20", "--plot", folder, "--json",
                ], in: Quality.root.path, logs: folder + "/bench")
            defer { program.end() }
            let outcome = try await program.outcome(within: 300)
            try #require(outcome.status == 0, "\(outcome.errors)")
            let report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
            #expect(report.benchmark == "celu" && report.wideArea == "10gbit,1ms")
            let row = try #require(report.rows.first)
            #expect(report.rows.count == 1 && row.name == "credit-none-celu" && row.unit == "rounds")
            // Whether a target is reached depends on which rows are held back.
            #expect(row.best > 0.7)
            for (target, rounds) in row.rounds { #expect(rounds > 0 && (row.seconds[target] ?? 0) > 0) }
            // Six epochs of 88 rounds, four steps after each but the first few.
            #expect((2080..<2112).contains(row.localUpdates))
            #expect(row.meanWeight > 0.8 && row.meanWeight < 1)
            #expect(row.localSecondsPerRound > 0 && row.localSecondsPerRound < row.secondsPerRound)
            let plot = try String(contentsOfFile: folder + "/credit-none.svg", encoding: .utf8)
            #expect(plot.hasPrefix("<svg") && plot.contains("polyline"))
        }

        @Test func flagsThatAreNone() async throws {
            let folder = NSTemporaryDirectory()
            for (arguments, complaint) in [
                (["--wan", "fast"], "fast"), (["--only", "moon"], "there is no data set moon: credit, flights"),
                (["--method", "magic"], "'magic' is not known"), (["--seeds", "0"], "1 or more"),
                (["--first-seed", "0"], "1 or more"),
            ] {
                let program = try Program(
                    "colonnade-bench", ["celu"] + arguments, in: Quality.root.path,
                    logs: folder + "colonnade-celu-" + UUID().uuidString)
                defer { program.end() }
                let outcome = try await program.outcome()
                #expect(outcome.status == 64 && outcome.errors.contains(complaint), "\(outcome.errors)")
            }
        }
    }
}
