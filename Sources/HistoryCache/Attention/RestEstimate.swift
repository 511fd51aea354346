/// What the events add to an attention that were chosen from and not chosen.
///
/// As in SparQ Attention (Ribar et al., arXiv 2312.04985, section 4), whose weights and mean values are estimated for what is left out;
/// here for each span by itself, since events that lie together are more alike. An event's weight is what its code promises. The values
/// of a whole span count by the mean of its events that were not chosen: by the span's sum, and by the chosen ones' own rows with as
/// much less weight. In the spans at the ends of the middle, of which it has a part, each event counts by itself.
struct RestEstimate {
    let shape: CacheShape
    let scratch: Scratch
    let layer: Int
    let source: SelectiveAttention.Source
    /// Events that were chosen from.
    let middle: Range<Int>
    /// Where the chosen ones stand in the list of those attended to.
    let chosen: Range<Int>

    /// What stands in the scratch's lists now: events, spans, and the weight of all that was added.
    typealias Lists = (events: Int, spans: Int, weight: Float)

    /// Lists the other events behind those attended to, or by the sums of their spans.
    ///
    /// - Parameter events: in the list so far, with weights. Those of the middle by its codes are in the scratch, and are used up.
    func list(after events: Int) -> Lists {
        var lists: Lists = (events, 0, 0)
        var next = 0
        for (span, places) in middle.spans {
            let start = span * CacheShape.span
            let weights = scratch.found + (start + places.lowerBound - middle.lowerBound)
            let first = next
            while next < chosen.count, Int(scratch.chosen[next]) < start + places.upperBound {
                weights[Int(scratch.chosen[next]) - start - places.lowerBound] = 0
                next += 1
            }
            if places.count == CacheShape.span {
                list(whole: span, weights, chosen: first..<next, &lists)
            } else {
                list(span, places, weights, &lists)
            }
        }
        return lists
    }

    private func list(whole span: Int, _ weights: UnsafePointer<Float>, chosen found: Range<Int>, _ lists: inout Lists)
    {
        guard found.count < CacheShape.span else { return }
        let weight = Self.sum(weights, CacheShape.span)
        let mean = weight / Float(CacheShape.span - found.count)
        for index in found { scratch.scores[chosen.lowerBound + index] -= mean }
        (scratch.sumRows + lists.spans).initialize(to: source.pages.sums(span, layer: layer))
        scratch.sumWeights[lists.spans] = mean
        lists.spans += 1
        lists.weight += weight
    }

    private func list(_ span: Int, _ places: Range<Int>, _ weights: UnsafePointer<Float>, _ lists: inout Lists) {
        let rows = source.addresses[span]!  // what is seen is in sight
        for (index, place) in places.enumerated() {
            (scratch.rows + lists.events).initialize(to: rows + place * shape.pairWidth)
            scratch.scores[lists.events] = weights[index]
            lists.events += 1
        }
        lists.weight += Self.sum(weights, places.count)
    }

    /// Sixteen partial sums, which are then added up.
    private static func sum(_ values: UnsafePointer<Float>, _ count: Int) -> Float {
        var (sums, index) = (SIMD16<Float>.zero, 0)
        while index + 16 <= count {
            sums += UnsafeRawPointer(values + index).loadUnaligned(as: SIMD16<Float>.self)
            index += 16
        }
        return (index..<count).reduce(sums.sum()) { $0 + values[$1] }
    }
}
