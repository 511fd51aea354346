import Foundation
import Glibc
import Testing

extension System {
    /// `colonnade why` says later what was said when a job did not begin, or ended too early; `status` shows it; `resume` goes on with it.
    @Suite struct Why {
        @Test func whatKeptAJobFromBeginningIsRepeated() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                let asks = ["approve": "ask", "protections": "[blind]"]
                try federation.describe("shop", policy: asks)
                let servers = try await federation.serve()
                try await federation.expectHindrance("pending", 77, says: "colonnade-party approve shop/party.yaml")
                try await federation.expectHindrance(
                    "refused", 77, says: "shop: refused by its policy", "--set", "protection=none")
                try await federation.expectHindrance(
                    "unfit", 65, says: "bank: ", "--set", "model={kind: multinomial, classes: 7}")
                let log = servers["shop"]?.errors ?? ""
                for line in ["a person has to approve it first: colonnade-party approve", "refused by the policy"] {
                    #expect(log.contains("proposed: job defaults") && log.contains(line), "\(log)")
                }
                #expect(servers["bank"]?.errors.contains("it does not fit") == true)

                // Once it is approved, the job that waited begins as it was proposed, and nothing of its waiting is left.
                let pending = try await federation.only("pending")
                let unknown = try await federation.run("colonnade-party", "approve", "shop/party.yaml", "12345678")
                #expect(unknown.status == 64 && unknown.errors.contains("\(pending) (defaults)"), "\(unknown.errors)")
                let approved = try await federation.run("colonnade-party", "approve", "shop/party.yaml", pending)
                #expect(approved.status == 0)
                let resumed = try await federation.run("colonnade", "resume", pending, within: 90)
                #expect(resumed.status == 0, "\(resumed.errors)")
                let status = try await federation.run("colonnade", "status").output
                #expect(status.contains("\(pending)-0  done") && !status.contains("pending"), "\(status)")
            }
        }

        @Test func whatStoppedAJobIsRepeated() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                for party in federation.parties {
                    try federation.describe(party, policy: ["exposure-limit": "1000000"])
                }
                var servers = try await federation.serve()
                func run(_ name: String, end: (Program) -> Void) async throws -> (Program.Outcome, why: String) {
                    let program = try federation.startLongJob(name)
                    try await program.says("train")
                    end(program)
                    let outcome = try await program.outcome(within: 20)
                    let status = try await federation.run("colonnade", "status").output
                    let line = try #require(status.split(separator: "\n").first { $0.contains("  \(name)  ") })
                    #expect(line.contains(outcome.status < 0 ? "  stopped  " : "  failed  "), "\(status)")
                    let id = try #require(line.split(separator: " ").first.map(String.init))
                    let why = try await federation.run("colonnade", "why", String(id.prefix(12))).output
                    #expect(why.contains("colonnade resume \(id) --coordinator coordinator"), "\(why)")
                    return (outcome, why)
                }
                let interrupted = try await run("interrupted") { $0.signal(SIGINT) }
                #expect(interrupted.0.status == 1, "\(interrupted.0)")
                for text in [interrupted.0.lastError, interrupted.why] {
                    #expect(text.contains("coordinator: step 'train"), "\(text)")
                    #expect(text.contains("': stopping (") && text.contains("nothing has to be put right"), "\(text)")
                }
                try await servers["shop"]?.says("stopping")

                let killed = try await run("killed") { $0.signal(SIGKILL) }
                #expect(killed.why.contains("coordinator: its process") && killed.why.contains("was killed"))

                let lost = try await run("lost") { _ in servers["shop"]?.signal(SIGKILL) }
                for text in [lost.0.lastError, lost.why] {
                    #expect(text.contains("shop: step '") && text.contains("peer-lost ("), "\(text)")
                    #expect(text.contains("see that shop runs"), "\(text)")
                }
                servers["shop"] = try await federation.serve("shop")
            }
        }
    }
}

extension Federation {
    /// Runs the job, which must not begin, and holds `why` and `status` to what it said.
    fileprivate func expectHindrance(
        _ kind: String, _ status: Int32, says text: String, _ changes: String...
    ) async throws {
        let outcome = try await run("colonnade", ["run", "job.yaml"] + changes)
        #expect(outcome.status == status && outcome.lastError.contains(text), "\(outcome.errors)")
        let error = try #require(outcome.errors.components(separatedBy: "error: ").last)
        #expect(error.contains("; next: "), "\(error)")
        let id = try await only(kind)
        #expect(outcome.errors.contains("colonnade why \(id) "), "\(outcome.errors)")
        let why = try await run("colonnade", "why", id).output
        #expect(why.contains("\(id) is \(kind): \(error)"), "\(why)")
    }

    /// The id of the one job that stands so.
    func only(_ standing: String) async throws -> String {
        let lines = try await run("colonnade", "status").output.split(separator: "\n").filter {
            $0.contains("  \(standing)  ")
        }
        #expect(lines.count == 1, "\(lines)")
        return try #require(lines.first?.split(separator: " ").first.map(String.init))
    }
}
