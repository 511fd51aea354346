import Foundation
import Glibc
import Testing

extension System {
    /// Rows found by their ids, with real processes: large tables, interruptions, public files, keys that do not fit.
    @Suite struct Alignments {
        private static let open = [
            "--set", "protection=none", "--set", "exposure.limit=1000", "--set", "train.epochs=1",
        ]

        private func permit(_ federation: Federation, data: String = "") throws {
            for party in federation.parties {
                try federation.describe(party, data: data, policy: ["exposure-limit": "1000"])
            }
        }

        // MARK: Interruptions

        /// Ten in every run, a hundred in the long one.
        private static let kills = ProcessInfo.processInfo.environment["COLONNADE_LONG_TESTS"] == nil ? 10 : 100

        @Test func aJobThatIsKilledTenTimesGivesTheSameRows() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                try permit(federation)
                try federation.write(Self.crowd(0..<60_000) { "balance,default\n\($0),\($0 % 2)" }, to: "bank/data.csv")
                try federation.write(
                    Self.crowd(20_000..<80_000) { "visits,spend\n\($0 % 7),\($0 % 11)" }, to: "shop/data.csv")
                var servers = try await federation.serve()
                // Thirty parts, each of which is done or not.
                let flags =
                    Self.open + [
                        "--set", "align.protocol=ecdh", "--set", "align.part=2000", "--set", "train.batch=4096",
                    ]
                let trained = try await federation.start("colonnade", ["run", "job.yaml", "--json"] + flags).outcome(
                    within: 120)
                try #require(trained.status == 0, "\(trained.errors)")
                let model = try #require(try Report(trained.output)["modelID"] as? String)
                func predict() throws -> Program {
                    try federation.start("colonnade", ["predict", "job.yaml", "--json", "--model", model] + flags)
                }
                func scores(_ outcome: Program.Outcome) throws -> String {
                    try #require(outcome.status == 0, "\(outcome.errors)")
                    let scores = try #require(try Report(outcome.output)["scores"] as? [String: Any])
                    return try String(
                        contentsOfFile: federation.path(try #require(scores["file"] as? String)), encoding: .utf8)
                }
                let undisturbed = try scores(try await predict().outcome(within: 120))
                #expect(undisturbed.split(separator: "\n").count == 40_001)

                var random = SeededGenerator(seed: 20_261_126)
                var story = ""
                for kill in 0..<Self.kills {
                    let victim = federation.parties.randomElement(using: &random) ?? "bank"
                    let job = try predict()
                    try await Task.sleep(for: .seconds(Double.random(in: 0.2...1.4, using: &random)))
                    servers.removeValue(forKey: victim)?.signal(SIGKILL)
                    let outcome = try await job.outcome(within: 60)
                    story += outcome.errors
                    #expect(outcome.status == 1 || outcome.status == 0, "kill \(kill): \(outcome.errors)")
                    servers[victim] = try await federation.serve(victim)
                }
                let resumed = try await predict().outcome(within: 120)
                #expect(try scores(resumed) == undisturbed)
                // Some of what was done before a kill was not done again.
                #expect((story + resumed.errors).contains("parts were done before"), "\(story)")
            }
        }

        /// Rows of a table of customers with these numbers, in an order that has nothing to do with them.
        private static func crowd(_ numbers: Range<Int>, _ cells: (Int) -> String) -> String {
            var generator = SeededGenerator(seed: UInt64(numbers.lowerBound))
            let header = "id," + cells(0).split(separator: "\n")[0]
            let rows = numbers.shuffled(using: &generator).map {
                "customer-\($0),\(cells($0).split(separator: "\n")[1])"
            }
            return ([header] + rows).joined(separator: "\n") + "\n"
        }

        // MARK: Who learns what

