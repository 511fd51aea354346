internal import OutOfCore

/// Adam's memory of a tower's parameters: what a training that goes on needs.
struct TowerOptimiser: Hashable, Sendable, Codable {
    private var means: [Float] = []
    private var squares: [Float] = []
    /// Steps that were taken.
    private(set) var steps: Int

    /// - Parameter counts: numbers of each layer, one after the other.
    init(_ states: [LayerState], of counts: [Int], steps: Int) {
        self.steps = steps
        for (state, count) in zip(states, counts) {
            precondition(state.steps == steps, "every layer was moved in every step")
            let zeros = Array(repeating: Float(0), count: count)
            means += state.slots.first ?? zeros
            squares += state.slots.last ?? zeros
        }
    }

    private enum CodingKeys: String, CodingKey { case means, squares, steps }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        means = try container.decode(FloatText.self, forKey: .means).values
        squares = try container.decode(FloatText.self, forKey: .squares).values
        steps = try container.decode(Int.self, forKey: .steps)
        guard means.count == squares.count, steps >= 0, (means + squares).allSatisfy(\.isFinite) else {
            throw DecodingError.dataCorruptedError(
                forKey: .means, in: container, debugDescription: "an optimiser's state that is none")
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(FloatText(means), forKey: .means)
        try container.encode(FloatText(squares), forKey: .squares)
        try container.encode(steps, forKey: .steps)
    }

    /// Numbers that it moves.
    var count: Int { means.count }

    /// Of one layer, whose numbers these are.
    func state(of numbers: Range<Int>) -> LayerState {
        LayerState(steps: steps, slots: [Array(means[numbers]), Array(squares[numbers])])
    }
}
