import Cryptography
import Foundation
import Testing

extension System {
    /// Policies that are changed while a party serves, and what is written down of decisions.
    @Suite struct Policies {
        @Test func aPolicyHoldsFromTheNextProposalOn() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                _ = try await federation.serve()
                let today = ISO8601DateFormatter().string(from: Date().addingTimeInterval(-2 * 86_400)).prefix(10)
                for (field, value) in [
                    ("partners", "[phone]"), ("protocols", "[ecdh, matmul]"), ("models", "[mlp, linear]"),
                    ("max-rows", "10"), ("max-rounds", "3"), ("min-rows", "100000"), ("until", "\(today)"),
                ] {
                    try federation.describe("shop", policy: [field: value])
                    let outcome = try await federation.run("colonnade", "run", "job.yaml")
                    #expect(outcome.status == 77, "\(field): \(outcome.errors)")
                    #expect(outcome.errors.contains("shop") && outcome.errors.contains("policy.\(field)"))
                }
                #expect(federation.transcripts().isEmpty)

                // A mistake in the file refuses every job, and says where it stands.
                try federation.describe("shop", policy: ["until": "soon"])
                let mistaken = try await federation.run("colonnade", "run", "job.yaml")
                #expect(mistaken.status == 77)
                for fact in ["party.yaml, line 7", "policy.until", "2027-06-30", "'soon'"] {
                    #expect(mistaken.errors.contains(fact), "\(mistaken.errors)")
                }

                // The shop knows customers whom the bank does not: what is common shows after the alignment alone.
                try federation.describe("shop", policy: ["min-rows": "\(federation.common + 1)"])
                let few = try await federation.run("colonnade", "run", "job.yaml")
                #expect(few.status == 77, "\(few.errors)")
                #expect(few.lastError.contains("shop") && few.lastError.contains("policy.min-rows"), "\(few.errors)")

                // The same job, begun once more, is still one.
                try federation.describe("shop", policy: ["min-rows": "\(federation.common)", "jobs": "1"])
                let run = try await federation.run("colonnade", "run", "job.yaml", within: 90)
                #expect(run.status == 0, "\(run.errors)")
                let other = try await federation.run("colonnade", "run", "job.yaml", "--set", "train.epochs=1")
                #expect(other.status == 77 && other.errors.contains("policy.jobs"), "\(other.errors)")
            }
        }

        @Test func decisionsAreWrittenDown() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                try federation.describe("shop", policy: ["approve": "ask", "models": "[linear]"])
                _ = try await federation.serve()
                #expect(try await federation.run("colonnade", "run", "job.yaml").status == 77)
                try federation.describe("shop", policy: ["approve": "ask", "models": "[logistic]"])
                let asked = try await federation.run("colonnade", "run", "job.yaml")
                let hash = "\(try #require(asked.lastError.split(separator: " ").last).prefix(12))"
                for command in ["deny", "revoke", "approve"] {
                    let decided = try await federation.run("colonnade-party", command, "shop/party.yaml", hash)
                    #expect(decided.status == 0, "\(decided.errors)")
                    for fact in ["matmul", "up to", "models: logistic", "a person approves"] {
                        #expect(decided.output.contains(fact), "\(decided.output)")
                    }
                    if command == "deny" {
                        let denied = try await federation.run("colonnade", "run", "job.yaml")
                        #expect(denied.status == 77 && denied.errors.contains("denied"), "\(denied.errors)")
                    }
                }
                let run = try await federation.run("colonnade", "run", "job.yaml", within: 90)
                try #require(run.status == 0, "\(run.errors)")

                let log = try await federation.run("colonnade-party", "decisions", "shop/party.yaml")
                let lines = log.output.split(separator: "\n")
                let expected = ["refused", "denied", "refused", "revoked", "approved", "began"]
                #expect(lines.count == expected.count, "\(log.output)")
                for (line, decision) in zip(lines, expected) {
                    #expect(line.contains("  \(decision)  ") && line.contains(hash.prefix(4)) || decision == "refused")
                }
                #expect(lines[0].contains("policy.models") && lines[0].contains("by policy"))
                #expect(lines[2].contains("denied here by a person"))
                let path = federation.path("shop/state/decisions.log")
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
                #expect(mode as? Int == 0o600)

                // The transcript names the policy; the log has its text.
                let whole = try await federation.run("colonnade-party", "decisions", "shop/party.yaml", "--json")
                let last = try #require(whole.output.split(separator: "\n").last)
                let entry = try #require(try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any])
                let text = try #require(entry["policyText"] as? String)
                let name = SHA256.hash(Array(text.utf8)).map { String(format: "%02x", $0) }.joined()
                #expect(entry["policy"] as? String == name && text.contains("\"models\":[\"logistic\"]"))
                for (party, decision) in [("shop", "approved by a person"), ("bank", "accepted by policy")] {
                    let file = try #require(federation.transcripts().first { $0.hasPrefix(party) })
                    let shown = try await federation.run("colonnade-audit", "show", file, "--json")
                    #expect(shown.output.contains(decision), "\(shown.output)")
                    #expect(shown.output.contains(name) == (party == "shop"))
                }
                #expect(try await federation.audit(federation.transcripts()).status == 0)
            }
        }
    }
}
