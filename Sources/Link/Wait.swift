/// One wait of a job thread: what it waits for, in words, and for how long at most.
///
/// Nothing here waits without one, so that a job that stands still can always say for what, and stops by itself.
public struct Wait: Hashable, Sendable {
    /// What is waited for, as a person would say it: `blinded ids of weather`. Public.
    public let name: String
    /// The longest time from the start of the wait, in seconds.
    public let seconds: Double

    /// - Parameter seconds: From 0 to 10^9.
    public init(_ name: String, seconds: Double) {
        precondition((0...1e9).contains(seconds), "a wait has an end")
        self.name = name
        self.seconds = seconds
    }

    /// When this wait is over if it starts now.
    package var deadline: ContinuousClock.Instant { .now + .seconds(seconds) }
}

extension Wait: CustomStringConvertible {
    public var description: String { "\(name), at most \(seconds) s" }
}
