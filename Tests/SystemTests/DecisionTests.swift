import Foundation
import Testing

extension System {
    /// What organisations allow, and how they say no.
    @Suite struct Decisions {
        @Test func aPersonApprovesByHash() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                try federation.describe("shop", policy: ["approve": "ask"])
                _ = try await federation.serve()
                let asked = try await federation.run("colonnade", "run", "job.yaml")
                #expect(asked.status == 77)
                let hash = try #require(asked.lastError.split(separator: " ").last).prefix(12)
                #expect(asked.lastError.contains("shop") && asked.lastError.contains("colonnade-party approve"))

                let denied = try await federation.run("colonnade-party", "deny", "shop/party.yaml", "\(hash)")
                #expect(denied.status == 0)
                #expect(try await federation.run("colonnade", "run", "job.yaml").status == 77)
                let revoked = try await federation.run("colonnade-party", "revoke", "shop/party.yaml", "\(hash)")
                #expect(revoked.status == 0)
                let approved = try await federation.run("colonnade-party", "approve", "shop/party.yaml", "\(hash)")
                #expect(approved.status == 0)
                for fact in ["visits", "exposure", "opens Z", "bank: label"] { #expect(approved.output.contains(fact)) }
                let run = try await federation.run("colonnade", "run", "job.yaml", within: 90)
                #expect(run.status == 0, "\(run.errors)")
            }
        }

        @Test func policiesRefuse() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                try federation.describe(
                    "shop", policy: ["offer": "[visits, spend]", "protections": "[blind]", "min-key-bits": "3072"])
                _ = try await federation.serve()
                let refusals = [
                    ("columns={shop: [visits, returns]}", 65, "returns"), ("protection=none", 77, "policy.protections"),
                    ("keys.bits=2048", 77, "policy.min-key-bits"),
                ]
                for (change, status, reason) in refusals {
                    let outcome = try await federation.run("colonnade", "run", "job.yaml", "--set", change)
                    #expect(outcome.status == Int32(status), "\(change): \(outcome.errors)")
                    #expect(outcome.errors.contains("shop") && outcome.errors.contains(reason), "\(outcome.errors)")
                }
                #expect(federation.transcripts().isEmpty)
            }
        }

        @Test func exposureAddsUpOverJobs() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                _ = try await federation.serve()
                let first = try await federation.run("colonnade", "run", "job.yaml", within: 90)
                #expect(first.status == 0, "\(first.errors)")
                let second = try await federation.run(
                    "colonnade", "run", "job.yaml", "--set", "train.epochs=1", within: 60)
                #expect(second.status == 77)
                #expect(second.lastError.contains("shop") && second.lastError.contains("0.750"), "\(second.lastError)")
                let why = try await federation.run("colonnade", "status")
                let id = try #require(
                    why.output.split(separator: "\n").first { $0.contains("failed") }?.split(separator: " ").first)
                let reason = try await federation.run("colonnade", "why", "\(id)")
                #expect(reason.output.contains("exposure-limit") && reason.output.contains("0.750"), "\(reason.output)")
            }
        }

        @Test func aLayerAsWideAsTheFeaturesIsRefused() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                for party in federation.parties { try federation.describe(party, policy: ["exposure-limit": "100"]) }
                _ = try await federation.serve()
                let outcome = try await federation.run(
                    "colonnade", "run", "job.yaml", "--set", "model={kind: mlp, source: {width: 8}}", "--set",
                    "exposure.limit=100")
                #expect(outcome.status == 77)
                #expect(outcome.lastError.contains("rank"), "\(outcome.lastError)")
            }
        }

        /// Rounds, bytes and memory within 30 % of what the job's report then says; times stand in the Benchmarks, since these machines are
        /// shared.
        @Test func whatAJobTakesIsToldBeforehand() async throws {
            struct Told: Decodable {
                struct Seconds: Decodable { let total: Double }
                let rounds: Int
                let bytes: Int
                let seconds: Seconds
                let peakMemoryBytes: [String: Int]
            }
            struct Taken: Decodable {
                let rounds: Int
                let bytes: [String: [String: Int]]
                let peakMemoryBytes: [String: Int]
            }
            try await Federation.with(["bank", "shop"]) { federation in
                _ = try await federation.serve()
                let check = try await federation.run("colonnade", "check", "job.yaml", "--json", "--quiet")
                let run = try await federation.run("colonnade", "run", "job.yaml", "--json", "--quiet")
                try #require(check.status == 0 && run.status == 0, "\(check.errors)\(run.errors)")
                let told = try JSONDecoder().decode(Told.self, from: Data(check.output.utf8))
                let taken = try JSONDecoder().decode(Taken.self, from: Data(run.output.utf8))
                func isNear(_ told: Int, _ taken: Int) -> Bool { abs(Double(told) / Double(taken) - 1) < 0.3 }
                #expect(told.rounds == taken.rounds)
                let bytes = taken.bytes.values.reduce(0) { $0 + $1.values.reduce(0, +) }
                #expect(isNear(told.bytes, bytes), "\(told.bytes) told, \(bytes) taken")
                for (party, peak) in taken.peakMemoryBytes {
                    #expect(
                        isNear(told.peakMemoryBytes[party] ?? 0, peak), "\(party): \(told.peakMemoryBytes), \(peak)")
                }
                #expect(told.seconds.total > 0)
                // Nothing of the rehearsals is left.
                let left = try FileManager.default.contentsOfDirectory(atPath: NSTemporaryDirectory())
                #expect(!left.contains { $0.hasPrefix("colonnade-rehearsal-") })
            }
        }

        @Test func checkFindsWhatWouldFail() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                var servers = try await federation.serve()
                let fine = try await federation.run("colonnade", "check", "job.yaml", "--quick")
                #expect(fine.status == 0, "\(fine.errors)")
                #expect(fine.output.contains("rounds"))
                #expect(federation.transcripts().isEmpty)

                // The bank's address book is wrong: it would not reach the shop, though the coordinator does.
                servers["bank"]?.end()
                let elsewhere = try freePorts(1)[0]
                let book = federation.path("bank/partners.yaml")
                let text = try String(contentsOfFile: book, encoding: .utf8)
                try text.replacingOccurrences(of: federation.address(of: "shop"), with: "127.0.0.1:\(elsewhere)")
                    .write(toFile: book, atomically: true, encoding: .utf8)
                servers["bank"] = try await federation.serve("bank")
                let unreachable = try await federation.run("colonnade", "check", "job.yaml")
                #expect(unreachable.status == 1)
                #expect(unreachable.lastError.contains("bank cannot reach shop"), "\(unreachable.errors)")

                servers["shop"]?.end()
                let down = try await federation.run("colonnade", "check", "job.yaml")
                #expect(down.status == 1)
                #expect(down.lastError.contains("shop: cannot reach shop"), "\(down.errors)")
                let id = try await federation.only("unreachable")
                let why = try await federation.run("colonnade", "why", id).output
                #expect(why.contains("shop: cannot reach shop") && why.contains("colonnade-party serve"), "\(why)")
            }
        }
    }
}
