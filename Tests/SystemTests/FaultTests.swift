import Foundation
import Glibc
import Testing
import Transcript

extension System {
    /// What happens to everybody else when one fails.
    @Suite struct Faults {
        /// Ten in every run, a hundred in the long one.
        private static let kills = ProcessInfo.processInfo.environment["COLONNADE_LONG_TESTS"] == nil ? 10 : 100

        @Test func whoeverIsKilledTheOthersStopAndNameIt() async throws {
            try await Federation.with { federation in
                try federation.describeForLongJobs()
                var random = SeededGenerator(seed: 20_261_123)
                for round in 0..<Self.kills {
                    let victim = (federation.parties + ["coordinator"]).randomElement(using: &random) ?? "bank"
                    let moment = Double.random(in: 0.2...4, using: &random)
                    let story = "kill \(round): \(victim) after \(moment) s"
                    var programs = try await federation.startLongJob()
                    try await Task.sleep(for: .seconds(moment))
                    programs.removeValue(forKey: victim)?.signal(SIGKILL)
                    var causes = Set<String>()
                    for (name, program) in programs {
                        let outcome = try await program.outcome(within: 10)
                        #expect(outcome.status == 1, "\(story): \(name): \(outcome.errors)")
                        causes.insert(try #require(cause(in: outcome.errors), "\(story): \(name): \(outcome.errors)"))
                    }
                    #expect(causes.count == 1, "\(story): \(causes)")
                    #expect(causes.first?.hasPrefix("\(victim): step") == true, "\(story): \(causes)")
                }
                for path in federation.transcripts() { #expect(try isReadable(federation.path(path)), "\(path)") }
            }
        }

        @Test func aFrozenPartyIsNoticed() async throws {
            try await Federation.with { federation in
                try federation.describeForLongJobs()
                var programs = try await federation.startLongJob()
                try await Task.sleep(for: .seconds(2))
                programs.removeValue(forKey: "phone")?.signal(SIGSTOP)
                for (name, program) in programs {
                    let outcome = try await program.outcome(within: 15)
                    #expect(outcome.status == 1)
                    #expect(cause(in: outcome.errors)?.hasPrefix("phone: step") == true, "\(name): \(outcome.errors)")
                }
            }
        }

        @Test func aPartyThatIsToldToStopSaysSo() async throws {
            try await Federation.with { federation in
                try federation.describeForLongJobs()
                let programs = try await federation.startLongJob()
                try await Task.sleep(for: .seconds(2))
                programs["shop"]?.signal(SIGTERM)
                for (name, program) in programs {
                    let outcome = try await program.outcome(within: 10)
                    #expect(outcome.status == 1, "\(name)")
                    let cause = cause(in: outcome.errors) ?? ""
                    #expect(cause.hasPrefix("shop: step") && cause.contains("stopping"), "\(name): \(outcome.errors)")
                }
            }
        }

        @Test func aFullDiskEndsTheJobAndLeavesAPrefix() async throws {
            try await Federation.with { federation in
                try federation.describeForLongJobs()
                let programs = try await federation.startLongJob(fileLimits: ["shop": 48 << 10])
                for (name, program) in programs {
                    let outcome = try await program.outcome(within: 60)
                    #expect(outcome.status == 1, "\(name)")
                    let cause = cause(in: outcome.errors) ?? ""
                    #expect(
                        cause.hasPrefix("shop: step") && cause.contains("transcript-unwritable"),
                        "\(name): \(outcome.errors)")
                }
                for path in federation.transcripts() { #expect(try isReadable(federation.path(path)), "\(path)") }
            }
        }

        /// Files of the state that were deleted or brought back: numbers of attempts are counted from 0 again.
        @Test func anAttemptWhoseNumberWasUsedDoesNotBegin() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                for party in federation.parties { try federation.describe(party, policy: ["exposure-limit": "10"]) }
                _ = try await federation.serve()
                func run() async throws -> Program.Outcome {
                    try await federation.run(
                        "colonnade", "run", "job.yaml", "--set", "protection=none", "--set", "exposure.limit=10",
                        within: 90)
                }
                let first = try await run()
                try #require(first.status == 0, "\(first.errors)")
                for party in federation.parties {
                    try FileManager.default.removeItem(atPath: federation.path("\(party)/state/transcripts"))
                    let jobs = federation.path("\(party)/state/jobs")
                    let counters = try FileManager.default.contentsOfDirectory(atPath: jobs).filter {
                        $0.hasSuffix(".attempt")
                    }
                    #expect(counters.count == 1)
                    for counter in counters { try FileManager.default.removeItem(atPath: "\(jobs)/\(counter)") }
                }
                let second = try await run()
                #expect(second.status == 1)
                // Both notice it by themselves, and the first to say so is the cause.
                let causes = federation.parties.map { "\($0): step 'connect at \($0)': repeated-randomness" }
                #expect(causes.contains(cause(in: second.errors) ?? ""), "\(second.errors)")
                #expect(second.errors.contains("attempt 0 of job") && second.errors.contains("Run the job again"))
                // The number is used up now, and the next one is new.
                let third = try await run()
                #expect(third.status == 0, "\(third.errors)")
            }
        }
    }
}

/// `party: step '...': reason`, without the detail that only the party itself knows; from the last line that has one.
private func cause(in errors: String) -> String? {
    let line = errors.split(separator: "\n").last { $0.contains(": step '") } ?? ""
    return line.firstMatch(of: /([a-z]+: step '[^']*': [a-z-]+)/).map { String($0.1) }
}

/// Whether a transcript is one, or the beginning of one.
private func isReadable(_ path: String) throws -> Bool {
    let reader = try TranscriptReader(path: path)
    while true {
        switch reader.next() {
        case .record: continue
        case .end, .truncated: return true
        case .broken: return false
        }
    }
}

extension Federation {
    /// Lets jobs run for longer than a test does.
    fileprivate func describeForLongJobs() throws {
        for party in parties { try describe(party, policy: ["exposure-limit": "1000000"]) }
    }

    /// Starts everybody, and a job that does not end by itself within a test.
    fileprivate func startLongJob(fileLimits: [String: Int] = [:]) async throws -> [String: Program] {
        var programs: [String: Program] = [:]
        for party in parties { programs[party] = try await serve(party, once: true, fileLimit: fileLimits[party]) }
        programs["coordinator"] = try start(
            "colonnade", ["run", "job.yaml", "--set", "train.epochs=2000", "--set", "exposure.limit=1000000"])
        return programs
    }
}
