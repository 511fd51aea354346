import Foundation
import Glibc
import Ranks
import Testing

/// Tests with real processes under Open MPI's launcher. One after the other: each has more processes than this machine may have cores.
@Suite(.serialized, .enabled(if: RankProcesses.obstacle() == nil, Comment(rawValue: RankProgram.note)))
enum RanksOverMPI {}

/// The program whose processes are ranks in tests, and what is asked of the system about processes.
enum RankProgram {
    /// Beside the tests.
    static let path = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        .appendingPathComponent("rank-fixture").path

    static let note = "needs Open MPI, in the build and on this machine (Sources/Ranks/README.md)"

    /// Those of the fixture's collectives, with sums in one exchange and in two.
    static let lengths = [0, 1, 2, 5, 17, 1000, 20_011]

    static func start(_ count: Int, _ change: (inout RankProcesses.Options) -> Void = { _ in }) throws -> RankProcesses
    {
        var options = RankProcesses.Options(count: count, program: path)
        // Without a look at networks that are not here, starting takes two thirds of the time.
        options.launcherArguments = ["--mca", "pml", "ob1", "--mca", "btl", "self,vader,tcp"]
        change(&options)
        return try RankProcesses(options)
    }

    /// Whether a process is there and no zombie.
    static func isAlive(_ process: Int32) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return false }
        return status.split(separator: ")").last?.split(separator: " ").first != "Z"
    }

    static func parent(of process: Int32) -> Int32? {
        let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        return status?.split(separator: ")").last?.split(separator: " ").dropFirst().first.flatMap { Int32($0) }
    }

    /// Waits until none of the processes is there.
    /// - Returns: How many seconds that took; nil where it takes more than 10.
    static func secondsUntilGone(_ processes: [Int32]) -> Double? {
        let clock = ContinuousClock()
        let start = clock.now
        while clock.now - start < .seconds(10) {
            if !processes.contains(where: isAlive) { return (clock.now - start) / .seconds(1) }
            usleep(10_000)
        }
        return nil
    }

    /// The folders of ranks that lie about.
    static var folders: Set<String> {
        var paths: Set<String> = []
        for parent in ["/dev/shm", ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"] {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
            paths.formUnion(names.filter { $0.hasPrefix("colonnade-ranks-") }.map { "\(parent)/\($0)" })
        }
        return paths
    }

    /// Runs a request in a thread of its own, and something beside it; the error of the request and how long it took from then on.
    static func error(
        of kind: String, _ payload: [UInt8] = [0], on processes: RankProcesses, after seconds: Double,
        _ event: @Sendable () -> Void
    ) async -> (RankError?, Double) {
        let request = Task.detached { () -> RankError? in
            do throws(RankError) {
                _ = try processes.request(kind, payload)
                return nil
            } catch {
                return error
            }
        }
        try? await Task.sleep(for: .seconds(seconds))
        let clock = ContinuousClock()
        let start = clock.now
        event()
        let error = await request.value
        return (error, (clock.now - start) / .seconds(1))
    }
}
