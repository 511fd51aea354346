import Cryptography
import Foundation
import Testing

extension System {
    /// Models of every kind, trained, looked at, and used.
    @Suite struct Models {
        private static let wideDeep = "model={kind: wide-deep, source: {width: 2}, embed: {dimension: 2}, hidden: [4]}"

        @Test func embeddedCategoriesAreTrainedUsedAndAudited() async throws {
            try await Federation.with { federation in
                for party in federation.parties { try federation.describe(party, policy: ["exposure-limit": "9"]) }
                let flags = ["--set", Self.wideDeep, "--set", "exposure.limit=9", "--set", "train.epochs=1"]
                let trained = try await federation.start("colonnade", ["local", "job.yaml", "--json"] + flags)
                    .outcome(within: 240)
                try #require(trained.status == 0, "\(trained.errors)")
                let report = try Report(trained.output)
                #expect(report["model"] as? String == "wide-deep")
                let baselines = try #require(report["baselines"] as? [String: Any])
                #expect(Set(baselines.keys) == ["colocated", "labelPartyOnly", "labelPartyBoosted"])
                let model = try #require(report["modelID"] as? String)
                let trainings = federation.transcripts()
                #expect(try await federation.audit(trainings).status == 0)
                let embedded = try await federation.run("colonnade-audit", "show", trainings[0])
                #expect(embedded.output.contains("embed-matmul"))

                let shown = try await federation.run("colonnade", "model", "show", model)
                #expect(shown.output.contains("nobody: any weight or embedding of the source layer in the clear"))
                #expect(shown.output.contains("embeddings (1 fields of dimension 2)"))

                // The labels are gone, and a category and a number come that training never saw.
                try federation.edit("bank") { $0.rename("default", to: "remark") }
                try federation.edit("shop") { sheet in
                    sheet["channel", 0] = "telephone"
                    sheet["spend", 1] = ""
                }
                let flagsOfUse = ["--json", "--model", model, "--parties", "."] + flags
                let used = try await federation.start("colonnade", ["predict", "job.yaml"] + flagsOfUse).outcome(
                    within: 120)
                try #require(used.status == 0, "\(used.errors)")
                let scores = try #require(try Report(used.output)["scores"] as? [String: Any])
                #expect(scores["rows"] as? Int == federation.common)
                let file = try String(
                    contentsOfFile: federation.path(try #require(scores["file"] as? String)), encoding: .utf8)
                let lines = file.split(separator: "\n")
                #expect(lines.first == "id,prediction" && lines.count == federation.common + 1)
                #expect(
                    lines.dropFirst().allSatisfy { line in
                        line.hasPrefix("customer-")
                            && Double(line.split(separator: ",")[1]).map { (0...1).contains($0) } == true
                    })
                let predictions = federation.transcripts().filter { !trainings.contains($0) }
                #expect(predictions.count == 3)
                #expect(try await federation.audit(predictions).status == 0)

                // One row alone, in place of the label party's file.
                try federation.edit("bank") { sheet in
                    let shop = Set(Customers.known(to: "shop")).intersection(Customers.known(to: "phone"))
                    sheet.rows = sheet.rows.filter { row in shop.contains { row[0] == "customer-\($0)" } }.prefix(1).map
                    { $0 }
                }
                let single = try await federation.start("colonnade", ["predict", "job.yaml"] + flagsOfUse).outcome(
                    within: 120)
                try #require(single.status == 0, "\(single.errors)")
                #expect((try Report(single.output)["scores"] as? [String: Any])?["rows"] as? Int == 1)
            }
        }

        @Test func aModelIsUsedOnlyAsItWasTrained() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                for party in federation.parties { try federation.describe(party, policy: ["exposure-limit": "9"]) }
                let flags = ["--set", "exposure.limit=9", "--set", "train.epochs=1", "--set", "protection=none"]
                let trained = try await federation.start("colonnade", ["local", "job.yaml", "--json"] + flags).outcome()
                try #require(trained.status == 0, "\(trained.errors)")
                let model = try #require(try Report(trained.output)["modelID"] as? String)
                func predict(_ model: String, _ more: String...) async throws -> Program.Outcome {
                    try await federation.start(
                        "colonnade", ["predict", "job.yaml", "--model", model, "--parties", "."] + flags + more
                    ).outcome()
                }
                #expect(try await predict(model).status == 0)
                let other = try await predict(model, "--set", "model={kind: mlp}")
                #expect(
                    other.status == 65 && other.errors.contains("was trained with other model than the job file has"))
                let unknown = try await predict("0123456789ab-7")
                #expect(unknown.status == 65 && unknown.errors.contains("there is no model 0123456789ab-7 here"))
                let path = try await predict("../../etc/passwd")
                #expect(path.status == 65 && path.errors.contains("a model's name is expected"))

