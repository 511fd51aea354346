internal import ProductQuantisation

/// What a cache of histories keeps of an event, and how many events a later one looks at.
///
/// Sizes of the windows are fixed by the shape, not by a history's length: two histories that are both longer than what is attended to
/// cost the same. After PQCache (arXiv 2407.12820): the first events, a window of recent ones, and those that product quantisation finds.
public struct CacheShape: Hashable, Codable, Sendable {
    /// Events at the beginning of a history that every later one sees, however long it is.
    public static let sink = 32
    /// Events that lie side by side in memory and on the disk.
    public static let span = 128

    /// What becomes of the events that are neither recent nor chosen.
    public enum Rest: Int, Codable, CaseIterable, Sendable {
        /// They count for nothing: PQCache's rule.
        case leftOut
        /// Their weights are estimated by codes, their values by means of spans: after SparQ Attention (arXiv 2312.04985).
        case estimated
    }

    /// Layers of attention.
    public var layers: Int
    /// Heads of keys and values.
    public var heads: Int
    /// Query heads that share a head of keys and values (grouped queries); 1 for our towers.
    public var queriesPerHead: Int
    /// Elements of a head.
    public var dimension: Int
    /// Floats kept beside each event: what came out of the tower after it.
    public var outputs: Int
    /// The most events that an event looks back at, itself included; those before fall out of sight, but for the sink.
    public var events: Int
    /// The share of `events` that is attended to: half of it the most recent ones, half of it those found.
    public var budget: Double
    /// What becomes of the other events.
    public var rest: Rest
    /// Parts that a key is cut into for its code.
    public var subspaces: Int
    /// Bits of a part's code.
    public var bits: Int

    /// A shape; ``problems`` says whether it can be.
    ///
    /// - Parameter subspaces: nil for ``usualSubspaces(of:)``.
    public init(
        layers: Int, heads: Int, queriesPerHead: Int = 1, dimension: Int, outputs: Int, events: Int, budget: Double,
        rest: Rest = .leftOut, subspaces: Int? = nil, bits: Int = 6
    ) {
        (self.layers, self.heads, self.queriesPerHead) = (layers, heads, queriesPerHead)
        (self.dimension, self.outputs, self.events, self.budget) = (dimension, outputs, events, budget)
        (self.rest, self.subspaces, self.bits) = (rest, subspaces ?? Self.usualSubspaces(of: dimension), bits)
    }

    /// A part for every 8 elements of a key, two at least: so a code is 32 times smaller than its key from 16 elements on, and single keys that
    /// matter are found among many.
    public static func usualSubspaces(of dimension: Int) -> Int {
        (1...max(2, min(dimension / 8, 16))).last { dimension.isMultiple(of: $0) } ?? 1
    }

    /// Events right before an event that it sees whatever they are.
    public var recent: Int { Int(Double(events) * budget / 2) }

    /// Events that are chosen among those between the sink and the recent ones.
    public var retrieved: Int { Int(Double(events) * budget / 2) }

    /// What is wrong with it, in words; empty where nothing is.
    public var problems: [String] {
        var problems: [String] = []
        func check(_ name: String, _ value: Int, _ allowed: ClosedRange<Int>) {
            guard !allowed.contains(value) else { return }
            problems.append("\(name) is \(value), and must be from \(allowed.lowerBound) to \(allowed.upperBound)")
        }
        check("layers", layers, 1...1024)
        check("heads", heads, 1...1024)
        check("queriesPerHead", queriesPerHead, 1...64)
        check("dimension", dimension, 1...1024)
        check("outputs", outputs, 0...65_536)
        check("events", events, 1...(1 << 24))
        if !(budget > 0 && budget <= 1) { problems.append("a budget of \(budget) is not above 0 and at most 1") }
        problems += quantised.problems
        if problems.isEmpty, spanFloats > 1 << 28 { problems.append("\(Self.span) events take more than 1 GiB") }
        return problems
    }

    /// Elements of a row `[Q | K | V]` of an event in one layer.
    public var rowWidth: Int { heads * (queriesPerHead + 2) * dimension }

    /// Elements of an event's attention in one layer.
    public var attentionWidth: Int { heads * queriesPerHead * dimension }

    /// How keys are quantised.
    var quantised: QuantisedShape { QuantisedShape(dimension: dimension, subspaces: subspaces, bits: bits) }

    /// Floats of an event in one layer and head as they are kept: its key, then its value.
    var pairWidth: Int { 2 * dimension }

    /// Floats of a span in one layer and head.
    var headFloats: Int { Self.span * pairWidth }

    /// Floats of a span in one layer.
    var blockFloats: Int { heads * headFloats }

    /// Floats of a span of all layers.
    var spanFloats: Int { layers * blockFloats }

    /// Bytes of the codes of a span for one layer and head.
    var codeBytes: Int { Self.span * subspaces }

    /// Floats of the sums of a span's values in all layers and heads; none where nothing is estimated by them.
    var sumFloats: Int { rest == .estimated ? layers * heads * dimension : 0 }

    /// Bytes of a page of codes: two sets of them, and the sums.
    var codePageBytes: Int { 2 * layers * heads * codeBytes + 4 * sumFloats }

    /// Floats of the code books of all layers and heads.
    var bookFloats: Int { layers * heads * dimension << bits }
}
