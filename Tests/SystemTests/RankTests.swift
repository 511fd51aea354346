import Foundation
import Glibc
import Ranks
import Testing

extension System {
    /// A party whose ranks, processes that Open MPI starts, compute its products.
    @Suite struct PartiesOfSeveralRanks {
        private static let isPossible = RankProcesses.obstacle() == nil

        /// The partner's replay and its own, both in one process, give every byte that was sent: nothing shows that there were ranks.
        @Test(.enabled(if: isPossible, "needs Open MPI, in the build and on the machine"))
        func aJobOverRanksIsTheJobWithout() async throws {
            try await Federation.withFlights { federation in
                let outcome = try await federation.run(
                    "colonnade", "local", "job.yaml", "--audit", "--insecure-replay", "--json", within: 240)
                try #require(outcome.status == 0, "\(outcome.errors)")
                let log = try String(contentsOfFile: federation.path("airline/serve.log"), encoding: .utf8)
                #expect(log.contains("ranks run: 0 on "), "\(log)")
                #expect(
                    try !String(contentsOfFile: federation.path("weather/serve.log"), encoding: .utf8).contains("rank"))
                for party in federation.parties {
                    let files = federation.transcripts().filter { $0.hasPrefix(party) }
                    let transcript = try #require(files.first { $0.hasSuffix(".transcript") })
                    let view = try #require(files.first { $0.hasSuffix(".view") })
                    let replay = try await federation.run(
                        "colonnade-audit", "replay", transcript, "--view", view, "--party", "\(party)/party.yaml",
                        within: 240)
                    #expect(
                        replay.status == 0 && replay.output.contains("ACCEPTED"), "\(replay.output)\(replay.errors)")
                }
            }
        }

        /// All parties end within ten seconds and name the rank's party; its operator and the coordinator read which rank, where and how.
        /// The next job has new ranks.
        @Test(.enabled(if: isPossible, "needs Open MPI, in the build and on the machine"))
        func aRankThatIsKilledEndsTheJob() async throws {
            try await Federation.withFlights { federation in
                let servers = try await federation.serve()
                let airline = try #require(servers["airline"])
                let run = try federation.start(
                    "colonnade",
                    [
                        "run", "job.yaml", "--set", "name=first", "--set", "train.epochs=500", "--set",
                        "exposure.limit=1000000",
                    ])
                try await airline.says("ranks run: ")
                let words = try #require(airline.errors.firstMatch(of: /1 on ([^ ]+), process ([0-9]+)/))
                try await Task.sleep(for: .seconds(1))
                #expect(kill(try #require(pid_t(words.2)), SIGKILL) == 0)
                let outcome = try await run.outcome(within: 10)
                #expect(outcome.status == 1)
                #expect(outcome.lastError.contains("airline: step 'matmul"), "\(outcome.errors)")
                let story = "rank 1 of airline on \(words.1) was killed by signal 9"
                #expect(outcome.errors.contains(story), "\(outcome.errors)")
                for (party, server) in servers {
                    try await server.says("failed: ")
                    let line = server.errors.split(separator: "\n").last { $0.contains("failed: ") } ?? ""
                    #expect(line.contains("airline: step") && line.contains("internal-error"), "\(party): \(line)")
                    #expect(line.contains(story) == (party == "airline"), "\(party): \(line)")
                }
                let next = try await federation.run("colonnade", "run", "job.yaml", "--set", "name=second", within: 240)
                #expect(next.status == 0, "\(next.errors)")
                #expect(airline.errors.components(separatedBy: "ranks run: ").count == 3, "\(airline.errors)")
            }
        }

        /// Wherever ranks cannot start, the line of the party file is named, and what to install.
        @Test func withoutALauncherPeopleAreTold() async throws {
            try await Federation.withFlights { federation in
                if Self.isPossible {
                    let shown = try await federation.run("colonnade-party", "check", "airline/party.yaml")
                    #expect(
                        shown.output.contains("ranks         2 with 1 thread each, all on this machine"), "\(shown)")
                }
                for command in ["check", "serve"] {
                    let program = try federation.start(
                        "colonnade-party", [command, "airline/party.yaml"], variables: ["PATH": "/nonexistent"])
                    let outcome = try await program.outcome(within: 20)
                    #expect(outcome.status == 65, "\(outcome.errors)")
                    #expect(
                        outcome.errors.contains("airline/party.yaml, line ") && outcome.errors.contains("'ranks'")
                            && outcome.errors.contains("openmpi-bin"), "\(outcome.errors)")
                }
            }
        }
    }
}

extension Federation {
    /// An airline with two ranks, and a weather service, with some flights and a job.
    fileprivate static func withFlights(_ body: (Federation) async throws -> Void) async throws {
        try await with(["airline", "weather"]) { federation in
            let flights = try Flights(rows: 800)
            for party in federation.parties {
                if let sheet = flights.sheets[party] { try federation.write(sheet, at: party) }
                let isAirline = party == "airline"
                try federation.describe(
                    party, rows: "file: data.csv, key: flight_id\(isAirline ? ", types: \(Flights.types)" : "")",
                    policy: ["exposure-limit": "1000000"],
                    // A core for itself: what two ranks do is done sooner then.
                    more: isAirline ? "jobs: {at-once: 1, cores: 1}\nranks: {count: 2, threads: 1}" : "")
            }
            try federation.write(
                """
                name: flights
                parties: {airline: {role: label}, weather: {role: feature}}
                align: {key: flight_id}
                label: late
                columns:
                  airline: [carrier, origin, hour, weekday, month, distance]
                  weather: [temp, dewp, humid, wind_x, wind_y]
                model: {kind: mlp, source: {width: 4}, hidden: [4]}
                train: {epochs: 1, batch: 256}
                keys: {bits: 2048}
                exposure: {limit: 1000}

                """, to: "job.yaml")
            try await body(federation)
        }
    }
}
