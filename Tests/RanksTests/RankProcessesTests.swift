import Foundation
import Ranks
import RankTesting
import Testing

extension RanksOverMPI {
    /// Real processes under Open MPI's launcher. One test after the other: each has more processes than this machine may have cores.
    @Suite struct RankProcessesTests {
        @Test(arguments: [2, 4, 8]) func processesHaveTheBitsOfThreads(count: Int) throws {
            let processes = try RankProgram.start(count)
            defer { processes.end() }
            #expect(processes.ranks.map(\.rank) == Array(0..<count))
            #expect(Set(processes.ranks.map(\.process)).count == count)
            let threads = try ThreadRanks.run(count) {
                try CollectiveTrial(seed: 3, lengths: RankProgram.lengths).run(on: $0)
            }
            for _ in 0..<2 {
                let bytes = try processes.request("digests", [3])
                let digests = bytes.withUnsafeBytes { buffer in
                    (0..<count).map { buffer.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self) }
                }
                #expect(digests == threads)
            }
            let answer = try processes.request("measure", [])
            let found = try JSONDecoder().decode(RankMeasurement.self, from: Data(answer))
            #expect(found.ranks == count && found.lines.count == 4)
            // Nothing carries a terabyte a second.
            for line in found.lines { #expect(line.samples[1].seconds > 1e-7) }
        }

        /// What is longer than a message may be, is cut: here after 4096 bytes.
        @Test func longCollectivesAreCut() throws {
            let process = Process()
            let output = Pipe()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = [
                "mpirun", "-n", "3", "--oversubscribe", "--bind-to", "none", RankProgram.path, "trial", "4096",
            ]
            process.environment = ProcessInfo.processInfo.environment.merging([
                "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
                "OMPI_MCA_mpi_yield_when_idle": "1",
            ]) { $1 }
            process.standardOutput = output
            try process.run()
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            let digest = try ThreadRanks.run(3) {
                try CollectiveTrial(seed: 3, lengths: RankProgram.lengths).run(on: $0)
            }[0]
            #expect(process.terminationStatus == 0)
            #expect(text == "digest \(digest)\n")
        }

        @Test func notesComeBeforeTheAnswerAndMayStopTheWork() throws {
            let processes = try RankProgram.start(2)
            defer { processes.end() }
            var notes: [[UInt8]] = []
            let answer = try processes.request("count", [200]) {
                notes.append($0)
                return true
            }
            #expect(answer == [200] && notes == (1...200).map { [0, $0] })
            notes = []
            #expect(throws: RankError.stopped) {
                try processes.request("count", [200]) {
                    notes.append($0)
                    return notes.count < 3
                }
            }
            #expect(notes == [[0, 1], [0, 2], [0, 3]])
            // They are ready for more.
            #expect(try processes.request("count", [2]) == [2])
        }

        @Test func payloadsGoWhereTheyShould() async throws {
            let before = RankProgram.folders
            let processes = try RankProgram.start(3) { $0.environment = ["COLONNADE_RANK_TRIAL": "seen"] }
            let folder = try #require(RankProgram.folders.subtracting(before).first)
            let mode = try FileManager.default.attributesOfItem(atPath: folder)[.posixPermissions] as? Int
            #expect(mode == 0o700)
            #expect(try processes.request("lengths", Array("abcde".utf8)) == Array("5\n5\n5\n".utf8))
            #expect(try processes.request("root lengths", Array("abcde".utf8)) == Array("5\n0\n0\n".utf8))
            let long = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 3) }
            #expect(try processes.request("echo", long) == long)
            #expect(try processes.request("echo", []) == [])
            #expect(
                try processes.request("environment", Array("COLONNADE_RANK_TRIAL".utf8))
                    == Array("seen\nseen\nseen\n".utf8))
            try await expectRest(of: processes)
            let launcher = RankProgram.parent(of: processes.ranks[0].process)
            processes.end()
            #expect(throws: RankError.ended) { try processes.request("echo", []) }
            #expect(RankProgram.folders.subtracting(before).isEmpty)
            #expect(RankProgram.secondsUntilGone(processes.ranks.map(\.process) + [try #require(launcher)]) != nil)
        }

        /// Ranks that wait for a request take next to no processor time.
        private func expectRest(of processes: RankProcesses) async throws {
            func seconds() throws -> [Double] {
                String(decoding: try processes.request("processor time", []), as: UTF8.self)
                    .split(separator: "\n").compactMap { Double($0) }
            }
            let before = try seconds()
            try await Task.sleep(for: .seconds(0.8))
            let after = try seconds()
            #expect(before.count == processes.ranks.count)
            for (before, after) in zip(before, after) { #expect(after - before < 0.1) }
        }

        @Test func errorOfAHandlerComesBackAndRanksGoOn() throws {
            let processes = try RankProgram.start(3)
            defer { processes.end() }
            for rank in 0..<3 {
                #expect(throws: RankError.failed(rank: rank, problem: "no such column")) {
                    try processes.request("throw", [UInt8(rank)])
                }
            }
            #expect(throws: RankError.failed(rank: 2, problem: "no such column")) {
                try processes.request("send and throw", [])
            }
            #expect(throws: RankError.self) { try processes.request("nothing such", []) }
            #expect(throws: RankError.self) { try processes.request("!end", []) }
            // What was sent in vain does not come up as something else.
            let digests = try processes.request("digests", [3])
            let threads = try ThreadRanks.run(3) {
                try CollectiveTrial(seed: 3, lengths: RankProgram.lengths).run(on: $0)
            }
            #expect(digests == threads.flatMap { withUnsafeBytes(of: $0) { Array($0) } })
        }

        /// Two groups of ranks at once, each of which ends a second after the error.
        @Test func errorOfAHandlerThatOthersWaitForEndsAll() async throws {
            async let collective: Void = expectEnd(of: "throw amid", at: 0)
            try await expectEnd(of: "throw amid group", at: 1)
            try await collective
        }

        private func expectEnd(of kind: String, at rank: Int) async throws {
            let processes = try RankProgram.start(3)
            defer { processes.end() }
            let (error, seconds) = await RankProgram.error(of: kind, [UInt8(rank)], on: processes, after: 0) {}
            #expect(error == .failed(rank: rank, problem: "no such column"))
            #expect(seconds < 8)
            #expect(RankProgram.secondsUntilGone(processes.ranks.map(\.process)) != nil)
            let host = processes.ranks[0].host
            let cause = "all were ended when '\(kind)' failed there: no such column"
            #expect(throws: RankError.died(rank: rank, host: host, cause: cause)) { try processes.request("echo", []) }
        }

        @Test func lengthsThatDifferAreNoticed() throws {
            let processes = try RankProgram.start(2)
            defer { processes.end() }
            let error = #expect(throws: RankError.self) { try processes.request("differ", []) }
            guard case .failed(_, let problem) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(problem.contains("truncated") || problem.contains("which sent"), Comment(rawValue: problem))
        }
    }
}
