import Foundation
import Testing

extension System {
    /// The benchmarks, so far that they run and say it in the form that scripts rely on.
    @Suite struct Benchmarks {
        private struct Report: Decodable {
            struct Machine: Decodable {
                var cores: Int
                var kernels: [String]
                var processor: String
            }
            struct Row: Decodable {
                var name, path, unit: String
                var against: String?
                var bits, cores: Int
                var ours: Double
                var reference, ratio: Double?

                /// Whether there is a reference, and every figure is more than nothing.
                var isCompared: Bool { ours > 0 && reference ?? 0 > 0 && ratio ?? 0 > 0 }
            }
            var benchmark: String
            var machine: Machine
            var rows: [Row]
        }

        private func bench(_ arguments: String...) async throws -> Program.Outcome {
            let folder = NSTemporaryDirectory() + "colonnade-bench-" + UUID().uuidString
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let program = try Program("colonnade-bench", arguments, in: folder, logs: folder + "/bench")
            defer { program.end() }
            return try await program.outcome()
        }

        @Test func help() async throws {
            let outcome = try await bench("--help")
            #expect(outcome.status == 0)
            #expect(["paillier", "product", "alignment"].allSatisfy(outcome.output.contains))
        }

        @Test func oneJSONObject() async throws {
            let outcome = try await bench(
                "paillier", "--bits", "2048", "--rounds", "1", "--only", "multiply", "--path", "portable", "--json")
            try #require(outcome.status == 0, "\(outcome.errors)")
            let data = Data(outcome.output.utf8)
            let report = try JSONDecoder().decode(Report.self, from: data)
            #expect(report.benchmark == "paillier")
            #expect(report.machine.kernels.contains("portable") && report.machine.cores > 0)
            let row = try #require(report.rows.first)
            #expect(report.rows.count == 1, "one core's alone: multiplication does not spread")
            #expect(row.name == "multiply" && row.bits == 2048 && row.cores == 1 && row.path == "portable")
            #expect(row.unit == "per second" && row.against == "GMP")
            #expect(row.isCompared)

            // Nothing beside what is declared above.
            let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
            #expect(object.keys.sorted() == ["benchmark", "machine", "rows"])
            let rows = try #require(object["rows"] as? [[String: Any]])
            #expect(
                rows.first?.keys.sorted()
                    == ["against", "bits", "cores", "name", "ours", "path", "ratio", "reference", "unit"])
        }

        @Test func layerOfTwoProcesses() async throws {
            let outcome = try await bench(
                "layer", "--only", "breast", "--bits", "2048", "--rounds", "2", "--batches", "1", "--path",
                "portable", "--json")
            try #require(outcome.status == 0, "\(outcome.errors)")
            let report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
            let row = try #require(report.rows.first)
            #expect(report.rows.count == 1 && row.name == "breast-569x30" && row.unit == "seconds")
            #expect(row.isCompared)
            #expect(outcome.output.contains("\"bytesPerRound\"") && outcome.output.contains("\"undisturbed\""))
        }

        @Test(arguments: ["ecdh", "vole"]) func alignmentOfTwoProcesses(method: String) async throws {
            let outcome = try await bench(
                "alignment", "--only", method, "--ids", "3000", "--rounds", "1", "--bucket-size", "2000", "--json")
            try #require(outcome.status == 0, "\(outcome.errors)")
            let report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
            let row = try #require(report.rows.first)
            #expect(report.rows.count == 1 && row.name == "\(method)-3000" && row.ours > 0)
            #expect(row.reference == nil && row.ratio == nil && row.against == nil)
            #expect(outcome.output.contains("\"bytesPerID\"") && outcome.output.contains("\"undisturbedSeconds\""))
        }

        @Test func transcriptsBesideALayer() async throws {
            let outcome = try await bench(
                "transcript", "--only", "record-full-breast", "--bits", "2048", "--rounds", "1", "--batches", "1",
                "--path",
                "portable", "--json")
            try #require(outcome.status == 0, "\(outcome.errors)")
            let row = try #require(try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8)).rows.first)
            #expect(row.name == "record-full-breast-569x30" && row.isCompared)
            #expect(outcome.output.contains("\"timeShare\"") && outcome.output.contains("\"bytesShare\""))
        }

        @Test func transcriptsThatAreVerified() async throws {
            let outcome = try await bench(
                "transcript", "--only", "verify", "--frames", "3000", "--gigabytes", "0.1", "--rounds", "1", "--json")
            try #require(outcome.status == 0, "\(outcome.errors)")
            let rows = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8)).rows
            #expect(
                rows.map(\.name) == [
                    "verify-headers-300", "verify-headers-3000", "verify-full-10", "verify-full-100",
                    "verify-shares-1", "verify-shares-10",
                ])
            #expect(rows[0].ours > 0 && rows[0].reference == nil && rows.dropFirst(2).allSatisfy(\.isCompared))
            #expect(outcome.output.contains("\"peakMemory\""))
        }

        @Test func pointsAgainstOpenSSL() async throws {
            let outcome = try await bench("alignment", "--only", "scalar-multiply", "--rounds", "1", "--json")
            try #require(outcome.status == 0, "\(outcome.errors)")
            let report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
            let row = try #require(report.rows.first)
            #expect(row.name == "scalar-multiply" && row.against == "OpenSSL X25519" && row.cores == 1)
            #expect(row.isCompared)
        }

        @Test func flagsThatAreNone() async throws {
            let small = try await bench("paillier", "--bits", "1000")
            #expect(small.status == 64 && small.errors.contains("--bits takes 2048 to 4096, a multiple of 16"))
            let kernel = try await bench("product", "--path", "x")
            #expect(kernel.status == 64 && kernel.errors.contains("this machine has the kernels"))
            #expect(kernel.errors.contains("not x"))
            let rounds = try await bench("paillier", "--rounds", "0")
            #expect(rounds.status == 64 && rounds.errors.contains("--rounds is 1 or more"))
            let features = try await bench("layer", "--feature-bits", "25")
            #expect(features.status == 64 && features.errors.contains("--feature-bits takes 5 to 24"))
            let ids = try await bench("alignment", "--ids", "1")
            #expect(ids.status == 64 && ids.errors.contains("--ids takes 2 to"))
            let frames = try await bench("transcript", "--frames", "1")
            #expect(frames.status == 64 && frames.errors.contains("--frames takes 20 to"))
        }
    }
}
