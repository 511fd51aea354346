import Foundation

/// The two processes of a measurement, on a core each.
struct Pair<Work: PairedWork> {
    /// One for both where there is only one.
    let cores: Set<Int>
    private let work: Work
    private let core: [Seat: Int]

    init(_ work: Work) throws {
        self.work = work
        let allowed = try Self.allowedCores
        guard let first = allowed.first, let last = allowed.last else {
            throw PairFailure(description: "the system names no core that may be used")
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
    func run() throws -> [Seat: Work.Result] {
        let label = try Child(.label, on: core[.label] ?? 0, work)
        defer { label.end() }
        let feature = try Child(.feature, on: core[.feature] ?? 0, work)
        defer { feature.end() }
        try label.write(feature.read(PairGreeting.self))
        try feature.write(label.read(PairGreeting.self))
        try feature.write(label.read(PairDoor.self))
        return [.label: try label.read(Work.Result.self), .feature: try feature.read(Work.Result.self)]
    }

    /// This program, started once more.
    private final class Child {
        private let seat: Seat
        private let process = Process()
        private let input = Pipe()
        private let output = Pipe()

        init(_ seat: Seat, on core: Int, _ work: Work) throws {
            self.seat = seat
            let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
            process.executableURL = URL(fileURLWithPath: "/usr/bin/taskset")
            process.arguments = ["-c", "\(core)", program, Work.command, "--seat", seat.rawValue]
            process.standardInput = input
            process.standardOutput = output
            try process.run()
            try write(work)
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
                    throw PairFailure(description: "the \(seat) party ended with \(process.terminationStatus)")
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

/// Why there is no measurement: a party that ended without a result, or results that do not fit.
struct PairFailure: Error, CustomStringConvertible { let description: String }