        @Test func onlyTheLabelPartyLearnsWhichRowsAreCommon() async throws {
            for alignment in ["ecdh", "vole"] {
                try await Federation.with(["bank", "shop"]) { federation in
                    try permit(federation)
                    // The shop knows many more than the bank, among whom its customers hide.
                    try federation.edit("bank") { $0.rows = Array($0.rows.prefix(40)) }
                    let flags =
                        [
                            "--set", "align.protocol=\(alignment)", "--set", "align.result=label", "--set",
                            "align.round-to=10",
                            "--set", "exposure.limit=1000", "--set", "train.epochs=1",
                        ]
                    let outcome = try await federation.start("colonnade", ["local", "job.yaml", "--json"] + flags)
                        .outcome(within: 120)
                    try #require(outcome.status == 0, "\(outcome.errors)")
                    let known = Set(Customers.known(to: "shop"))
                    let common = Customers.known(to: "bank").prefix(40).filter(known.contains).count
                    // One decoy for each, and some more to a multiple of ten.
                    let aligned = (2 * common + 9) / 10 * 10
                    #expect(try Report(outcome.output)["aligned"] as? Int == aligned)
                    #expect(try await federation.audit(federation.transcripts()).status == 0)
                }
            }
        }

        @Test func threePartiesByVOLEToAnAuditedReport() async throws {
            try await Federation.with { federation in
                try permit(federation)
                let flags = ["--set", "align.protocol=vole", "--set", "exposure.limit=1000", "--set", "train.epochs=1"]
                let outcome = try await federation.start("colonnade", ["local", "job.yaml", "--json"] + flags)
                    .outcome(within: 180)
                try #require(outcome.status == 0, "\(outcome.errors)")
                #expect(try Report(outcome.output)["aligned"] as? Int == federation.common)
                #expect(try await federation.audit(federation.transcripts()).status == 0)
            }
        }

