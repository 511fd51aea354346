/// Buffers whose lifetimes are known before any of them is needed, to be placed in one arena: offline dynamic storage
/// allocation.
public struct AllocationProblem: Hashable, Sendable {
    /// Each by a name of its own.
    public let buffers: [Buffer]
    /// The bytes of the arena; nil if it is to be as small as can be.
    public let capacity: Int?

    /// Checks a description.
    ///
    /// - Throws: ``PlanningError``.
    public init(_ buffers: [Buffer], capacity: Int? = nil) throws(PlanningError) {
        var names: Set<String> = []
        var total = 0
        for buffer in buffers {
            guard
                buffer.lower < buffer.upper, buffer.size > 0, buffer.alignment > 0,
                buffer.alignment & (buffer.alignment - 1) == 0
            else {
                throw .invalidBuffer(
                    id: buffer.id, lower: buffer.lower, upper: buffer.upper, size: buffer.size,
                    alignment: buffer.alignment)
            }
            guard names.insert(buffer.id).inserted else { throw .duplicateBuffer(id: buffer.id) }
            // No sum of some buffers' padded sizes can overflow, nor can what rounding adds to it.
            let (padded, isTooLarge) = buffer.size.addingReportingOverflow(buffer.alignment)
            let (sum, overflows) = total.addingReportingOverflow(padded)
            guard !isTooLarge, !overflows, sum < Int.max / 4 else { throw .tooLarge }
            total = sum
        }
        self.buffers = buffers
        self.capacity = capacity
    }

    /// The same with another capacity.
    public func with(capacity: Int?) -> AllocationProblem { AllocationProblem(unchecked: buffers, capacity: capacity) }

    private init(unchecked buffers: [Buffer], capacity: Int?) {
        self.buffers = buffers
        self.capacity = capacity
    }

    /// Every offset is a multiple of it.
    var granule: Int { buffers.lazy.map(\.alignment).min() ?? 1 }

    /// All sizes and alignments are multiples of it, and so are the offsets of buffers that lie on the floor or on one
    /// another.
    var unit: Int {
        func divisor(_ one: Int, _ other: Int) -> Int { other == 0 ? one : divisor(other, one % other) }
        return max(1, buffers.reduce(0) { divisor(divisor($0, $1.size), $1.alignment) })
    }

    /// The peak of a plan with such offsets: the end of the buffer that ends last.
    func peak(of offsets: [Int]) -> Int { zip(buffers, offsets).reduce(0) { max($0, $1.0.size + $1.1) } }
}
