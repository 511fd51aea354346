internal import Columns
internal import Cryptography
internal import SourceLayers
internal import Specification

/// The rows that one party lists in one layer, round after round, where not all of them travel.
struct RowLists {
    private let layer: String
    private let count, all: Int
    private let random: any RandomSource
    private var round = 0

    /// - Parameters:
    ///   - layer: A name in the names of draws.
    ///   - count: How many rows every list has.
    ///   - all: How many there are.
    init(_ layer: String, count: Int, of all: Int, random: any RandomSource) {
        (self.layer, self.count, self.all, self.random) = (layer, count, all, random)
    }

    /// The list of the next round: what its batch touches, and decoys.
    mutating func next(touching touched: Set<Int>) throws -> [Int] {
        defer { round += 1 }
        return try RowList.covering(
            touched, count: count, of: all, decoysFrom: random.stream("decoys/\(layer)/\(round)"))
    }
}

extension Job.TouchedRows {
    /// How many rows every list has; `nil` where no lists are made.
    ///
    /// - Parameters:
    ///   - touched: The most that a batch can use.
    ///   - all: Rows that there are.
    func listed(touched: Int, of all: Int) -> Int? {
        switch self {
        case .dense: nil
        case .padded: min(all, 2 * touched)
        case .open: min(all, touched)
        }
    }
}

extension Job {
    /// How many columns each feature party lists in every round; `nil` where no lists are made.
    func listedColumns(_ contributions: [Party: Contribution]) -> [Party: Int]? {
        guard touchedRows != .dense else { return nil }
        return contributions.filter { $0.key != labelParty }.mapValues(\.listedColumns)
    }

    /// How many rows of its table each party that embeds fields lists in every round; `nil` where no lists are made.
    func listedTableRows(_ contributions: [Party: Contribution]) -> [Party: Int]? {
        guard touchedRows != .dense else { return nil }
        return contributions.filter { $0.value.fields > 0 }.mapValues { contribution in
            touchedRows.listed(touched: train.batch * contribution.fields, of: contribution.tableRows) ?? 0
        }
    }
}
