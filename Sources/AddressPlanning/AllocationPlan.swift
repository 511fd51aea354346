/// Where each buffer lies in the arena, and how good that is.
public struct AllocationPlan: Hashable, Sendable {
    /// In bytes from the start of the arena, in the order of the problem's buffers.
    public let offsets: [Int]
    /// What the plan needs and what every plan needs.
    public let certificate: Certificate
    /// States that the exact search has visited; 0 if it was not needed.
    public let steps: Int

    /// How far a plan is from the best.
    public struct Certificate: Hashable, Sendable {
        /// The bytes that the plan needs.
        public let peak: Int
        /// No plan needs less: the largest sum of sizes that live at once, or what the exact search has excluded.
        public let lowerBound: Int
        /// Whether no plan is better.
        public var proven: Bool { peak == lowerBound }

        /// States what ``AllocationPlan/check(against:)`` checks.
        public init(peak: Int, lowerBound: Int) {
            self.peak = peak
            self.lowerBound = lowerBound
        }
    }

    /// A plan, which ``check(against:)`` checks.
    public init(offsets: [Int], certificate: Certificate, steps: Int) {
        self.offsets = offsets
        self.certificate = certificate
        self.steps = steps
    }
}
