/// Why there is no plan. Cases hold names and numbers of a problem's description.
public enum PlanningError: Error, Equatable {
    /// Its lifetime is empty, its size not positive, or its alignment no power of two.
    case invalidBuffer(id: String, lower: Int, upper: Int, size: Int, alignment: Int)
    case duplicateBuffer(id: String)
    /// All sizes together, padding included, are beyond what an offset can be.
    case tooLarge
    /// Proven: no plan has a peak below the lower bound.
    case doesNotFit(capacity: Int, lowerBound: Int)
    /// The search ended at its limit. The best plan that was found needs `bestPeak`; `lowerBound` is what every plan needs.
    case undecided(capacity: Int, lowerBound: Int, bestPeak: Int)
    /// A block lasts from 0 to `duration`, and its buffers within.
    case outsideOfBlock(block: String, buffer: String, duration: Int)
    /// A block's use ends later than a time can be.
    case tooLate(block: String, start: Int)
    /// A block's use names a block that does not exist.
    case noSuchBlock(index: Int, blocks: Int)
}

extension PlanningError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidBuffer(let id, let lower, let upper, let size, let alignment):
            "buffer \(id): [\(lower), \(upper)) with \(size) bytes aligned to \(alignment); a lifetime that is not empty, "
                + "a size of 1 or more and a power of two as alignment are needed"
        case .duplicateBuffer(let id): "buffer \(id) is listed twice; give each a name of its own"
        case .tooLarge: "the sizes of all buffers add up to more than an offset can hold"
        case .doesNotFit(let capacity, let lowerBound):
            "the buffers do not fit into \(capacity) bytes: every plan needs \(lowerBound) or more; raise the capacity, "
                + "or swap or recompute more"
        case .undecided(let capacity, let lowerBound, let bestPeak):
            "no plan within \(capacity) bytes was found before the search ended, and none was excluded: the best found "
                + "needs \(bestPeak), every plan needs \(lowerBound); raise the capacity or the limits of the search"
        case .outsideOfBlock(let block, let buffer, let duration):
            "block \(block): buffer \(buffer) lives outside of the block's time, which is 0 to \(duration)"
        case .tooLate(let block, let start):
            "block \(block): a use that starts at \(start) ends later than a time can be"
        case .noSuchBlock(let index, let blocks): "there is no block \(index): there are \(blocks), counted from 0"
        }
    }
}
