import Foundation
import Testing

/// One of our programs as a process of its own. What it writes goes to files, so that it never waits for a reader.
final class Program {
    /// How a process ended.
    struct Outcome {
        /// The exit code; the number of the signal, negative, where one ended it.
        let status: Int32
        let output: String
        let errors: String

        /// The last line on standard error: where a failed job says what happened.
        var lastError: String { errors.split(separator: "\n").last.map(String.init) ?? "" }
    }

    /// It was still running, or had not said what it should, when the time was over.
    struct TooSlow: Error, CustomStringConvertible {
        let description: String
    }

    /// Where the programs of this build lie: beside the tests.
    private static let folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()

    let name: String
    private let process = Process()
    private let outputPath: String
    private let errorPath: String

    /// Starts a program.
    /// - Parameters:
    ///   - logs: The path of its output, less the ending.
    ///   - fileLimit: The most that it may write to one file, in bytes rounded up to a kilobyte: a disk that is full.
    ///   - variables: Of its environment, besides those of this process.
    init(
        _ name: String, _ arguments: [String], in folder: String, logs: String, fileLimit: Int? = nil,
        variables: [String: String] = [:]
    ) throws {
        self.name = name
        outputPath = logs + ".out"
        errorPath = logs + ".err"
        let program = Self.folder.appendingPathComponent(name)
        if let fileLimit {
            process.executableURL = URL(fileURLWithPath: "/bin/bash")
            let script = "ulimit -f \((fileLimit + 1023) / 1024); exec \"$0\" \"$@\""
            process.arguments = ["-c", script, program.path] + arguments
        } else {
            process.executableURL = program
            process.arguments = arguments
        }
        process.environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try Self.file(outputPath)
        process.standardError = try Self.file(errorPath)
        try process.run()
    }

    private static func file(_ path: String) throws -> FileHandle {
        try Data().write(to: URL(fileURLWithPath: path))
        return try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    }

    var isRunning: Bool { process.isRunning }

    /// What it has said on standard error so far.
    var errors: String { Self.text(errorPath) }

    private static func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }

    /// Waits for its end.
    func outcome(within seconds: Double = 60) async throws -> Outcome {
        try await wait(seconds, "to end") { !process.isRunning }
        let isKilled = process.terminationReason == .uncaughtSignal
        return Outcome(
            status: isKilled ? -process.terminationStatus : process.terminationStatus, output: Self.text(outputPath),
            errors: errors)
    }

    /// Waits until it has said something on standard error.
    func says(_ text: String, within seconds: Double = 30) async throws {
        try await wait(seconds, "to say '\(text)'") {
            if errors.contains(text) { return true }
            guard process.isRunning else {
                throw TooSlow(description: "\(name) ended and did not say '\(text)':\n\(errors)")
            }
            return false
        }
    }

    private func wait(_ seconds: Double, _ what: String, until isDone: () throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while try !isDone() {
            guard ContinuousClock.now < deadline else {
                throw TooSlow(description: "waited \(seconds) s for \(name) \(what):\n\(errors)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// The most memory that was ever resident, in bytes, as Linux counts it.
    func peakMemory() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) }) << 10
    }

    func signal(_ number: Int32) { if process.isRunning { kill(process.processIdentifier, number) } }

    /// Leaves nothing behind, whatever state it is in.
    func end() {
        signal(SIGKILL)
        process.waitUntilExit()
    }
}
