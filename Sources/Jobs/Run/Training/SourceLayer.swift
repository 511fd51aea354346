internal import Arithmetic

/// The first layer as the label party sees it, however it is computed: over all parties under protection, over all parties in the
/// clear, or on columns that lie in one place.
protocol LabelSource {
    /// Z of some rows (positions in the common row order): rows x width.
    /// - Parameter next: The round that comes after this one, nil where this is the last.
    mutating func open(_ rows: [Int], training: Bool, next: UpcomingRound?) throws -> Matrix<Double>
    /// Takes the derivative of the loss by the Z that was opened last, and updates the layer.
    mutating func update(_ derivative: Matrix<Double>) throws
}

/// The same as a feature party sees it.
protocol FeatureSource {
    /// Does its part in one round over some rows.
    /// - Parameter next: The round that comes after this one, nil where this is the last.
    mutating func answer(_ rows: [Int], training: Bool, next: UpcomingRound?) throws
}

/// A round that is to come, so far as getting ready for it goes.
package struct UpcomingRound: Hashable {
    package var rows: Int
    package var training: Bool
}
