import Coordination
import Cryptography
import Foundation
import Jobs
import Link

/// The organisations of one data set, set up as people would do it: data, keys, pinned certificates, party files.
struct QualityFederation {
    private let folder: String
    private let parties: [String]

    /// Prepares the data and introduces the parties to each other.
    /// - Parameters:
    ///   - job: any job of the data set: all of its jobs have the same parties and keys of rows.
    ///   - data: where the raw data are.
    init(_ job: QualityJob, data: String) throws {
        folder = ".build/quality/\(job.set)"
        parties = job.job.parties.map(\.name)
        try? FileManager.default.removeItem(atPath: folder)
        say("\(job.set): preparing the data")
        try Program.python.run(["Benchmarks/Quality/prepare.py", job.set, data, folder])
        let firstPort = Int.random(in: 20_000..<40_000)
        let ports = Dictionary(uniqueKeysWithValues: zip(parties, firstPort...))
        try introduce(addresses: ports.mapValues { "127.0.0.1:\($0)" })
        for (party, port) in ports {
            try """
            name: \(party)
            listen: {host: 127.0.0.1, port: \(port)}
            certificate: certificate.pem
            key: key.pem
            transcript-key: transcript-key.pem
            data: {file: ../\(party).csv, key: [\(job.job.align.key.joined(separator: ", "))]}
            policy: {protections: [blind, none], min-key-bits: 2048, exposure-limit: 1000000, approve: automatic}

            """.write(toFile: path(party, "party.yaml"), atomically: true, encoding: .utf8)
        }
    }

    /// Runs one job, every party in a process of its own.
    /// - Throws: `Program.Failure` with what the coordinator said last.
    func run(_ job: QualityJob, overrides: [String]) throws -> Coordination.Report {
        forget()
        let report = "\(folder)/\(job.name).json"
        try Program.coordinator.run(
            ["local", job.path, "--parties", folder, "--json", "--quiet", "--report", report]
                + overrides.flatMap { ["--set", $0] })
        return try JSONDecoder().decode(Coordination.Report.self, from: Data(contentsOf: URL(fileURLWithPath: report)))
    }

    /// Runs one job here, and in one place from the same first weights.
    func runRecorded(_ job: QualityJob, seed: Int, overrides: [String]) throws -> Coordination.Report {
        forget()
        let federation = try recorded(Job(path: job.path, overrides: overrides), purpose: "quality \(seed)")
        var report = try federation.run(over: MemoryNetwork(parties: job.job.parties))
        report.baselines["colocated"] = try federation.colocated()
        return report
    }

    /// A job of these parties in this process.
    ///
    /// - Parameter purpose: What randomness is recorded for.
    func recorded(_ job: Job, purpose: String) throws -> RecordedFederation {
        let files = try job.parties.map { try PartyFile(path: path($0.name, "party.yaml")) }
        return try RecordedFederation(job, files: files) { party in
            RecordedRandomSource(seed: Array("colonnade-bench \(purpose) \(party)".utf8))
        }
    }

    /// Each run stands for a job of its own: an exposure ledger that went on would count all of them.
    func forget() { for party in parties { try? FileManager.default.removeItem(atPath: path(party, "state")) } }

    /// Keys for everybody, and everybody's certificate pinned at everybody else.
    private func introduce(addresses: [String: String]) throws {
        for party in parties { try Program.party.run(["init", path(party), "--name", party]) }
        try Program.coordinator.run(["init", path("coordinator")])
        for party in parties {
            for partner in parties where partner != party {
                try Program.party.run(
                    [
                        "trust", path(party), path(partner, "certificate.pem"), "--address",
                        addresses[partner, default: ""],
                    ])
            }
            try Program.party.run(["trust", path(party), path("coordinator", "certificate.pem"), "--coordinator"])
            try Program.coordinator.run(
                [
                    "trust", path("coordinator"), path(party, "certificate.pem"), "--address",
                    addresses[party, default: ""],
                ])
        }
    }

    private func path(_ parts: String...) -> String { ([folder] + parts).joined(separator: "/") }
}

/// A program that does a part of the work in a process of its own.
struct Program {
    private let name: String
    private let executable: URL
    private let prefix: [String]

    static let party = Program(beside: "colonnade-party")
    static let coordinator = Program(beside: "colonnade")
    static let python = Program(
        name: "python3", executable: URL(fileURLWithPath: "/usr/bin/env"), prefix: ["python3"])

    /// It did not start, or did not end well.
    struct Failure: Error, CustomStringConvertible { let description: String }

    private init(name: String, executable: URL, prefix: [String]) {
        (self.name, self.executable, self.prefix) = (name, executable, prefix)
    }

    /// A program of this build: it lies beside this one.
    private init(beside name: String) {
        let folder = URL(fileURLWithPath: ProcessInfo.processInfo.arguments[0]).deletingLastPathComponent()
        self.init(name: name, executable: folder.appendingPathComponent(name), prefix: [])
    }

    /// Runs it to its end.
    /// - Throws: ``Failure`` with the last line that it said on standard error.
    func run(_ arguments: [String]) throws {
        guard FileManager.default.isExecutableFile(atPath: executable.path) else {
            throw Failure(description: "there is no \(executable.path): swift build -c release makes it")
        }
        let process = Process()
        process.executableURL = executable
        process.arguments = prefix + arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let last = said.split(separator: "\n").last.map(String.init) ?? "it said nothing"
            throw Failure(description: "\(name) \(arguments[0]) ended with \(process.terminationStatus): \(last)")
        }
    }
}
