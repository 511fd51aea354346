/// One measured forward pass of a layer at one rank.
public struct ComputeSample: Hashable, Codable, Sendable {
    /// Sequences at once.
    public var sequences: Int
    /// Tokens of each.
    public var length: Int
    /// Floating-point operations that grow with the number of tokens, of all sequences together.
    public var denseOperations: Double
    /// Those that grow with the square of the length of sequences, of all together.
    public var attentionOperations: Double
    /// Measured.
    public var seconds: Double

    /// A measurement.
    public init(
        sequences: Int, length: Int, denseOperations: Double, attentionOperations: Double, seconds: Double
    ) {
        self.sequences = sequences
        self.length = length
        self.denseOperations = denseOperations
        self.attentionOperations = attentionOperations
        self.seconds = seconds
    }

    /// A measurement of a layer whose cost is described.
    public init(_ layer: LayerCost, sequences: Int, length: Int, seconds: Double) {
        self.init(
            sequences: sequences, length: length, denseOperations: layer.denseOperations * Double(sequences),
            attentionOperations: layer.attentionOperations * Double(sequences), seconds: seconds)
    }
}

/// How long a rank computes: linear in the number of sequences and quadratic in their length.
struct ComputeRate: Hashable, Sendable {
    /// Seconds of a layer without sequences.
    var constant: Double
    /// Seconds of an operation on tokens.
    var dense: Double
    /// Seconds of an operation on pairs of tokens.
    var attention: Double

    /// Fits measurements by least squares, with as many of the three numbers as are at least zero and are determined.
    init(_ samples: [ComputeSample], host: String) throws(ParallelPlanningError) {
        guard samples.allSatisfy({ $0.seconds > 0 && $0.seconds.isFinite && $0.denseOperations > 0 }) else {
            throw .profile("host \(host): a sample takes no time or has no operations")
        }
        let seconds = samples.map(\.seconds)
        func all(_ sample: ComputeSample) -> Double { sample.denseOperations + sample.attentionOperations }
        func fit(_ row: (ComputeSample) -> [Double]) -> [Double]? {
            LeastSquares.fit(samples.map(row), seconds).flatMap { $0.allSatisfy { $0 >= 0 } ? $0 : nil }
        }
        if let fit = fit({ [1, $0.denseOperations, $0.attentionOperations] }) {
            (constant, dense, attention) = (fit[0], fit[1], fit[2])
        } else if let fit = fit({ [$0.denseOperations, $0.attentionOperations] }) {
            (constant, dense, attention) = (0, fit[0], fit[1])
        } else if let fit = fit({ [1, all($0)] }) {
            (constant, dense, attention) = (fit[0], fit[1], fit[1])
        } else if let fit = fit({ [all($0)] }) {
            (constant, dense, attention) = (0, fit[0], fit[0])
        } else {
            throw .profile("host \(host): no layer was timed; one forward pass at least is to be measured")
        }
    }

    /// Seconds of one forward pass at one of `tensor` ranks.
    func seconds(_ layer: LayerCost, sequences: Int, tensor: Int) -> Double {
        let part = Double(sequences) / Double(tensor)
        return constant + (layer.denseOperations * dense + layer.attentionOperations * attention) * part
    }
}
