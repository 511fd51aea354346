package import Arithmetic
package import Cryptography
internal import Documents
internal import Foundation
package import Jobs
internal import Link
package import Specification

/// Organisations that run whole jobs in memory: keys, pinned certificates and files as people would set them up, in a folder that
/// goes with the value, and made-up data. All features are 0 or 1, which preparation leaves as they are.
package final class MadeUpFederation: Sendable {
    package static let rows = 96
    /// Of each party, without key and label.
    package static let columns = 4

    /// The label party first.
    package let parties: [Party]
    /// Columns that are read as categories.
    private let categories: Set<String>
    private let folder: String

    package init(features: Int = 1, categories: Set<String> = []) throws {
        self.categories = categories
        parties = try ["shop", "phone", "bank"].prefix(features + 1).map { try Party($0) }
        folder = FileManager.default.temporaryDirectory.appending(path: "colonnade-\(UUID().uuidString)").path
        for (index, party) in parties.enumerated() { try found(party, index) }
        for party in parties {
            for partner in parties where partner != party { try pin(partner, at: party) }
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Every party's, in the order of the parties.
    package var files: [PartyFile] {
        get throws {
            try parties.map { try PartyFile(path: path($0, "party.yaml")) }
        }
    }

    private func path(_ party: Party, _ name: String) -> String { "\(folder)/\(party)/\(name)" }

    /// Makes a party's keys, its data and its description.
    private func found(_ party: Party, _ index: Int) throws {
        try StateFile.makeFolder(path(party, "partners"))
        try Identity.make(name: party.name)
            .save(certificatePath: path(party, "certificate.pem"), keyPath: path(party, "key.pem"))
        try SigningKey.generate().save(to: path(party, "transcript-key.pem"))
        try data(of: party, index).write(toFile: path(party, "data.csv"), atomically: false, encoding: .utf8)
        let types = categories.filter { $0.hasPrefix(party.name) }.sorted().map { "\($0): category" }
        try """
        name: \(party)
        listen: {host: 127.0.0.1, port: 0}
        certificate: certificate.pem
        key: key.pem
        transcript-key: transcript-key.pem
        data: {file: data.csv, key: id, types: {\(types.joined(separator: ", "))}}
        policy: {protections: [blind, none], min-key-bits: 2048, exposure-limit: 1000000, approve: automatic}

        """.write(toFile: path(party, "party.yaml"), atomically: false, encoding: .utf8)
    }

    /// As `colonnade-party trust` does.
    private func pin(_ partner: Party, at party: Party) throws {
        let file = "partners/\(partner).pem"
        try Certificate(path: path(partner, "certificate.pem")).save(to: path(party, file))
        var list = try PartnerList(folder: "\(folder)/\(party)")
        list.partners[partner] = PartnerList.Partner(certificates: [file], address: nil)
        try list.save()
    }
}

// MARK: - Data

extension MadeUpFederation {
    private static func noise(_ name: String, _ count: Int) throws -> [UInt8] {
        try RecordedRandomSource(seed: Array("made-up data".utf8)).stream(name).bytes(count)
    }

    /// A party's columns, the rows in the order of their ids' numbers.
    package static func features(of party: Party) throws -> Matrix<Double> {
        let noise = try noise("features/\(party)", rows * columns)
        return Matrix(rows: rows, columns: columns, elements: noise.map { Double($0 & 1) })
    }

    /// 0 or 1 for each row: to be learned from the columns of all parties, but for one row in eight.
    package func labels() throws -> [Double] {
        let features = try parties.map(Self.features)
        return try Self.noise("labels", Self.rows).enumerated().map { row, noise in
            let score = features.reduce(0) { $0 + $1[row, 0] + $1[row, 1] - $1[row, 2] - 0.5 }
            return (score > 0) != (noise < 32) ? 1 : 0
        }
    }

    /// CSV: the label party's rows in the order of their ids' numbers, the others' mixed.
    private func data(of party: Party, _ index: Int) throws -> String {
        let (features, labels) = (try Self.features(of: party), try labels())
        let names = (0..<Self.columns).map { "\(party)\($0)" } + (index == 0 ? ["y"] : [])
        let lines = (0..<Self.rows).map { place in
            let row = index == 0 ? place : (5 * place + index) % Self.rows
            let cells = features.row(row) + (index == 0 ? [labels[row]] : [])
            return (["row-\(row)"] + cells.map { "\(Int($0))" }).joined(separator: ",")
        }
        return ([(["id"] + names).joined(separator: ",")] + lines).joined(separator: "\n") + "\n"
    }
}

// MARK: - Jobs

extension MadeUpFederation {
    /// A party's randomness as every job here has it at its start.
    package static func randomness(of party: Party) -> any RandomSource {
        RecordedRandomSource(seed: Array("made-up job \(party)".utf8))
    }

    /// A job on all columns: 15 training rounds of 14 or 15 rows, and 24 rows held back.
    package func job(_ overrides: [String] = []) throws -> Job {
        let members = parties.map { "  \($0): {role: \($0 == parties[0] ? "label" : "feature")}" }
        let yaml = """
            name: made-up
            parties:
            \(members.joined(separator: "\n"))
            align: {key: id}
            label: y
            model: {kind: mlp, source: {width: 2}, hidden: [4]}
            train: {epochs: 3, batch: 16, optimizer: {kind: sgd, rate: 0.5, momentum: 0.5}}
            keys: {bits: 2048}
            exposure: {limit: 1000000}
            evaluate: {metrics: [auc, logloss]}
            """
        return try Job(Document(yaml: yaml, file: "job.yaml", overrides: overrides))
    }

    /// Removes what earlier jobs left behind.
    package func clear() throws {
        for party in parties { try? FileManager.default.removeItem(atPath: path(party, "state")) }
    }

    /// Takes a row out of the last party's data.
    package func forget(row: Int) throws {
        guard let party = parties.last else { return }
        let text = try String(contentsOfFile: path(party, "data.csv"), encoding: .utf8)
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("row-\(row),") }
        try (lines.joined(separator: "\n") + "\n").write(
            toFile: path(party, "data.csv"), atomically: false, encoding: .utf8)
    }

    /// Runs a job from a state as it was before any other, every party writing for its auditor.
    ///
    /// - Parameters:
    ///   - source: A party's randomness; `nil`: each party's own.
    ///   - specifications: What the job says that parties agreed on.
    /// - Returns: Paths of the transcripts; views lie beside them.
    package func runAudited(
        _ overrides: [String], insecurely: Bool = false, source: (@Sendable (Party) -> any RandomSource)? = nil,
        specifications: [ProtocolSpecification] = Software.specifications
    ) throws -> [Party: String] {
        try clear()
        let audited = try files.map { $0.audited(insecurely: insecurely) }
        let job = try RecordedFederation(
            job(overrides), files: audited, source: source, specifications: specifications)
        return try job.run(over: MemoryNetwork(parties: parties)).transcripts.mapValues(\.file)
    }
}
