internal import Arithmetic

/// The first layer as the label party sees it, however it is computed: over all parties under protection, over all parties in the
/// clear, or on columns that lie in one place.
protocol LabelSource {
    /// An epoch begins: from here on weights move at this pace.
    mutating func begin(_ pace: Pace) throws
    /// Z of some rows (positions in the common row order): rows x width.
    /// - Parameter next: The round that comes after this one, nil where this is the last.
    mutating func open(_ rows: [Int], training: Bool, next: UpcomingRound?) throws -> Matrix<Double>
    /// Takes the derivative of the loss by the Z that was opened last, and updates the layer as far as nobody need be waited for.
    mutating func update(_ derivative: Matrix<Double>) throws
    /// Waits until the round is over.
    mutating func settle() throws

    // Local steps, between `update` and `settle`: without a message.

    /// What of Z of some rows depends on weights that ``descend(_:along:)`` moves, at the present weights: rows x width.
    mutating func own(_ rows: [Int]) throws -> Matrix<Double>
    /// Moves these weights along a derivative of the loss by Z of some rows.
    mutating func descend(_ rows: [Int], along derivative: Matrix<Double>) throws
}

/// The same as a feature party sees it.
protocol FeatureSource {
    /// An epoch begins: from here on weights move at this pace.
    mutating func begin(_ pace: Pace) throws
    /// Does its part in one round over some rows.
    /// - Parameter next: The round that comes after this one, nil where this is the last.
    mutating func answer(_ rows: [Int], training: Bool, next: UpcomingRound?) throws
    /// Does what is left of training after its last round.
    mutating func finishTraining() throws
    /// Local steps that it took.
    var steps: LocalStepCount { get }
}

/// A round that is to come, so far as getting ready for it goes.
package struct UpcomingRound: Hashable {
    package var rows: Int
    package var training: Bool
}