                // A half that is damaged is noticed before anything is sent.
                let half = federation.path("shop/state/models/\(model).model")
                var bytes = try Data(contentsOf: URL(fileURLWithPath: half))
                bytes[bytes.count / 2] ^= 1
                try bytes.write(to: URL(fileURLWithPath: half))
                let damaged = try await predict(model)
                #expect(damaged.status == 65 && damaged.errors.contains("is damaged"), "\(damaged.errors)")
            }
        }

        /// Halves that were trained for different numbers of rounds would give scores of no model.
        @Test func halvesOfTwoMomentsDoNotPredict() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                for party in federation.parties { try federation.describe(party, policy: ["exposure-limit": "9"]) }
                let flags = [
                    "--set", "exposure.limit=9", "--set", "train.epochs=1", "--set", "train.batch=1000",
                ]
                let trained = try await federation.start("colonnade", ["local", "job.yaml", "--json"] + flags)
                    .outcome(within: 120)
                try #require(trained.status == 0, "\(trained.errors)")
                let model = try #require(try Report(trained.output)["modelID"] as? String)
                func predict() async throws -> Program.Outcome {
                    try await federation.start(
                        "colonnade", ["predict", "job.yaml", "--model", model, "--parties", "."] + flags
                    ).outcome(within: 120)
                }

                let path = federation.path("shop/state/models/\(model).model")
                let half = try Data(contentsOf: URL(fileURLWithPath: path))
                // One round more: behind the kind (a text) and the facts (a blob), before the shares.
                let kind = 2 + half.prefix(2).reduce(0) { $0 << 8 | Int($1) }
                let facts = 4 + half[kind..<kind + 4].reduce(0) { $0 << 8 | Int($1) }
                let last = kind + facts + 7
                let rounds = Int(half[last])
                #expect(rounds > 0 && half[kind + facts..<last].allSatisfy { $0 == 0 })
                var other = [UInt8](half.dropLast(SHA256.byteCount))
                other[last] += 1
                try Data(other + SHA256.hash(other)).write(to: URL(fileURLWithPath: path))
                let refused = try await predict()
                let difference = "shop's weights have had \(rounds + 1) updates, bank's \(rounds)"
                #expect(refused.status == 1 && refused.errors.contains(difference), "\(refused.errors)")

                try half.write(to: URL(fileURLWithPath: path))
                let used = try await predict()
                #expect(used.status == 0, "\(used.errors)")
            }
        }

        @Test(arguments: [
            ("model={kind: linear}", "income", "rmse"), ("model={kind: poisson}", "age", "deviance"),
            ("model={kind: mlp, target: number, hidden: [4]}", "income", "rmse"),
            ("model={kind: multinomial, classes: 3}", "region", "accuracy"),
            ("model={kind: mlp, target: class, classes: 3, hidden: [4]}", "region", "logloss"),
        ])
        func everyTargetIsMeasured(model: String, label: String, metric: String) async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                for party in federation.parties { try federation.describe(party, policy: ["exposure-limit": "9"]) }
                let outcome = try await federation.start(
                    "colonnade",
                    [
                        "local", "job.yaml", "--json", "--set", model, "--set", "label=\(label)", "--set",
                        "exposure.limit=9",
                        "--set", "train.epochs=1", "--set", "train.batch=1000",
                    ]
                ).outcome(within: 120)
                try #require(outcome.status == 0, "\(outcome.errors)")
                let metrics = try #require(try Report(outcome.output)["metrics"] as? [String: Any])
                #expect((metrics[metric] as? Double)?.isFinite == true, "\(metrics)")
            }
        }

        @Test(arguments: ["blind", "none"]) func towersOfBothSides(protection: String) async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                for party in federation.parties { try federation.describe(party, policy: ["exposure-limit": "9"]) }
                let towers =
                    "towers={bank: {columns: [age], hidden: [4], outputs: 2}, shop: {columns: [visits, channel], hidden: [4], "
                    + "outputs: 2}}"
                let outcome = try await federation.start(
                    "colonnade",
                    [
                        "local", "job.yaml", "--json", "--set", "model={kind: mlp, hidden: [4]}", "--set", towers,
                        "--set",
                        "exposure.limit=9", "--set", "train.epochs=1", "--set", "protection=\(protection)",
                        "--set", "train.top-optimizer={kind: adam}",
                    ]
                ).outcome(within: 120)
                try #require(outcome.status == 0, "\(outcome.errors)")
                let report = try Report(outcome.output)
                #expect((report["metrics"] as? [String: Any])?["auc"] != nil)
                let model = try #require(report["modelID"] as? String)
                let shown = try await federation.run("colonnade", "model", "show", model)
                #expect(shown.output.contains("its own tower") == (protection == "blind"))
            }
        }

        @Test func aLabelPartyNeedsNoCategories() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                for party in federation.parties { try federation.describe(party, policy: ["exposure-limit": "9"]) }
                let outcome = try await federation.start(
                    "colonnade",
                    [
                        "local", "job.yaml", "--json", "--set",
                        "columns={bank: [age, income], shop: [channel, visits, spend]}",
                        "--set",
                        "model={kind: dlrm, source: {width: 2, vector: 1}, embed: {dimension: 2}, hidden: [4]}",
                        "--set",
                        "exposure.limit=9", "--set", "train.epochs=1",
                    ]
                ).outcome(within: 240)
                try #require(outcome.status == 0, "\(outcome.errors)")
                #expect(try await federation.audit(federation.transcripts()).status == 0)
            }
        }

        @Test(arguments: ["padded", "open"]) func onlyListedRowsTravel(policy: String) async throws {
            try await Federation.with { federation in
                let lists = ["exposure-limit": "9", "touched-rows": "[dense, \(policy)]"]
                for party in federation.parties { try federation.describe(party, policy: lists) }
                func train(_ policy: String) async throws -> Program.Outcome {
                    try await federation.start(
                        "colonnade",
                        [
                            "local", "job.yaml", "--json", "--set", Self.wideDeep, "--set", "exposure.limit=9", "--set",
                            "train.epochs=1", "--set", "train.batch=2", "--set", "align.sample=14", "--set",
                            "touched-rows=\(policy)",
                        ]
                    ).outcome(within: 240)
                }
                let outcome = try await train(policy)
                try #require(outcome.status == 0, "\(outcome.errors)")
                #expect(try await federation.audit(federation.transcripts()).status == 0)
                let shown = try await federation.run("colonnade-audit", "show", federation.transcripts()[0])
                #expect(shown.output.contains("row-list"))

                try federation.describe("shop", policy: ["exposure-limit": "9"])
                let refused = try await train(policy)
                #expect(refused.status == 77 && refused.errors.contains("touched-rows '\(policy)' is not allowed"))
            }
        }

        @Test func whatCannotBeTrainedSaysWhy() async throws {
            try await Federation.with(["bank", "phone"]) { federation in
                for party in federation.parties { try federation.describe(party, policy: ["exposure-limit": "9"]) }
                func failure(_ changes: String...) async throws -> Program.Outcome {
                    let outcome = try await federation.start(
                        "colonnade",
                        ["local", "job.yaml", "--set", "exposure.limit=9"] + changes.flatMap { ["--set", $0] }
                    ).outcome()
                    #expect(outcome.status != 0)
                    return outcome
                }
                let nothingToEmbed = try await failure(Self.wideDeep)
                #expect(nothingToEmbed.errors.contains("no feature party brings one"))
                let classes = try await failure("model={kind: multinomial, classes: 4}", "label=region")
                #expect(classes.status == 65 && classes.errors.contains("label 'region' has 3 classes"))
                let tower = try await failure(
                    "model={kind: mlp}", "towers={phone: {columns: [calls], outputs: 1, training: end-to-end}}")
                #expect(tower.status == 65 && tower.errors.contains("shows the derivative of the loss"))
                let wide = try await failure("model={kind: mlp, source: {width: 4}}")
                #expect(wide.errors.contains("its columns have rank 4"))
            }
        }
    }
}
