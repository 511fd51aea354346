import AddressPlanning
import Foundation
import Testing

/// COIN-OR's solver of mixed-integer programs, as a program (Debian's package coinor-cbc).
enum CBC {
    static let program = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .map { "\($0)/cbc" }.first { FileManager.default.isExecutableFile(atPath: $0) }

    /// The least peak in bytes; nil if it is not proven within the time.
    static func leastPeak(_ program: IntegerProgram, seconds: Int) throws -> Int? {
        try withFile("problem.lp", program.text) { file in
            let process = Process()
            process.executableURL = URL(filePath: try #require(CBC.program))
            let solution = file.deletingLastPathComponent().appending(path: "solution.txt")
            process.arguments = [
                file.path, "timemode", "elapsed", "seconds", "\(seconds)", "solve", "solution", solution.path,
            ]
            // Its cuts allocate large tables that they hardly touch: to fill these takes glibc seconds.
            process.environment = ProcessInfo.processInfo.environment.filter { $0.key != "MALLOC_PERTURB_" }
            // It would otherwise ask for more commands.
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            try #require(process.terminationStatus == 0)
            // Optimal - objective value 12.00000000
            let line = try String(contentsOf: solution, encoding: .utf8).prefix { !$0.isNewline }
            guard line.hasPrefix("Optimal"), let value = line.split(separator: " ").last.flatMap({ Double($0) }) else {
                return nil
            }
            return Int(value.rounded()) * program.unit
        }
    }
}
