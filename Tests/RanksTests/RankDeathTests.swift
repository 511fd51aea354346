import Foundation
import Glibc
import Ranks
import Testing

extension RanksOverMPI {
    /// Ranks, launchers and parties that are killed.
    @Suite struct RankDeathTests {
        @Test(arguments: [("hang", 4, 3), ("compute", 2, 0)])
        func killedRankIsNamed(kind: String, count: Int, victim: Int) async throws {
            let processes = try RankProgram.start(count)
            defer { processes.end() }
            let rank = processes.ranks[victim]
            let (error, seconds) = await RankProgram.error(of: kind, on: processes, after: 0.15) {
                kill(rank.process, SIGKILL)
            }
            guard let error, case .died(victim, rank.host, let cause) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(cause.hasPrefix("killed by signal 9"))
            #expect(seconds < 8, "took \(seconds) s")
            #expect(throws: error) { try processes.request("echo", []) }
            #expect(RankProgram.secondsUntilGone(processes.ranks.map(\.process)) != nil)
        }

        /// The other host is this one, too; but for Open MPI it has another name and a daemon of its own, which a stand-in for ssh starts.
        @Test func rankOfAnotherHostIsNamedWithIt() async throws {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hosts-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let (hosts, agent) = (
                folder.appendingPathComponent("hosts").path, folder.appendingPathComponent("agent").path
            )
            try "localhost slots=1\nanother slots=2\n".write(toFile: hosts, atomically: true, encoding: .utf8)
            let script = "#!/bin/bash\nwhile [[ \"$1\" == -* ]]; do shift; done\nshift\nexec bash -c \"$*\"\n"
            try script.write(toFile: agent, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: agent)
            let processes = try RankProgram.start(3) {
                $0.hosts = hosts
                $0.launcherArguments += ["--mca", "plm_rsh_agent", agent]
            }
            defer { processes.end() }
            #expect(try processes.request("lengths", [1]) == Array("1\n1\n1\n".utf8))
            let (error, seconds) = await RankProgram.error(of: "hang", on: processes, after: 0.15) {
                kill(processes.ranks[2].process, SIGKILL)
            }
            #expect(error == .died(rank: 2, host: "another", cause: "killed by signal 9"))
            #expect(seconds < 8)
            #expect(RankProgram.secondsUntilGone(processes.ranks.map(\.process)) != nil)
        }

        @Test func rankThatIsKilledBetweenRequestsIsNamedAtTheNext() async throws {
            let processes = try RankProgram.start(2)
            defer { processes.end() }
            kill(processes.ranks[1].process, SIGKILL)
            try await Task.sleep(for: .seconds(0.3))
            let error = #expect(throws: RankError.self) { try processes.request("echo", []) }
            guard case .died(1, processes.ranks[1].host, _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }

        @Test func rankThatExitsIsNamedWithItsLastWords() throws {
            let processes = try RankProgram.start(2)
            defer { processes.end() }
            let error = #expect(throws: RankError.self) { try processes.request("exit", [1]) }
            #expect(
                error
                    == .died(
                        rank: 1, host: processes.ranks[1].host, cause: "exit code 3; last lines: the disk is full"))
        }

        @Test(arguments: ["compute"]) func killedLauncherLeavesNoRanks(kind: String) async throws {
            let processes = try RankProgram.start(3)
            defer { processes.end() }
            let launcher = try #require(RankProgram.parent(of: processes.ranks[0].process))
            let (error, seconds) = await RankProgram.error(of: kind, on: processes, after: 0.15) {
                kill(launcher, SIGKILL)
            }
            guard case .died(nil, nil, let cause) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(cause.hasPrefix("killed by signal 9"))
            #expect(seconds < 8, "took \(seconds) s")
            #expect(RankProgram.secondsUntilGone(processes.ranks.map(\.process)) != nil)
        }

        @Test(arguments: ["compute"]) func killedPartyLeavesNothing(kind: String) throws {
            let before = RankProgram.folders
            let party = Process()
            let output = Pipe()
            party.executableURL = URL(fileURLWithPath: RankProgram.path)
            party.arguments = ["party", "3", kind]
            party.standardOutput = output
            try party.run()
            let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
            let ranks = line.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
            try #require(ranks.count == 3)
            let launcher = try #require(RankProgram.parent(of: ranks[0]))
            usleep(200_000)
            #expect((ranks + [launcher]).allSatisfy(RankProgram.isAlive))
            kill(party.processIdentifier, SIGKILL)
            let seconds = RankProgram.secondsUntilGone(ranks + [launcher])
            #expect(seconds ?? .infinity < 8)
            #expect(RankProgram.folders.subtracting(before).isEmpty)
        }

        @Test func endStopsARequest() async throws {
            let processes = try RankProgram.start(2)
            let (error, seconds) = await RankProgram.error(of: "hang", on: processes, after: 0.2) { processes.end() }
            #expect(error == .ended)
            #expect(seconds < 8)
            #expect(RankProgram.secondsUntilGone(processes.ranks.map(\.process)) != nil)
        }
    }
}