        @Test func theLargeSidesWorkIsDoneOnce() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                try permit(federation)
                func run(epochs: Int, days: Int = 30) async throws -> (rows: Int?, servesAgain: Bool) {
                    let flags = [
                        "protection=none", "exposure.limit=1000", "train.epochs=\(epochs)", "align.keep-days=\(days)",
                    ]
                    let outcome = try await federation.start(
                        "colonnade", ["local", "job.yaml", "--json"] + flags.flatMap { ["--set", $0] }
                    ).outcome(within: 60)
                    try #require(outcome.status == 0, "\(outcome.errors)")
                    return (try Report(outcome.output)["aligned"] as? Int, outcome.errors.contains("serves again"))
                }
                let first = try await run(epochs: 1)
                #expect(first.rows == federation.common && !first.servesAgain)
                let second = try await run(epochs: 2)
                #expect(second.rows == federation.common && second.servesAgain)
                // The small side's ids may change, the large side's may not.
                try federation.edit("bank") { $0.rows.removeFirst(20) }
                #expect(try await run(epochs: 3).servesAgain)
                try federation.edit("shop") { $0.rows.removeFirst(1) }
                let changed = try await run(epochs: 4)
                #expect(!changed.servesAgain && (changed.rows ?? 0) > 50)
                #expect(try await run(epochs: 5).servesAgain)
                // Both transcripts of each job together; a job's hash stands in their names.
                let jobs = Dictionary(grouping: federation.transcripts()) { $0.split(separator: "-")[1] }
                #expect(jobs.count == 5)
                for files in jobs.values { #expect(try await federation.audit(files).status == 0) }
                // Tags that are damaged are made again.
                let kept = try #require(
                    FileManager.default.subpathsOfDirectory(atPath: federation.path("bank/state"))
                        .first { $0.contains("/kept-") && $0.hasSuffix("tags-0") })
                try Data("other tags".utf8).write(to: URL(filePath: federation.path("bank/state/" + kept)))
                let damaged = try await federation.start(
                    "colonnade",
                    ["local", "job.yaml", "--set", "train.epochs=6", "--set", "align.keep-days=30"]
                        + Self.open.prefix(4)
                ).outcome(within: 60)
                #expect(damaged.status == 1 && damaged.errors.contains("run the job again"), "\(damaged.errors)")
                #expect(try await !run(epochs: 6).servesAgain)
            }
        }

        // MARK: Keys

        @Test func keysAreMadeAlikeAsTheJobSays() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                try permit(federation)
                let known = Set(Customers.known(to: "shop"))
                let common = Customers.known(to: "bank").filter(known.contains).count
                // Capitals and spaces at one of them, an empty key and a repeated one.
                try federation.edit("shop") { sheet in
                    for row in sheet.rows.indices { sheet["id", row] = " " + sheet["id", row].uppercased() + " " }
                    sheet.rows.append([" "] + sheet.rows[0].dropFirst())
                    sheet.rows.append(sheet.rows[3])
                }
                let flags = Self.open + ["--set", "align.fold-case=true"]
                let refused = try await federation.start("colonnade", ["local", "job.yaml"] + flags).outcome()
                #expect(refused.status == 65 && refused.errors.contains("repeat the key"), "\(refused.errors)")
                let outcome = try await federation.start(
                    "colonnade", ["local", "job.yaml", "--json"] + flags + ["--set", "align.duplicates=first"]
                ).outcome(within: 60)
                try #require(outcome.status == 0, "\(outcome.errors)")
                let report = try Report(outcome.output)
                #expect(report["aligned"] as? Int == common)
                let shop = (report["parties"] as? [String: Any])?["shop"] as? [String: Any]
                #expect(shop?["ids"] as? Int == known.count)
                #expect(shop?["emptyKeys"] as? Int == 1 && shop?["repeatedKeys"] as? Int == 1)
            }
        }

        @Test func keysThatAreNotWhatTheJobSays() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                try permit(federation)
                let typed = try await federation.start(
                    "colonnade", ["local", "job.yaml", "--set", "align.types={id: integer}"] + Self.open
                ).outcome()
                #expect(typed.status == 65 && typed.errors.contains("line 2"), "\(typed.errors)")
                #expect(typed.errors.contains("not a whole number"), "\(typed.errors)")
                // A key that is no UTF-8.
                var bytes = Data(Customers.sheet(of: "shop").csv.utf8)
                bytes.append(contentsOf: [0xFF, 0xFE] + Array(",1,2,3\n".utf8))
                try bytes.write(to: URL(filePath: federation.path("shop/data.csv")))
                let broken = try await federation.start("colonnade", ["local", "job.yaml"] + Self.open).outcome()
                #expect(broken.status != 0 && broken.errors.contains("UTF-8"), "\(broken.errors)")
            }
        }

        // MARK: Public files

        private static let breast = Quality.data + "/breast"

        @Test(.enabled(if: Quality.isPresent("breast"), "needs ../shared/data/breast"))
        func publicFilesOfPartialOverlapAndRepeatedIDs() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                for party in federation.parties {
                    try federation.describe(party, policy: ["exposure-limit": "1000"])
                }
                func align(_ guest: String, _ host: String, _ flags: String...) async throws -> Program.Outcome {
                    for (party, file) in [("bank", guest), ("shop", host)] {
                        let path = federation.path("\(party)/data.csv")
                        try? FileManager.default.removeItem(atPath: path)
                        try FileManager.default.copyItem(
                            atPath: "\(Self.breast)/breast_hetero_\(file).csv", toPath: path)
                    }
                    return try await federation.start(
                        "colonnade",
                        [
                            "local", "job.yaml", "--json", "--set", "label=y", "--set",
                            "columns={bank: [x0, x1], shop: [x2, x3]}",
                        ]
                            + Self.open + flags
                    ).outcome(within: 60)
                }
                func rows(_ outcome: Program.Outcome) throws -> Int? {
                    try #require(outcome.status == 0, "\(outcome.errors)")
                    return try Report(outcome.output)["aligned"] as? Int
                }
                #expect(try await rows(align("guest", "host")) == 569)
                // 299 of the host's 569.
                #expect(try await rows(align("guest", "host_sample_id")) == 299)
                let repeated = try await align("guest_repeated_id", "host")
                #expect(
                    repeated.status == 65 && repeated.errors.contains("1570 rows repeat the key"), "\(repeated.errors)")
                #expect(repeated.errors.contains("lines 2 and 3"), "\(repeated.errors)")
                #expect(try await rows(align("guest_repeated_id", "host", "--set", "align.duplicates=first")) == 569)
            }
        }
    }
}
