import Foundation
import Testing

extension System {
    /// What parties write for their auditors, as people have them write it.
    @Suite struct Audit {
        @Test func everyPartyIsReplayed() async throws {
            try await Federation.with { federation in
                let outcome = try await federation.run(
                    "colonnade", "local", "job.yaml", "--audit", "--insecure-replay", "--json", within: 120)
                try #require(outcome.status == 0, "\(outcome.errors)")
                #expect(outcome.output.contains("INSECURE"))
                let log = try String(contentsOfFile: federation.path("shop/serve.log"), encoding: .utf8)
                #expect(log.contains("INSECURE"))
                for party in federation.parties {
                    let files = federation.transcripts().filter { $0.hasPrefix(party) }
                    let transcript = try #require(files.first { $0.hasSuffix(".transcript") })
                    let view = try #require(files.first { $0.hasSuffix(".view") })
                    let mode = try FileManager.default.attributesOfItem(atPath: federation.path(view))[
                        .posixPermissions]
                    #expect(mode as? Int == 0o600)
                    let replay = try await federation.run(
                        "colonnade-audit", "replay", transcript, "--view", view, "--party", "\(party)/party.yaml",
                        within: 120)
                    #expect(replay.status == 0, "\(replay.output)\(replay.errors)")
                    #expect(replay.output.contains("ACCEPTED"))
                }
                // Other customers than there were.
                try federation.edit("shop") { sheet in for row in 0..<20 { sheet["visits", row] = "7" } }
                let files = federation.transcripts().filter { $0.hasPrefix("shop") }
                let replay = try await federation.run(
                    "colonnade-audit", "replay", files[0], "--view", files[1], "--party", "shop/party.yaml",
                    within: 120)
                #expect(replay.status == 1, "\(replay.output)\(replay.errors)")
                #expect(replay.output.contains("REJECTED"))
            }
        }

        @Test func withoutBeingAskedNothingIsWritten() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                let outcome = try await federation.run(
                    "colonnade", "local", "job.yaml", "--json", "--set", "protection=none", within: 60)
                try #require(outcome.status == 0, "\(outcome.errors)")
                #expect(!outcome.output.contains("INSECURE"))
                #expect(federation.transcripts().allSatisfy { $0.hasSuffix(".transcript") })
                let check = try await federation.run("colonnade-party", "check", "shop/party.yaml")
                #expect(check.output.contains("private view: none"))
            }
        }
    }
}
