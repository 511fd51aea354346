import AttackAudit
import AuditedFederation
import Specification
import Testing

/// What attacks find in whole jobs. These have 96 rows: too few for a verdict that counts, and enough to see labels in the clear.
@Suite struct JobTests {
    private func attack(_ overrides: String..., features: Int, categories: Set<String> = []) throws -> AttackReport {
        let federation = try MadeUpFederation(features: features, categories: categories)
        let paths = try federation.runAudited(overrides)
        let recordings = federation.parties.compactMap { paths[$0] }.map {
            Recording(transcript: $0, view: String($0.dropLast("transcript".count)) + "view")
        }
        return try AttackRun(allowsFewRows: true).attack(from: recordings)
    }

    @Test(arguments: [1, 2], ["dense", "padded"]) func protectedJobs(features: Int, touched: String) throws {
        let report = try attack("touched-rows=\(touched)", features: features)
        #expect(report.attackers.count == features + 1)
        for attacker in report.attackers {
            #expect(attacker.notTried.isEmpty && !attacker.isUnprotected)
            for frame in attacker.frames {
                #expect(frame.verdict != .fail, "\(attacker.party) \(frame)")
            }
            #expect(attacker.opened.isEmpty == (attacker.role == "feature"))
        }
    }

    @Test func embeddedCategories() throws {
        let report = try attack(
            "model={kind: wide-deep, source: {width: 2}, hidden: [4], embed: {dimension: 2}}", features: 2,
            categories: ["shop0", "phone0", "bank0"])
        for attacker in report.attackers {
            #expect(attacker.frames.contains { $0.protocolName == "embed-matmul" && !$0.trials.isEmpty })
            for frame in attacker.frames { #expect(frame.verdict != .fail, "\(attacker.party) \(frame)") }
        }
    }

    /// Far over the exposure ledger's limit, who knows 40 rows knows all.
    @Test func openedSumsOverTheLimit() throws {
        let report = try attack("train.batch=96", "train.epochs=12", features: 1)
        let label = try #require(report.attackers.first { $0.role == "label" })
        let opened = try #require(label.opened.first { $0.attack == .knownRows40 })
        #expect(opened.exposure > 5 && opened.r2 >= 0.99 && opened.r2Alone < 0.5, "\(opened)")
    }

    @Test func unprotectedJobsGiveLabelsAway() throws {
        let report = try attack("protection=none", "model={kind: logistic}", features: 1)
        #expect(report.verdict == .fail && !report.isPassed)
        let feature = try #require(report.attackers.first { $0.role == "feature" })
        let gradients = try #require(feature.frames.first { $0.kind == "plain" })
        #expect(try #require(gradients.trials.first { $0.attack == .direction }).value >= 0.99)
        #expect(gradients.verdict == .fail && feature.isUnprotected)
    }
}
