import Foundation
import Testing

extension System {
    /// Jobs that succeed, as people run them.
    @Suite struct Jobs {
        @Test func threeOrganisationsOverTLS() async throws {
            try await Federation.with { federation in
                let servers = try await federation.serve(once: true)
                let outcome = try await federation.run(
                    "colonnade", "run", "job.yaml", "--json", "--report", "report.json", within: 120)
                try #require(outcome.status == 0, "\(outcome.errors)")
                for server in servers.values { #expect(try await server.outcome().status == 0) }

                let report = try Report(outcome.output)
                #expect(try Report(String(contentsOfFile: federation.path("report.json"), encoding: .utf8)) == report)
                #expect(
                    report.missing([
                        "job", "hash", "parties", "aligned", "model", "protection", "metrics", "baselines", "rounds",
                        "localUpdates", "bytes", "ciphertexts", "seconds", "peakMemoryBytes", "keys", "exposure",
                        "transcripts",
                    ]).isEmpty)
                #expect(report["aligned"] as? Int == federation.common)
                #expect((report["exposure"] as? [String: Any])?["ratio"] as? Double == 0.5)
                #expect((report["keys"] as? [String: Any])?["bits"] as? Int == 2048)
                #expect((report["metrics"] as? [String: Any])?["auc"] as? Double ?? 0 > 0.5)
                let ends = try #require((report["intervals"] as? [String: [Double]])?["auc"])
                #expect(ends.count == 2 && ends[0] < ends[1])
                let curves = try #require(report["curves"] as? [String: Any])
                let bins = try #require(curves["deciles"] as? [[String: Any]])
                #expect(bins.allSatisfy { $0["rows"] as? Int ?? 0 >= 10 && $0["trainingRows"] as? Int ?? 0 >= 10 })

                // Nothing but the report on standard output; the transcripts hold, and any change in one shows.
                let transcripts = federation.transcripts()
                #expect(transcripts.count == 3)
                let verified = try await federation.audit(transcripts)
                #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
                for transcript in transcripts {
                    let path = federation.path(transcript)
                    let intact = try Data(contentsOf: URL(fileURLWithPath: path))
                    for place in stride(from: 0, to: intact.count, by: intact.count / 25) {
                        var changed = intact
                        changed[place] ^= 1
                        try changed.write(to: URL(fileURLWithPath: path))
                        let verdict = try await federation.audit(transcripts)
                        #expect(verdict.status != 0, "\(transcript), byte \(place)")
                    }
                    try intact.write(to: URL(fileURLWithPath: path))
                }
                #expect(try await federation.audit(transcripts).status == 0)

                let id = try #require(report["hash"] as? String).prefix(12)
                let again = try await federation.run("colonnade", "report", "\(id)", "--json")
                #expect(try Report(again.output) == report)
                let page = try await federation.run("colonnade", "report", "\(id)", "--html", "report.html")
                #expect(page.status == 0 && page.output.isEmpty)
                let html = try String(contentsOfFile: federation.path("report.html"), encoding: .utf8)
                #expect(html.hasPrefix("<!DOCTYPE html>") && html.contains("this federation"))
                let status = try await federation.run("colonnade", "status")
                #expect(status.output.contains("done  defaults"))
            }
        }

