import Foundation
import Testing

extension System {
    /// Columns that are prepared as a job says, in training and in prediction.
    @Suite struct Preparing {
        private static let plan = """
            prepare={
              bank: {age: [{chi-merge: 3}], income: [{clip: [p5, p95]}, {quantile: normal}], "*": {categories: [one-hot]}},
              shop: {visits: [{bins: 4}], spend: [indicator, {fill: median}, log, standardize], returns: [{fill: {constant: 0}},
                min-max], channel: [{rare: 0.05}, {hash: 8}]}}
            """

        @Test(arguments: ["none", "blind"])
        func predictionsAreTheScoresOfTraining(protection: String) async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                for party in federation.parties { try federation.describe(party, policy: ["exposure-limit": "9"]) }
                try federation.edit("shop") { sheet in
                    for row in stride(from: 0, to: 60, by: 4) { sheet["spend", row] = "" }
                    for row in stride(from: 0, to: 60, by: 7) { sheet["channel", row] = "" }
                }
                let flags = ["--set", "exposure.limit=9", "--set", "protection=\(protection)", "--set", Self.plan]
                let trained = try await federation.start("colonnade", ["local", "job.yaml", "--json"] + flags)
                    .outcome(within: 240)
                try #require(trained.status == 0, "\(trained.errors)")
                let report = try Report(trained.output)
                let model = try #require(report["modelID"] as? String)
                let metrics = try #require(report["metrics"] as? [String: Any])

                let use = ["predict", "job.yaml", "--json", "--model", model, "--parties", "."] + flags
                let used = try await federation.start("colonnade", use).outcome(within: 240)
                try #require(used.status == 0, "\(used.errors)")
                let scores = try #require(try Report(used.output)["scores"] as? [String: Any])
                let file = try String(
                    contentsOfFile: federation.path(try #require(scores["file"] as? String)), encoding: .utf8)
                let rows = file.split(separator: "\n").dropFirst().map { $0.split(separator: ",").map(String.init) }
                try #require(rows.count == federation.common)

                // Held back were the first rows of the common order, a quarter; scores stand in that order.
                let sheet = Customers.sheet(of: "bank")
                let labels = Dictionary(
                    uniqueKeysWithValues: sheet.rows.indices.map { row in
                        (sheet["id", row], sheet["default", row] == "1")
                    })
                let held = rows.prefix(Int(Double(rows.count) * 0.25))
                let losses = try held.map { row in
                    let probability = try #require(Double(row[1]))
                    return -log(labels[row[0]] == true ? probability : 1 - probability)
                }
                let loss = losses.reduce(0, +) / Double(losses.count)
                let measured = try #require(metrics["logloss"] as? Double)
                // Without protection the same arithmetic; under it, fixed point and the rounding of shares.
                #expect(abs(loss - measured) < (protection == "none" ? 1e-9 : 1e-3), "\(loss) and \(measured)")

                // Another preparation is another model.
                let other = try await federation.start(
                    "colonnade", use + ["--set", "prepare.shop.visits=[min-max]"]
                ).outcome()
                #expect(
                    other.status == 65 && other.errors.contains("was trained with other prepare"), "\(other.errors)")
            }
        }

        @Test func listsThatDoNotFitTheDataAreRefusedBeforeAnythingStarts() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                let outcome = try await federation.start(
                    "colonnade", ["local", "job.yaml", "--set", "prepare={shop: {channel: [{bins: 4}]}}"]
                ).outcome()
                #expect(outcome.status != 0 && outcome.errors.contains("'bins: 4' is for numbers"), "\(outcome.errors)")
                #expect(outcome.errors.contains("column 'channel'"))
            }
        }
    }
}
