import Foundation
import Glibc
import Testing

extension System {
    /// A party as a service that runs for long: several jobs, a queue, people who look and intervene, logs and leftovers.
    @Suite struct Service {
        @Test func jobsRunAtOnceWaitAreCancelledAndPurged() async throws {
            try await Federation.with { federation in
                for party in federation.parties {
                    try federation.describe(
                        party, policy: ["exposure-limit": "1000000"], more: "jobs: {at-once: 2, queue: 1}")
                }
                _ = try await federation.serve()
                let first = try federation.startLongJob("first")
                let second = try federation.startLongJob("second")
                for program in [first, second] { try await program.says("train") }
                let third = try federation.start(
                    "colonnade",
                    [
                        "run", "job.yaml", "--set", "name=third", "--set", "protection=none", "--set",
                        "exposure.limit=1000000",
                    ])
                try await third.says("waiting at")
                // There is one place to wait at.
                let fourth = try await federation.run(
                    "colonnade", "run", "job.yaml", "--set", "name=fourth", "--set", "protection=none")
                #expect(fourth.status == 1 && fourth.lastError.contains("step 'queue': busy"), "\(fourth.errors)")
                #expect(fourth.lastError.contains("jobs.queue"), "\(fourth.errors)")
                let running = try await federation.jobs(at: "shop")
                #expect(
                    running.map { "\($0.name) \($0.state)" }.sorted()
                        == ["first running", "second running", "third queued"], "\(running)")
                #expect(third.errors.contains("behind job"))
                let waiting = try #require(running.first { $0.state == "queued" }).id
                let status = try await federation.run("colonnade", "status", waiting)
                #expect(status.output.contains("queued") && status.output.contains("waiting behind job"), "\(status)")

                let victim = try #require(running.first { $0.name == "first" }).id
                let unwanted = try await federation.party("purge", "shop", victim)
                #expect(unwanted.status == 64 && unwanted.errors.contains("runs or waits here"), "\(unwanted.errors)")
                let cancelled = try await federation.party("cancel", "shop", victim)
                #expect(cancelled.status == 0 && cancelled.output.contains("is cancelled"), "\(cancelled.errors)")
                let ended = try await first.outcome(within: 20)
                #expect(ended.status == 1)
                #expect(
                    ended.lastError.contains("shop: step 'cancelled by its operator': cancelled"), "\(ended.errors)")
                let why = try await federation.run("colonnade", "why", victim)
                #expect(why.output.contains("was cancelled at shop by its operator"), "\(why.output)")

                // Its place is the third's now.
                let done = try await third.outcome(within: 90)
                #expect(done.status == 0, "\(done.errors)")
                #expect(
                    try await federation.jobs(at: "phone").map { "\($0.name) \($0.state)" }.sorted()
                        == ["first cancelled", "second running", "third done"])
                let again = try await federation.party("cancel", "phone", victim)
                #expect(again.status == 64 && again.errors.contains("has ended"), "\(again.errors)")
                let decisions = try await federation.party("decisions", "shop")
                #expect(decisions.output.contains("first  cancelled  by"), "\(decisions.output)")

