import Foundation
import Testing

extension System {
    /// From one's own files to a trained model.
    @Suite struct New {
        @Test func filesBecomeAFederationThatRuns() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                try FileManager.default.copyItem(
                    atPath: federation.path("bank/data.csv"), toPath: federation.path("Big Bank.csv"))
                try FileManager.default.copyItem(
                    atPath: federation.path("shop/data.csv"), toPath: federation.path("shop_2.csv"))
                let port = try #require(try freePorts(1).first)
                let arguments = [
                    "new", "shop_2.csv", "Big Bank.csv", "--key", "id", "--label", "default", "--port", "\(port)",
                ]
                let made = try await federation.start("colonnade", arguments).outcome(within: 60)
                try #require(made.status == 0, "\(made.errors)")
                #expect(made.errors.contains("big-bank: Big Bank.csv, has the label 'default'"))
                #expect(made.errors.contains("the label is 0 or 1: logistic regression"))
                #expect(made.errors.contains("colonnade local federation/job.yaml --parties federation"))
                let outcome = try await federation.run(
                    "colonnade", "local", "federation/job.yaml", "--parties", "federation", "--json", "--set",
                    "protection=none")
                try #require(outcome.status == 0, "\(outcome.errors)")
                let report = try Report(outcome.output)
                #expect(report["aligned"] as? Int == federation.common)
                #expect((report["metrics"] as? [String: Any])?["auc"] is Double)

                let job = federation.path("federation/job.yaml")
                let written = try String(contentsOfFile: job, encoding: .utf8)
                let again = try await federation.start("colonnade", arguments).outcome(within: 60)
                #expect(again.status == 64 && again.errors.contains("nothing is written over"), "\(again.errors)")
                #expect(try String(contentsOfFile: job, encoding: .utf8) == written)
            }
        }

        @Test(arguments: [
            (["bank/data.csv", "shop/data.csv"], "would both be the party 'data'"),
            (["bank.csv", "shop.csv", "--label", "nothing"], "no file has the label"),
            (["bank.csv", "--label", "default"], "two to nine files"),
            (["bank.csv", "shop.csv", "--key", "nothing"], "no column 'nothing'"),
        ]) func whatGivesNoJobIsRefused(files: [String], expected: String) async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                for party in federation.parties {
                    try FileManager.default.copyItem(
                        atPath: federation.path("\(party)/data.csv"), toPath: federation.path("\(party).csv"))
                }
                var arguments = ["new"] + files
                if !files.contains("--key") { arguments += ["--key", "id"] }
                if !files.contains("--label") { arguments += ["--label", "default"] }
                let outcome = try await federation.start("colonnade", arguments).outcome(within: 60)
                #expect(outcome.status != 0 && outcome.errors.contains(expected), "\(outcome.errors)")
                #expect(!FileManager.default.fileExists(atPath: federation.path("federation")))
            }
        }
    }
}
