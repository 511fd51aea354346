import ArgumentParser
import Foundation
import Residues
import Workers

extension CommonOptions {
    /// The kernels to be measured.
    var paths: [KernelPath] {
        get throws {
            guard !path.isEmpty else { return KernelPath.available }
            return try path.map {
                guard let path = KernelPath(rawValue: $0), KernelPath.available.contains(path) else {
                    let names = KernelPath.available.map(\.rawValue).joined(separator: ", ")
                    throw ValidationError("this machine has the kernels \(names), not \($0)")
                }
                return path
            }
        }
    }
}

/// One measured operation.
struct Row: Encodable {
    var name: String
    var bits: Int
    var cores: Int
    var path: String
    var ours: Double
    /// `nil` where there is none.
    var reference: Double?
    /// What `ours` and `reference` count.
    var unit: String
    /// What `reference` is.
    var against: String?
    /// How many times faster ours is.
    var ratio: Double?
    /// Of rows that are more than an operation.
    var details: Details?

    /// Whatever a benchmark says of its own rows.
    struct Details: Encodable {
        let content: any Encodable

        func encode(to encoder: any Encoder) throws { try content.encode(to: encoder) }
    }
}

/// Collects and prints rows.
struct Report: Encodable {
    struct Machine: Encodable {
        var cores = WorkerPool.shared.threads
        var kernels = KernelPath.available.map(\.rawValue)
        var processor = Machine.processorName

        private static var processorName: String {
            let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n") ?? []
            let name = lines.first { $0.hasPrefix("model name") }?.split(separator: ":").last
            return name.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
        }
    }

    let benchmark: String
    let machine = Machine()
    private(set) var rows: [Row] = []
    private let isJSON: Bool

    private enum CodingKeys: CodingKey { case benchmark, machine, rows }

    init(_ benchmark: String, isJSON: Bool) {
        self.benchmark = benchmark
        self.isJSON = isJSON
        guard !isJSON else { return }
        print("\(machine.processor), \(machine.cores) cores, kernels: \(machine.kernels.joined(separator: ", "))")
        print(
            "name".padded(30) + "bits".padded(-5) + "cores".padded(-6) + "  kernels".padded(11) + "ours".padded(-14)
                + "reference".padded(-14) + "ratio".padded(-9) + "  unit")
    }

    mutating func add(_ row: Row) {
        rows.append(row)
        guard !isJSON else { return }
        print(
            row.name.padded(30) + "\(row.bits)".padded(-5) + "\(row.cores)".padded(-6) + "  \(row.path)".padded(11)
                + row.ours.figures.padded(-14) + (row.reference?.figures ?? "").padded(-14)
                + (row.ratio.map { String(format: "%.2f", $0) } ?? "").padded(-9) + "  \(row.unit)"
                + (row.against.map { ", against \($0)" } ?? ""))
        fflush(nil)
    }

    /// Says something that is no row.
    func note(_ text: String) {
        if !isJSON { print("  \(text)") }
    }

    /// Says what else the machine does, which moves wall time.
    func noteLoad() {
        let text = (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8)) ?? ""
        let load = text.split(separator: " ").prefix(2).joined(separator: ", ")
        note("load of the machine before, in 1 and 5 minutes: \(load)")
    }

    func finish() throws {
        guard isJSON else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        print(String(decoding: try encoder.encode(self), as: UTF8.self))
    }
}

/// Seconds that `work` takes.
func seconds(_ work: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    try work()
    return (ContinuousClock.now - start) / .seconds(1)
}

/// Median seconds of ours and of the reference, and the median of the rounds' ratios.
func compare(
    rounds: Int, _ ours: () throws -> Void, _ reference: () throws -> Void
) rethrows -> (ours: Double, reference: Double, ratio: Double) {
    var pairs: [(Double, Double)] = []
    for _ in 0..<rounds { pairs.append((try seconds(ours), try seconds(reference))) }
    return (pairs.map(\.0).median, pairs.map(\.1).median, pairs.map { $0.1 / $0.0 }.median)
}

/// Runs `body` on so many cores.
func onCores<Output>(_ count: Int, _ body: () throws -> Output) rethrows -> Output {
    try WorkContext(threads: count).run(body)
}

extension [Double] {
    var median: Double {
        let sorted = sorted()
        return count % 2 == 1 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2
    }
}

extension Double {
    /// Four significant figures.
    fileprivate var figures: String {
        self >= 1000 ? String(format: "%.0f", self) : String(format: "%.4g", self)
    }
}

extension String {
    /// Filled with spaces on the right, or, for a negative width, on the left.
    func padded(_ width: Int) -> String {
        let spaces = String(repeating: " ", count: Swift.max(0, abs(width) - count))
        return width < 0 ? spaces + self : self + spaces
    }
}
