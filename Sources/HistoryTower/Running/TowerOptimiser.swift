internal import Kernels

/// Adam's memory of a tower's parameters: what a training that goes on needs.
struct TowerOptimiser: Hashable, Sendable, Codable {
    private var means: [Float]
    private var squares: [Float]
    /// Steps that were taken.
    private(set) var steps = 0

    /// Before the first step.
    init(parameters: Int) {
        means = Array(repeating: 0, count: parameters)
        squares = means
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

    /// The length that a gradient is cut to.
    private static let longest = 1.0

    /// Moves parameters along their gradients; as many of the first ones as there are gradients. A gradient that is longer than 1 is
    /// cut to that (Pascanu et al., ICML 2013), so that one odd history does not throw everything over.
    ///
    /// - Throws: ``HistoryTowerError/diverged``, and nothing has moved.
    mutating func move(
        _ parameters: inout [Float], along gradients: UnsafeMutableBufferPointer<Float>, rate: Double
    ) throws(HistoryTowerError) {
        precondition(gradients.count <= count && parameters.count >= gradients.count, "a gradient a parameter")
        guard let first = gradients.baseAddress, gradients.allSatisfy(\.isFinite) else { throw .diverged }
        let length = gradients.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        if length > Self.longest {
            let factor = Float(Self.longest / length)
            for place in gradients.indices { gradients[place] *= factor }
        }
        steps += 1
        let (adam, count, step) = (Adam(rate: rate), gradients.count, steps)
        parameters.withUnsafeMutableBufferPointer { parameters in
            means.withUnsafeMutableBufferPointer { means in
                squares.withUnsafeMutableBufferPointer { squares in
                    guard let values = parameters.baseAddress, let m = means.baseAddress, let v = squares.baseAddress
                    else { return }
                    adam.update(values, gradient: first, means: m, squares: v, count: count, step: step)
                }
            }
        }
    }
}
