/// Sizes of a tower.
public struct HistoryShape: Hashable, Codable, Sendable {
    /// Numbers of an event inside.
    public var width: Int
    /// Blocks of attention and feed-forward network.
    public var layers: Int
    /// Heads of attention; they divide the width.
    public var heads: Int
    /// Numbers that come out of it.
    public var outputs: Int
    /// The most events of a history that it looks at at once, the latest ones.
    public var events: Int
    /// The share of numbers that are set to zero at random in training.
    public var dropout: Double

    /// Describes a tower.
    public init(
        width: Int = 64, layers: Int = 2, heads: Int = 4, outputs: Int = 16, events: Int = 128, dropout: Double = 0
    ) {
        (self.width, self.layers, self.heads) = (width, layers, heads)
        (self.outputs, self.events, self.dropout) = (outputs, events, dropout)
    }

    /// Why there can be no such tower; empty where there can.
    public var problems: [String] {
        var problems: [String] = []
        if width < 1 || heads < 1 || width % heads != 0 {
            problems.append("a width of \(width) is not divided by \(heads) heads")
        }
        if layers < 1 || outputs < 1 || events < 1 {
            problems.append("a tower has a layer and an output, and looks at an event at least")
        }
        if !(0..<1).contains(dropout) { problems.append("a dropout of \(dropout) is not from 0 to below 1") }
        return problems
    }
}
