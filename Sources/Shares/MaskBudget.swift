/// How many more values a job may mask. Each masked value is within `2^-120` of uniform; `2^40` of them together are within
/// `2^-80`, and beyond that nothing is promised.
public struct MaskBudget: Hashable, Sendable {
    /// Values masked so far.
    public private(set) var spent: Int

    private static let limit = 1 << 40

    /// A budget of which earlier attempts of the job have spent some.
    public init(spent: Int = 0) {
        precondition(spent >= 0, "a number of masked values")
        self.spent = spent
    }

    /// Counts values about to be masked.
    ///
    /// - Throws: `SharesError.maskBudgetSpent`; then nothing may be masked.
    public mutating func spend(_ count: Int) throws(SharesError) {
        guard count <= Self.limit - spent else { throw .maskBudgetSpent(limit: Self.limit) }
        spent += count
    }
}
