/// A tensor as the planner sees it: so many bytes for so long.
public struct Buffer: Hashable, Sendable {
    /// The alignment that is asked for where none is named: a cache line, and a register of AVX-512.
    public static let standardAlignment = 64

    /// What it is called in messages and files.
    public var id: String
    /// The first moment at which it is needed.
    public var lower: Int
    /// The moment from which its bytes are free again; it does not overlap a buffer whose `lower` this is.
    public var upper: Int
    /// In bytes.
    public var size: Int
    /// In bytes: its offset is a multiple of it. A power of two.
    public var alignment: Int

    /// Describes a buffer; ``AllocationProblem`` checks it.
    public init(id: String, lower: Int, upper: Int, size: Int, alignment: Int = standardAlignment) {
        self.id = id
        self.lower = lower
        self.upper = upper
        self.size = size
        self.alignment = alignment
    }
}

extension Int {
    /// The least multiple of a power of two that is not below.
    func aligned(to alignment: Int) -> Int { (self &+ alignment &- 1) & ~(alignment &- 1) }
}
