import Foundation
import Ranks
import Testing

extension RanksOverMPI {
    /// Ranks that do not come up: each text says why.
    @Suite struct RankStartTests {
        private func problem(_ change: (inout RankProcesses.Options) -> Void) -> String {
            let before = RankProgram.folders
            defer { #expect(RankProgram.folders.subtracting(before).isEmpty) }
            do throws(RankError) {
                var options = RankProcesses.Options(count: 2, program: RankProgram.path)
                change(&options)
                try RankProcesses(options).end()
                return "they started"
            } catch {
                return "\(error)"
            }
        }

        private func hostfile(_ text: String) throws -> String {
            let path = NSTemporaryDirectory() + "hosts-\(UUID().uuidString)"
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            return path
        }

        @Test func missingLauncherSaysWhatToInstall() {
            #expect(
                problem { $0.launcher = "no-such-mpirun" }
                    == "the ranks did not start: no program no-such-mpirun on the PATH: apt-get install openmpi-bin libopenmpi-dev"
            )
        }

        @Test func missingProgramIsNamed() {
            #expect(
                problem { $0.program = "/no/such/program" }
                    == "the ranks did not start: /no/such/program: No such file or directory")
        }

        @Test func rankThatEndsAtOnceIsQuoted() {
            let text = problem { $0.arguments = ["early"] }
            #expect(text.hasPrefix("the ranks did not start: rank "))
            #expect(text.contains("exit code 9; last lines: no room for this rank"), Comment(rawValue: text))
        }

        @Test func strangerIsNotLetIn() {
            let text = problem { $0.arguments = ["stranger"] }
            #expect(text.hasPrefix("the ranks did not start: mpirun ended first: exit code 0"), Comment(rawValue: text))
        }

        @Test func ranksThatDoNotComeAreWaitedForSoLong() {
            let text = problem {
                $0.arguments = ["never"]
                $0.startTimeout = 0.5
            }
            #expect(
                text.hasPrefix("the ranks did not start: they are not all there after 0.5 s"), Comment(rawValue: text))
        }

        @Test func wrongHostfilesAreNamed() throws {
            #expect(problem { $0.hosts = "/no/such/hosts" }.contains("the hostfile /no/such/hosts cannot be read"))
            let paths = try ["# nobody\n", "localhost slots=many\n", "localhost\nno-such-host.invalid slots=1\n"].map(
                hostfile)
            defer { for path in paths { try? FileManager.default.removeItem(atPath: path) } }
            #expect(problem { $0.hosts = paths[0] }.contains("names no host"))
            #expect(
                problem { $0.hosts = paths[1] }.hasSuffix(
                    "line 1: 'slots=many' is not a number of slots, as in 'localhost slots=4'"))
            let text = problem {
                $0.hosts = paths[2]
            }
            #expect(text.contains("no-such-host"), Comment(rawValue: text))
        }
    }
}

/// What Open MPI 4.1 and its successor of another name write.
@Suite struct LauncherReportTests {
    @Test(arguments: ["mpirun", "prterun"]) func signalIsRead(launcher: String) {
        let frame = String(repeating: "-", count: 74)
        let text = """
            one line\r
            another
            \(frame)
            \(launcher) noticed that process rank 12 with PID 345 on node far-away exited on signal 11 (Segmentation
            fault).
            \(frame)
            """
        let report = LauncherReport(text, status: 139 << 8)
        #expect(report.rank == 12 && report.host == "far-away")
        #expect(report.cause == "killed by signal 11; last lines: one line | another")
    }

    @Test func exitIsRead() {
        let frame = String(repeating: "-", count: 74)
        let text = "\(frame)\n  Process name: [[42010,1],3]\n  Exit code:    71\n\(frame)\n"
        let report = LauncherReport(text, status: 71 << 8)
        #expect(report.rank == 3 && report.host == nil && report.cause == "exit code 71")
    }

    @Test func otherwiseTheLauncherItselfEnded() {
        #expect(LauncherReport("", status: 9).cause == "killed by signal 9")
        #expect(LauncherReport("process rank x on signal y", status: 1 << 8).rank == nil)
        #expect(LauncherReport("process rank", status: nil).cause == "it did not answer; last lines: process rank")
        #expect(LauncherReport("process rank 1 on node", status: 2 << 8).rank == nil)
        #expect(LauncherReport("Process name: [[1,1],1] Exit", status: 2 << 8).rank == nil)
    }
}

/// Without MPI nothing starts.
@Suite(.enabled(if: RankProcesses.obstacle() == .notBuilt, "this build has MPI"))
struct RankNotBuiltTests {
    @Test func errorSaysHowToBuild() {
        let error = #expect(throws: RankError.notBuilt) {
            try RankProcesses(.init(count: 2, program: "/bin/true")).end()
        }
        #expect("\(error ?? .ended)".contains("build with the trait MPI"))
        #expect(throws: RankError.notBuilt) { try RankService.run(socket: "/nowhere", handlers: [:]) }
    }
}
