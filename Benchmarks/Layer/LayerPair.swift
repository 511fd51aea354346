import Foundation

/// The two processes of a measurement.
struct LayerPair {
    /// One for both where there is only one.
    let cores: Set<Int>
    private let task: LayerTask
    private let core: [LayerSeat: Int]

    /// One of them ended without a result.
    struct Failure: Error, CustomStringConvertible { let description: String }

    init(_ task: LayerTask) throws {
        self.task = task
        let allowed = try Self.allowedCores
        guard let first = allowed.first, let last = allowed.last else {
            throw Failure(description: "the system names no core that may be used")
        }
        core = [.label: first, .feature: last]
        cores = [first, last]
    }

    /// The cores that this process may use: `0-3,8` in proc(5).
    private static var allowedCores: [Int] {
        get throws {
            let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
            let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") } ?? ""
            return line.drop { !$0.isNumber }.split(separator: ",").flatMap { range -> [Int] in
                let ends = range.split(separator: "-").compactMap { Int($0) }
                guard let first = ends.first, let last = ends.last else { return [] }
                return Array(first...last)
            }
        }
    }

    /// Starts both, introduces them to each other, and waits for both results.
    func run() throws -> [LayerSeat: LayerResult] {
        let label = try Child(.label, on: core[.label] ?? 0, task)
        defer { label.end() }
        let feature = try Child(.feature, on: core[.feature] ?? 0, task)
        defer { feature.end() }
        try label.write(feature.read(LayerGreeting.self))
        try feature.write(label.read(LayerGreeting.self))
        try feature.write(label.read(LayerDoor.self))
        return [.label: try label.read(LayerResult.self), .feature: try feature.read(LayerResult.self)]
    }

    /// This program, started once more.
    private final class Child {
        private let seat: LayerSeat
        private let process = Process()
        private let input = Pipe()
        private let output = Pipe()

        init(_ seat: LayerSeat, on core: Int, _ task: LayerTask) throws {
            self.seat = seat
            let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
            process.executableURL = URL(fileURLWithPath: "/usr/bin/taskset")
            process.arguments = ["-c", "\(core)", program, "layer-party", "--seat", seat.rawValue]
            process.standardInput = input
            process.standardOutput = output
            try process.run()
            try write(task)
        }

        func write(_ value: some Encodable) throws {
            try input.fileHandleForWriting.write(contentsOf: JSONEncoder().encode(value) + Data("\n".utf8))
        }

        /// Its next line.
        func read<Value: Decodable>(_ value: Value.Type) throws -> Value {
            var line = Data()
            while line.last != UInt8(ascii: "\n") {
                guard let byte = try output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty else {
                    process.waitUntilExit()
                    throw Failure(description: "the \(seat) party ended with \(process.terminationStatus)")
                }
                line += byte
            }
            return try JSONDecoder().decode(Value.self, from: line)
        }

        func end() {
            if process.isRunning { process.terminate() }
            process.waitUntilExit()
        }
    }
}
