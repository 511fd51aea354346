import EmbedMatMul
import Link
import MatMul
import SourceLayers
import Specification

/// A source layer of given sizes between a label party and one feature party, to be trained.
struct LayerTask: PairedWork {
    static let command = "layer-party"

    enum Kind: String, Codable {
        case matMul, embedMatMul
    }

    /// What a row says of an epoch.
    enum Measure: String, Codable {
        case cellsPerSecondPerCore = "cells per second per core"
        case seconds
        case rowsPerSecond = "rows per second"
    }

    /// The row's.
    let name: String
    let kind: Kind
    let measure: Measure
    /// Rows of an epoch.
    let rows: Int
    /// Columns of numbers, or fields of categories, at either party.
    let label: Int
    let feature: Int
    /// Rows of a round.
    let batch: Int
    /// Rounds that are measured at a time; where the epoch has more, its time is extrapolated.
    var rounds: Int
    /// Of a field.
    var categories = 120
    /// How many rows of its table the feature party lists in a round; nil where all of them travel.
    var listed: Int?

    // What all rows have in common, from the command line.
    var bits = 2048
    var kernels = ""
    var repetitions = 1
    /// Bits of a feature: a sign, three before the point, and the others behind it.
    var featureBits = 16
    /// Whether a transcript is written, as in a job, and whether it keeps payloads; nil for none.
    var keepsPayloads: Bool?

    /// Columns of a table row of Embed-MatMul, and of the output of either kind of layer.
    static let (dimension, width) = (8, 1)

    static let all = [
        LayerTask(
            name: "logistic-20000x330", kind: .matMul, measure: .cellsPerSecondPerCore, rows: 20_000, label: 30,
            feature: 300, batch: 256, rounds: 8),
        LayerTask(
            name: "breast-569x30", kind: .matMul, measure: .seconds, rows: 569, label: 15, feature: 15, batch: 128,
            rounds: 5),
        LayerTask(
            name: "embed-26x8", kind: .embedMatMul, measure: .rowsPerSecond, rows: 12_800, label: 13, feature: 13,
            batch: 128, rounds: 1),
        LayerTask(
            name: "embed-1000000x8", kind: .embedMatMul, measure: .rowsPerSecond, rows: 12_800, label: 0, feature: 1,
            batch: 128, rounds: 4, categories: 1_000_000, listed: 256),
    ]
}

extension LayerTask {
    /// Rounds of an epoch.
    var epoch: Int { (rows + batch - 1) / batch }

    /// Rows of each of the measured rounds: the last one of an epoch is shorter.
    var batches: [Int] { (0..<rounds).map { min(batch, rows - $0 % epoch * batch) } }

    var measuredRows: Int { batches.reduce(0, +) }

    /// Of a round.
    var path: CriticalPath {
        switch kind {
        case .matMul:
            CriticalPath([
                [(.feature, ["F1 out"]), (.label, ["F2 out"])], [(.feature, ["F2"]), (.label, ["F1"])],
                [(.label, ["F3", "B1 out"])], [(.feature, ["B1"])], [(.label, ["B2"])], [(.feature, ["B4"])],
            ])
        case .embedMatMul where listed != nil:
            CriticalPath([
                [(.feature, ["E1 out"]), (.label, ["E2 out"])], [(.label, ["L1"])], [(.feature, ["L2"])],
                [(.label, ["E1", "E3"])], [(.feature, ["E4"])], [(.label, ["E5", "G1 out"])],
                [(.feature, ["G1a", "G1b", "G1c"])], [(.label, ["G2", "G4"])],
                [(.feature, ["G6b"]), (.label, ["G6d"])],
            ])
        case .embedMatMul:
            CriticalPath([
                [(.feature, ["E1 out"]), (.label, ["E2 out"])], [(.feature, ["E2"]), (.label, ["E1"])],
                [(.feature, ["E4"]), (.label, ["E3"])], [(.label, ["E5", "G1 out"])],
                [(.feature, ["G1a", "G1b", "G1c"])], [(.feature, ["G5"]), (.label, ["G2", "G3", "G4"])],
                [(.feature, ["G6a", "G6b", "G6c"]), (.label, ["G6d", "G6e", "G6f", "G6g"])],
            ])
        }
    }

    /// The rounds of all repetitions.
    var runs: [LayerRun] {
        (0..<repetitions).flatMap { _ in batches.map { LayerRun(.train, rows: $0) } }
    }

    var matMul: MatMulParameters {
        get throws {
            try MatMulParameters(
                label: .init(Seat.label.party, columns: label),
                features: [.init(Seat.feature.party, columns: feature)], width: Self.width, keyBits: bits,
                attempt: 0)
        }
    }

    var embedMatMul: EmbedMatMulParameters {
        get throws {
            let (labelParty, featureParty) = try (Seat.label.party, Seat.feature.party)
            return try EmbedMatMulParameters(
                label: .init(labelParty, fields: label, tableRows: label * categories),
                features: [.init(featureParty, fields: feature, tableRows: feature * categories)],
                partner: label > 0 ? featureParty : nil, dimension: Self.dimension, width: Self.width, keyBits: bits,
                attempt: 0, listed: listed.map { [featureParty: $0] })
        }
    }
}

extension LayerTask {
    func run(as seat: Seat, connect: () throws -> any Link) throws -> LayerResult {
        let data = try LayerData(self, of: seat)
        let clock = Stopwatch()
        var party = try LayerParty(self, seat, data, link: connect(), since: clock)
        return try party.train()
    }
}
