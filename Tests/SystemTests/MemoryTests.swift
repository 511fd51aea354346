import Foundation
import Testing

extension System {
    /// Rows that are more than a party's memory holds.
    @Suite struct LargerThanMemory {
        private static let isLong = ProcessInfo.processInfo.environment["COLONNADE_LONG_TESTS"] != nil

        /// Read, aligned, prepared and trained on: the peak of the process, above what it has without any rows, is what is held to.
        @Test func aFileOf64MegabytesIsWorkedOnIn32() async throws {
            try await check(rows: 65_000, common: 50_000, megabytes: 64, memory: 32)
        }

        /// The same of 5 GB, all in all within 512 MiB, at both parties. Of five million rows they have 50,000 in common, so that it is
        /// reading and aligning that takes the time, and not training.
        @Test(.enabled(if: isLong)) func aFileOf5GigabytesIsWorkedOnIn512Megabytes() async throws {
            try await check(rows: 5_000_000, common: 50_000, megabytes: 5000, memory: 512, bothLarge: true)
        }

        @Test func aDiskThatIsFullIsNamedAndLeftClean() async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                try federation.describe("bank", more: "memory: 16 MiB")
                _ = try WideSheet(rows: 20_000, first: 0, columns: 96).write(to: federation.path("bank/data.csv"))
                _ = try WideSheet(rows: 1000, first: 0, columns: 3).write(to: federation.path("shop/data.csv"))
                try federation.write(job, to: "job.yaml")
                _ = try await federation.serve("shop")
                let full = try await federation.serve("bank", fileLimit: 4 << 20)
                let outcome = try await federation.run("colonnade", "check", "job.yaml")
                #expect(outcome.status != 0)
                #expect(
                    (outcome.output + outcome.errors).contains("state/scratch fails: File too large"),
                    "\(outcome.output)\(outcome.errors)")
                #expect(full.isRunning)
                let left = try FileManager.default.contentsOfDirectory(atPath: federation.path("bank/state/scratch"))
                #expect(left.isEmpty)
            }
        }

        private func check(
            rows: Int, common: Int, megabytes: Int, memory: Int, bothLarge: Bool = false
        ) async throws {
            try await Federation.with(["bank", "shop"]) { federation in
                let sheets = [
                    WideSheet(rows: rows, first: 0, columns: bothLarge ? 98 : 96),
                    WideSheet(rows: bothLarge ? rows : common, first: rows - common, columns: bothLarge ? 98 : 3),
                ]
                for (party, sheet) in zip(federation.parties, sheets) {
                    try federation.describe(party, more: "memory: \(memory) MiB")
                    let size = try sheet.write(to: federation.path("\(party)/data.csv"))
                    if party == "bank" || bothLarge { #expect(size >= megabytes * 1_000_000, "\(size) bytes") }
                }
                try federation.write(job, to: "job.yaml")
                let servers = try await federation.serve()
                let idle = try servers.mapValues { try $0.peakMemory() }
                let began = ContinuousClock.now
                let outcome = try await federation.run(
                    "colonnade", "run", "job.yaml", "--json", within: bothLarge ? 3600 : 300)
                let seconds = (ContinuousClock.now - began) / .seconds(1)
                try #require(outcome.status == 0, "\(outcome.errors)")
                let report = try Report(outcome.output)
                #expect(report["aligned"] as? Int == common)
                for (party, server) in servers {
                    let peak = try server.peakMemory()
                    let (all, rows) = (Double(peak) / 1048576, Double(peak - (idle[party] ?? 0)) / 1048576)
                    print("\(party): \(rows) MiB above \(all - rows) MiB of an idle process, \(seconds) s in all")
                    // The other party's file is small in the first case: what it takes is the alignment's, not its rows'.
                    guard party == "bank" || bothLarge else { continue }
                    // What a process has without rows is part of a half gigabyte; of 32 MiB it would be all.
                    #expect(bothLarge ? all < Double(memory) : rows < Double(memory), "\(party) took \(rows) MiB")
                }
                for party in federation.parties {
                    let scratch = federation.path("\(party)/state/scratch")
                    let left = try? FileManager.default.contentsOfDirectory(atPath: scratch)
                    // There were files here, and they had no names.
                    #expect(left == [], "\(party): \(String(describing: left))")
                }
            }
        }

        private var job: String {
            """
            name: large
            parties: {bank: {role: label}, shop: {role: feature}}
            align: {key: id}
            label: label
            model: {kind: logistic}
            protection: none
            train: {epochs: 1, batch: 1024}
            exposure: {limit: 0.5}

            """
        }
    }
}

/// A file as a credit bureau has it: an id, a label, and columns of numbers with gaps, of counts and of categories; a kilobyte a row with
/// ninety-eight of them.
struct WideSheet {
    let rows: Int
    /// The number of its first row: rows of one number have one id.
    let first: Int
    /// Beside id and label.
    let columns: Int

    /// Writes it piece by piece.
    /// - Returns: Its size in bytes.
    func write(to path: String) throws -> Int {
        FileManager.default.createFile(atPath: path, contents: nil)
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        defer { try? file.close() }
        var (bytes, size) = ([UInt8](), 0)
        let header = "id,label," + (0..<columns).map { "c\($0)" }.joined(separator: ",") + "\n"
        bytes += header.utf8
        var state = UInt64(truncatingIfNeeded: columns) &* 0x9E37_79B9_7F4A_7C15 | 1
        for row in first..<first + rows {
            bytes += "K".utf8
            append(100_000_000 + row, to: &bytes)
            // Depends on the row alone, as every party sees it.
            let label = (UInt64(row) &* 0x9E37_79B9_7F4A_7C15) >> 62 == 0
            bytes.append(UInt8(ascii: ","))
            append(label ? 1 : 0, to: &bytes)
            for column in 0..<columns {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                bytes.append(UInt8(ascii: ","))
                switch column % 20 {
                case 7 where state % 10 == 0: break
                case 5:
                    bytes += "kind".utf8
                    append(Int(state % 9), to: &bytes)
                case 11: append(Int(state % 100), to: &bytes)
                default:
                    append(100 + Int(state >> 54) + (label && column == 2 ? 300 : 0), to: &bytes)
                    bytes.append(UInt8(ascii: "."))
                    append(1_000_000 + Int((state >> 20) % 1_000_000), to: &bytes)
                }
            }
            bytes.append(UInt8(ascii: "\n"))
            if bytes.count >= 1 << 20 {
                size += bytes.count
                try file.write(contentsOf: Data(bytes))
                bytes.removeAll(keepingCapacity: true)
            }
        }
        try file.write(contentsOf: Data(bytes))
        return size + bytes.count
    }

    private func append(_ number: Int, to bytes: inout [UInt8]) {
        let start = bytes.count
        var rest = number
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }
}
