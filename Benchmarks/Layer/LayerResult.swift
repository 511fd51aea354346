/// What one process measured.
struct LayerResult: Codable {
    /// Making and exchanging keys; first shares; whatever comes before the first round.
    var setup: Lap
    /// Each from the first event to the end of the last round.
    var repetitions: [Lap]
    /// Of all repetitions.
    var sums: LayerTally.Sums
    /// Of all repetitions; nil without a transcript.
    var recording: Recording?
    /// In kilobytes.
    var peakMemory: Int
}
