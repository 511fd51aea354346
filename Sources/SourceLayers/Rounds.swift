/// The two kinds of rounds of a source layer.
public enum LayerPhase: String, Hashable, Sendable {
    /// Forward pass, derivative, update of all shares.
    case train
    /// Forward pass only.
    case evaluate
}

/// Rounds over batches of one size.
public struct LayerRun: Hashable, Sendable {
    /// What they do.
    public var phase: LayerPhase
    /// Rows of each batch.
    public var rows: Int
    /// How many rounds follow each other.
    public var count: Int

    /// `count` rounds over batches of `rows` rows.
    public init(_ phase: LayerPhase, rows: Int, count: Int = 1) {
        self.phase = phase
        self.rows = rows
        self.count = count
    }
}

/// One round, as frames and draws name it.
package struct LayerRound: Equatable, Sendable {
    /// As the specification calls it.
    package let phase: String
    /// Counted within the phase, from 0.
    package let index: Int
    /// Its part of the names of draws: forward passes before it, of either phase.
    package let draw: String
    /// Rows of its batch.
    package let rows: Int
    /// How many updates the weights have had that its messages are of.
    package private(set) var version: Int

    /// What comes before all rounds.
    ///
    /// - Parameters:
    ///   - prefix: What the specification has before the name of this phase.
    ///   - version: Updates that the weights have had.
    package static func setup(prefix: String = "", version: Int) -> LayerRound {
        LayerRound(phase: prefix + "setup", index: 0, draw: "setup", rows: 0, version: version)
    }

    package var isSetup: Bool { draw == "setup" }

    /// The same round, for messages of the weights as its update leaves them.
    package var updated: LayerRound {
        var round = self
        round.version += 1
        return round
    }
}

/// Counts the rounds of one layer.
package struct RoundCounter: Sendable {
    private let prefix: String
    /// Updates that the weights had before the first round.
    private let version: Int
    private var rounds: [LayerPhase: Int] = [:]
    /// What was said of the next one.
    private var foreseen: LayerRound?

    /// - Parameters:
    ///   - prefix: What the specification has before the names of phases.
    ///   - version: Updates that the weights have had before the first round.
    package init(prefix: String = "", version: Int) {
        self.prefix = prefix
        self.version = version
    }

    /// - Throws: ``SourceLayerError/outOfTurn(event:)`` for another round than was foreseen: noise that was drawn for other
    ///   sizes may be too narrow to hide this one.
    package mutating func begin(_ phase: LayerPhase, rows: Int) throws(SourceLayerError) -> LayerRound {
        let round = next(phase, rows: rows)
        guard foreseen == nil || foreseen == round else {
            throw .outOfTurn(event: "forward to \(phase) with \(rows) rows")
        }
        foreseen = nil
        rounds[phase, default: 0] += 1
        return round
    }

    /// The next round, which must then be this one.
    package mutating func foresee(_ phase: LayerPhase, rows: Int) -> LayerRound {
        let round = next(phase, rows: rows)
        foreseen = round
        return round
    }

    private func next(_ phase: LayerPhase, rows: Int) -> LayerRound {
        LayerRound(
            phase: prefix + phase.rawValue, index: rounds[phase] ?? 0, draw: "\(rounds.values.reduce(0, +))",
            rows: rows, version: version + (rounds[.train] ?? 0))
    }
}
