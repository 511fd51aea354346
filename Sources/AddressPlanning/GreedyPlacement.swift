/// One pass over the buffers in a fixed order, each put into a gap that the ones before it have left.
package struct GreedyPlacement: Hashable, Sendable, CaseIterable {
    /// Which buffer goes first.
    package enum Order: CaseIterable, Sendable {
        /// The largest.
        case size
        /// The one with the largest product of size and lifetime.
        case area
        /// The one that lives longest.
        case lifetime
        /// The one that is needed first, as an allocator at run time would.
        case start
    }

    /// Which gap a buffer goes into.
    package enum Fit: CaseIterable, Sendable {
        /// The lowest that holds it.
        case first
        /// The smallest that holds it; the lowest of these.
        case best
    }

    package let order: Order
    package let fit: Fit

    package static let allCases = Order.allCases.flatMap { order in
        Fit.allCases.map { GreedyPlacement(order: order, fit: $0) }
    }

    package init(order: Order, fit: Fit) {
        self.order = order
        self.fit = fit
    }

    /// Offsets in the order of the problem's buffers.
    ///
    /// Complexity: O(n d log d), where d is the number of lifetimes that one lifetime overlaps.
    package func offsets(of problem: AllocationProblem) -> [Int] { offsets(of: problem, Timeline(problem.buffers)) }

    func offsets(of problem: AllocationProblem, _ timeline: Timeline) -> [Int] {
        let buffers = problem.buffers
        var offsets = Array(repeating: -1, count: buffers.count)
        for index in sequence(buffers) {
            let taken = timeline.neighbours[index].lazy.map { Int($0) }.filter { offsets[$0] >= 0 }
                .map { offsets[$0]..<offsets[$0] + buffers[$0].size }.sorted { $0.lowerBound < $1.lowerBound }
            offsets[index] = place(buffers[index], beside: taken)
        }
        return offsets
    }

    /// - Parameter taken: By ascending start.
    private func place(_ buffer: Buffer, beside taken: [Range<Int>]) -> Int {
        var end = 0
        var best: (offset: Int, size: Int)?
        for range in taken {
            let offset = end.aligned(to: buffer.alignment)
            let size = range.lowerBound - offset
            if size >= buffer.size {
                if fit == .first { return offset }
                if best.map({ size < $0.size }) ?? true { best = (offset, size) }
            }
            end = max(end, range.upperBound)
        }
        return best?.offset ?? end.aligned(to: buffer.alignment)
    }

    private func sequence(_ buffers: [Buffer]) -> [Int] {
        func keys(_ index: Int) -> (Double, Double) {
            let buffer = buffers[index]
            let (size, width) = (Double(buffer.size), Double(buffer.upper) - Double(buffer.lower))
            return switch order {
            case .size: (size, width)
            case .area: (size * width, size)
            case .lifetime: (width, size)
            case .start: (-Double(buffer.lower), width)
            }
        }
        let measured = buffers.indices.map { (keys($0), $0) }
        return measured.sorted { $0.0 == $1.0 ? $0.1 < $1.1 : $0.0 > $1.0 }.map(\.1)
    }
}
