/// The most that one step takes in: a step is laid out for it, and may then have less.
public struct StepExtent: Hashable, Sendable, Codable {
    /// Events of all histories together.
    public var events: Int
    /// Histories.
    public var histories: Int
    /// Rows that are selected among the events; 0 where none are.
    public var readouts: Int

    /// Describes a step's size.
    public init(events: Int, histories: Int = 1, readouts: Int = 0) {
        precondition(events > 0 && histories > 0 && readouts >= 0, "a step has events")
        (self.events, self.histories, self.readouts) = (events, histories, readouts)
    }

    func rows(_ space: StepGraph.Space) -> Int { space == .events ? events : readouts }
}

/// What becomes of the tensors that the way back needs: MEMO's choice by tokens (arXiv 2407.12117, section 3.2), layer by
/// layer.
///
/// Whatever it says, a step has the same bits: rows are computed again by the same kernels in the same blocks.
public struct StepPolicy: Hashable, Sendable, Codable {
    /// Rows that a stage works on at a time, a multiple of 128: what is only needed in between takes that many rows.
    public var chunk: Int
    /// The share of rows whose tensors are all kept, or put away; those of the others are computed again. What attention
    /// gives and each layer's input are always kept. Taken in whole chunks, rounded down.
    public var alpha: Double
    /// The tensors of the first so many stages are put away when they have been used, and fetched again for the way back.
    public var swapped: Int
    /// Whether they are fetched one moment before they are needed, or only then, which takes less memory.
    public var hoists: Bool
    /// Chunks whose tensors may be under way to or from where they are put away, 2 at least: MEMO's rounding buffers. With more of
    /// them attention hides more of the way.
    public var ring: Int

    /// Everything stays in memory.
    public static func plain(chunk: Int = 1024) -> StepPolicy {
        StepPolicy(chunk: chunk, alpha: 1, swapped: 0)
    }

    /// Layers' inputs and attention stay in memory, everything else is computed again.
    public static func recomputing(chunk: Int = 1024) -> StepPolicy {
        StepPolicy(chunk: chunk, alpha: 0, swapped: 0)
    }

    /// Describes a policy.
    public init(chunk: Int, alpha: Double, swapped: Int, hoists: Bool = true, ring: Int = 2) {
        precondition(chunk > 0 && chunk % 128 == 0, "chunks are blocks of 128 rows")
        precondition((0...1).contains(alpha) && swapped >= 0, "a share of the rows, and a number of stages")
        precondition(ring >= 2, "one chunk under way while the next is computed")
        (self.chunk, self.alpha, self.swapped, self.hoists, self.ring) = (chunk, alpha, swapped, hoists, ring)
    }

    /// Rows of a chunk of so many rows in all.
    func chunk(of rows: Int) -> Int { min(chunk, (rows + 127) / 128 * 128) }

    /// Chunks of so many rows.
    func chunks(of rows: Int) -> Int { rows == 0 ? 0 : (rows + chunk(of: rows) - 1) / chunk(of: rows) }

    /// How many of them are kept whole.
    func saved(of rows: Int) -> Int {
        alpha == 1 ? chunks(of: rows) : Int(alpha * Double(chunks(of: rows)) + 1e-9)
    }
}
