internal import Arithmetic

/// The first layer as the label party sees it, however it is computed: over all parties under protection, over all parties in the
/// clear, or on columns that lie in one place.
protocol LabelSource {
    /// Z of some rows (positions in the common row order): rows x width.
    mutating func open(_ rows: [Int], training: Bool) throws -> Matrix<Double>
    /// Takes the derivative of the loss by the Z that was opened last, and updates the layer.
    mutating func update(_ derivative: Matrix<Double>) throws
}

/// The same as a feature party sees it.
protocol FeatureSource {
    /// Does its part in one round over some rows.
    mutating func answer(_ rows: [Int], training: Bool) throws
}
