import Foundation
import Testing

extension System {
    /// Parties of one machine that talk as if they were far apart.
    @Suite struct WideArea {
        @Test func aJobOverAnEmulatedNetwork() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                let lists = try federation.parties.map { try federation.text("\($0)/partners.yaml") }
                let outcome = try await federation.run(
                    "colonnade", "local", "job.yaml", "--wan", "50mbit,200ms", "--set", "protection=none", "--json")
                try #require(outcome.status == 0, "\(outcome.errors)")
                #expect(outcome.errors.contains("emulated network between every two parties: 50mbit,200ms"))
                let report = try Report(outcome.output)
                // A round of training waits for one round trip; there are two epochs of full batches, and more.
                let rounds = 2 * (federation.common * 3 / 4 / 32)
                let seconds = try #require((report["seconds"] as? [String: Any])?["train"] as? Double)
                #expect(rounds >= 4 && seconds >= 0.2 * Double(rounds), "\(rounds) rounds in \(seconds) s")
                #expect(try federation.parties.map { try federation.text("\($0)/partners.yaml") } == lists)
            }
        }

        @Test func networksThatAreNone() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                let outcome = try await federation.run("colonnade", "local", "job.yaml", "--wan", "300,20ms")
                #expect(outcome.status == 64 && outcome.errors.contains("bandwidth '300'"), "\(outcome.errors)")
            }
        }

        @Test func detoursThatLeadNowhere() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                for detour in ["shop", "shop=here", "phone=127.0.0.1:7000"] {
                    let outcome = try await federation.run(
                        "colonnade-party", "serve", "bank/party.yaml", "--reach", detour)
                    #expect(outcome.status == 64 && outcome.errors.contains("--reach"), "\(detour): \(outcome.errors)")
                }
            }
        }
    }
}

extension Federation {
    fileprivate func text(_ relative: String) throws -> String {
        try String(contentsOfFile: path(relative), encoding: .utf8)
    }
}