        @Test func aNeuralNetworkOfTwoOrganisationsOnOneMachine() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                for party in federation.parties { try federation.describe(party, policy: ["exposure-limit": "1"]) }
                let outcome = try await federation.run(
                    "colonnade", "local", "job.yaml", "--json", "--set",
                    "model={kind: mlp, source: {width: 2}, hidden: [4]}",
                    "--set", "exposure.limit=1", within: 120)
                try #require(outcome.status == 0, "\(outcome.errors)")
                let report = try Report(outcome.output)
                #expect(report["model"] as? String == "mlp")
                let baselines = try #require(report["baselines"] as? [String: Any])
                #expect(Set(baselines.keys) == ["colocated", "labelPartyOnly", "labelPartyBoosted"])
            }
        }

        @Test func metricsStayWithALabelPartyThatKeepsThem() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                try federation.describe("bank", policy: ["release-metrics": "false"])
                let servers = try await federation.serve(once: true)
                let outcome = try await federation.run("colonnade", "run", "job.yaml", "--json", within: 90)
                try #require(outcome.status == 0, "\(outcome.errors)")
                let report = try Report(outcome.output)
                #expect(report["metrics"] == nil && report["intervals"] == nil && report["curves"] == nil)
                #expect((report["baselines"] as? [String: Any])?.isEmpty == true)
                #expect(!outcome.errors.contains("loss"))
                #expect(servers["bank"]?.errors.contains("metrics: ") == true, "the bank itself is told")
            }
        }

        @Test func withoutProtectionEveryOutputSaysSo() async throws {
            try await Federation.with { federation in
                let outcome = try await federation.run(
                    "colonnade", "local", "job.yaml", "--set", "protection=none", within: 60)
                try #require(outcome.status == 0, "\(outcome.errors)")
                #expect(outcome.output.contains("UNPROTECTED"))
                #expect(outcome.errors.contains("UNPROTECTED"))
                let log = try String(contentsOfFile: federation.path("shop/serve.log"), encoding: .utf8)
                #expect(log.contains("UNPROTECTED"))
                let transcript = federation.transcripts()[0]
                let shown = try await federation.run("colonnade-audit", "show", transcript)
                #expect(shown.output.contains("UNPROTECTED"))
                try await federation.checkPage(of: transcript)
            }
        }
    }
}

/// A report as a script reads it.
struct Report: Equatable {
    private let fields: NSDictionary

    init(_ json: String) throws {
        let object = try JSONSerialization.jsonObject(with: Data(json.utf8))
        fields = try #require(object as? NSDictionary, "not one JSON object: \(json)")
    }

    subscript(name: String) -> Any? { fields[name] }

    func missing(_ names: [String]) -> [String] { names.filter { fields[$0] == nil } }
}

extension Federation {
    /// Paths of all transcripts written so far.
    func transcripts() -> [String] {
        parties.flatMap { party in
            let folder = "\(party)/state/transcripts"
            let names = try? FileManager.default.contentsOfDirectory(atPath: path(folder))
            return (names ?? []).sorted().map { "\(folder)/\($0)" }
        }
    }

    /// A page is written where it can be, and nowhere else.
    func checkPage(of transcript: String) async throws {
        func show(_ arguments: String...) async throws -> Program.Outcome {
            try await start("colonnade-audit", ["show", transcript] + arguments).outcome()
        }
        for _ in 0..<2 {
            let written = try await show("--html", "page.html")
            #expect(written.status == 0 && written.output.isEmpty, "\(written.errors)")
            let page = try String(contentsOfFile: path("page.html"), encoding: .utf8)
            #expect(page.hasPrefix("<!DOCTYPE html>") && page.contains("UNPROTECTED") && page.hasSuffix("</html>\n"))
        }
        let before = try Data(contentsOf: URL(fileURLWithPath: path(transcript)))
        for target in ["no/such/folder/page.html", ".", transcript, "./" + transcript] {
            let refused = try await show("--html", target)
            #expect(
                refused.status == 69 && refused.errors.contains("cannot be written"), "\(target): \(refused.errors)")
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path(transcript))) == before)
        #expect(try await show("--html", "page.html", "--json").status == 64)
        let missing = try await start("colonnade-audit", ["show", "missing", "--html", "other.html"]).outcome()
        #expect(missing.status == 65 && !FileManager.default.fileExists(atPath: path("other.html")))
    }

    func audit(_ transcripts: [String]) async throws -> Program.Outcome {
        try await start("colonnade-audit", ["verify"] + transcripts).outcome()
    }
}