                let ledgers = try federation.ledgers(of: "shop")
                let dry = try await federation.party("purge", "shop", victim, "--dry-run")
                #expect(dry.output.contains("would remove") && dry.output.contains("/checkpoints/"), "\(dry.output)")
                let purged = try await federation.party("purge", "shop", victim)
                #expect(purged.status == 0 && !purged.output.contains("transcripts"), "\(purged.output)")
                #expect(try await federation.party("purge", "shop", victim).output.isEmpty)
                #expect(
                    try await federation.jobs(at: "shop").map { "\($0.name) \($0.state)" }.sorted()
                        == ["second running", "third done"])
                #expect(try federation.ledgers(of: "shop") == ledgers)

                second.signal(SIGKILL)
                try await federation.eventually("the last job ends with its coordinator") {
                    try await federation.jobs(at: "bank").allSatisfy { $0.hasEnded }
                }
            }
        }

        @Test func aDetachedJobGoesOnByItself() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                for party in federation.parties {
                    try federation.describe(party, policy: ["exposure-limit": "1000000"])
                }
                _ = try await federation.serve()
                let started = try await federation.run(
                    "colonnade", "run", "job.yaml", "--detach", "--set", "protection=none")
                try #require(started.status == 0, "\(started.errors)")
                let id = started.output.trimmingCharacters(in: .whitespacesAndNewlines)
                #expect(started.errors.contains("colonnade watch \(id)"))
                let watched = try await federation.run("colonnade", "watch", id, "--json", within: 90)
                #expect(watched.status == 0, "\(watched.errors)")
                let report = try await federation.run("colonnade", "report", id, "--json")
                #expect(report.output == watched.output && report.output.contains("\"aligned\""))

                // Killed like any coordinator: the job ends, and goes on from where it was.
                let long = try await federation.run(
                    "colonnade", "run", "job.yaml", "--detach", "--json", "--set", "name=long", "--set",
                    "protection=none",
                    "--set", "train.epochs=2500", "--set", "exposure.limit=1000000", "--set", "train.checkpoint=50")
                let fields = try #require(
                    try JSONSerialization.jsonObject(with: Data(long.output.utf8)) as? [String: String],
                    "\(long.errors)")
                let (name, process) = (try #require(fields["id"]), try #require(fields["process"].flatMap(pid_t.init)))
                try await federation.eventually("the detached job trains") {
                    try await federation.jobs(at: "shop").contains { $0.id == name && $0.stage == "train" }
                }
                let status = try await federation.run("colonnade", "status", name)
                #expect(
                    status.output.contains("running") && status.output.contains("process \(process)"),
                    "\(status.output)")
                kill(process, SIGKILL)
                try await federation.eventually("it ends with its coordinator") {
                    try await federation.jobs(at: "shop").contains { $0.id == name && $0.hasEnded }
                }
                let gone = try await federation.run("colonnade", "watch", name)
                #expect(gone.status == 1 && gone.errors.contains("colonnade resume \(name)"), "\(gone.errors)")
                let resumed = try await federation.run("colonnade", "resume", name, within: 120)
                #expect(resumed.status == 0, "\(resumed.errors)")
                #expect(resumed.errors.contains("goes on after round"), "\(resumed.errors)")
            }
        }

        @Test func aRefusedJobIsNotDetached() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                try federation.describe("shop", policy: ["approve": "ask"])
                _ = try await federation.serve()
                let refused = try await federation.run("colonnade", "run", "job.yaml", "--detach")
                #expect(refused.status == 77 && refused.errors.contains("colonnade-party approve"), "\(refused.errors)")
                #expect(refused.output.isEmpty)
            }
        }

        @Test func logsBeginAnewAndLeftoversGo() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                try federation.describe(
                    "shop", policy: ["exposure-limit": "10"],
                    more: "log: {file: shop.log, size: 1 KiB, keep: 2}\nretention: {scores: 1d, checkpoints: keep}")
                let old = federation.path("shop/state/scores/defaults-0123456789ab-0.csv")
                try FileManager.default.createDirectory(
                    atPath: federation.path("shop/state/scores"), withIntermediateDirectories: true)
                try Data("id,score\n".utf8).write(to: URL(fileURLWithPath: old))
                try FileManager.default.setAttributes(
                    [.modificationDate: Date(timeIntervalSinceNow: -3 * 86_400)], ofItemAtPath: old)
                var servers = ["bank": try await federation.serve("bank")]
                servers["shop"] = try federation.start("colonnade-party", ["serve", "shop/party.yaml"])
                try await federation.eventually("listens") {
                    try federation.text("shop/shop.log").contains("listening at")
                }
                try await federation.eventually("old scores go") { !FileManager.default.fileExists(atPath: old) }
                for name in ["one", "two", "three", "four", "five"] {
                    let outcome = try await federation.run(
                        "colonnade", "run", "job.yaml", "--set", "protection=none", "--set", "name=\(name)",
                        "--set", "exposure.limit=10", within: 90)
                    #expect(outcome.status == 0, "\(outcome.errors)")
                }
                let files = try FileManager.default.contentsOfDirectory(atPath: federation.path("shop")).filter {
                    $0.hasPrefix("shop.log")
                }.sorted()
                #expect(files == ["shop.log", "shop.log.1", "shop.log.2"])
                for file in files {
                    let text = try federation.text("shop/\(file)")
                    #expect(text.utf8.count <= 1024 && text.hasSuffix("\n") && !text.isEmpty)
                }
                #expect(servers["shop"]?.errors.isEmpty == true)

                // Another program moves it away, and says so.
                try FileManager.default.moveItem(
                    atPath: federation.path("shop/shop.log"), toPath: federation.path("shop/moved"))
                servers["shop"]?.signal(SIGHUP)
                try await federation.eventually("a new log") {
                    FileManager.default.fileExists(atPath: federation.path("shop/shop.log"))
                }
                servers["shop"]?.signal(SIGTERM)
                #expect(try await servers["shop"]?.outcome(within: 20).status == 0)
                #expect(try federation.text("shop/shop.log").contains("stopped"))
            }
        }
    }
}

/// A job in a party's list.
private struct ListedJob: Decodable {
    struct Progress: Decodable { let stage: String }
    let id: String
    let name: String
    let state: String
    let progress: Progress?

    var stage: String? { progress?.stage }
    var hasEnded: Bool { !["queued", "ready", "running"].contains(state) }
}

extension Federation {
    fileprivate func party(_ command: String, _ party: String, _ arguments: String...) async throws -> Program.Outcome {
        try await start("colonnade-party", [command, "\(party)/party.yaml"] + arguments).outcome()
    }

    fileprivate func jobs(at party: String) async throws -> [ListedJob] {
        let listed = try await self.party("jobs", party, "--json")
        return try JSONDecoder().decode([ListedJob].self, from: Data(listed.output.utf8))
    }

    /// A job that does not end by itself within a test.
    func startLongJob(_ name: String) throws -> Program {
        try start(
            "colonnade",
            [
                "run", "job.yaml", "--set", "name=\(name)", "--set", "protection=none", "--set", "train.epochs=10000",
                "--set", "exposure.limit=1000000",
            ])
    }

    fileprivate func ledgers(of party: String) throws -> [Data] {
        try ["exposure/data.ledger", "single-use.ledger"].map {
            try Data(contentsOf: URL(fileURLWithPath: path("\(party)/state/\($0)")))
        }
    }

    fileprivate func text(_ relative: String) throws -> String {
        (try? String(contentsOfFile: path(relative), encoding: .utf8)) ?? ""
    }

    /// Waits until something is so.
    fileprivate func eventually(_ what: String, _ isSo: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while try await !isSo() {
            let listed = ContinuousClock.now < deadline ? "" : try await party("jobs", "shop").output
            try #require(listed.isEmpty, "waited 30 s: \(what)\n\(listed)")
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
