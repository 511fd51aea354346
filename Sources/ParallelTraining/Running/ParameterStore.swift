internal import Kernels
internal import Ranks
internal import StaticExecution

/// What the sharded segments of a rank share: one's parameters and gradients while it is computed.
final class GatheredParameters {
    let values: FloatBuffer
    let gradients: FloatBuffer
    /// A shard's gradients of one micro-batch, before they are added; empty where a step has only one.
    let incoming: FloatBuffer
    /// Whose values are there.
    fileprivate weak var holder: ParameterStore?

    /// - Parameters:
    ///   - count: numbers of the largest segment, padding included.
    ///   - shard: of the largest shard; 0 where nothing is added.
    init(count: Int, shard: Int) {
        (values, gradients, incoming) = (FloatBuffer(count), FloatBuffer(count), FloatBuffer(shard))
    }

    var bytes: Int { values.bytes + gradients.bytes + incoming.bytes }
}

/// A segment's parameters at one rank, their gradients and Adam's memory: all of them, or a shard (ZeRO-3, Rajbhandari et al., arXiv
/// 1910.02054, section 5.3).
final class ParameterStore {
    /// Numbers of the graph's vector.
    let count: Int
    /// Those of the vector, padded to equal parts, that this rank keeps.
    let shard: Range<Int>
    private let isSharded: Bool
    /// The ranks with the same parameters; `nil` where there is one.
    private let group: (any Collectives)?
    private let meter: Meter
    private let values, gradients, means, squares: FloatBuffer
    private let gathered: GatheredParameters?
    private let counted: [Range<Int>]
    private var hasGradients = false

    /// - Parameters:
    ///   - gathered: where the whole is while it is computed; `nil`: nothing is sharded.
    init(
        _ graph: StepGraph, _ segment: Segment, at rank: Int, group: (any Collectives)?, gathered: GatheredParameters?,
        meter: Meter
    ) {
        count = graph.parameterCount
        isSharded = group != nil && gathered != nil
        let place = segment.dataPlace(of: rank)
        let size = Self.shardCount(of: count, over: isSharded ? segment.strategy.data : 1)
        shard = isSharded ? place * size..<(place + 1) * size : 0..<count
        (self.group, self.gathered, self.meter) = (group, isSharded ? gathered : nil, meter)
        (values, gradients) = (FloatBuffer(shard.count), FloatBuffer(shard.count))
        (means, squares) = (FloatBuffer(shard.count), FloatBuffer(shard.count))
        let isFirst = segment.tensorPlace(of: rank) == 0
        let isCounted = isSharded || place == 0
        counted = graph.parameters.filter { isCounted && (isFirst || $0.share != .whole) }.map { [shard] in
            ($0.offset..<$0.offset + $0.count).clamped(to: shard)
        }.filter { !$0.isEmpty }
    }

    static func shardCount(of count: Int, over ranks: Int) -> Int { (count + ranks - 1) / ranks }

    /// Bytes of a rank's parameters, gradients and Adam's memory.
    static func stateBytes(_ count: Int, over ranks: Int) -> Int { 16 * shardCount(of: count, over: ranks) }

    // MARK: Values

    /// The whole vector, as far as it is there: between ``gather()`` and another segment's.
    var current: (values: UnsafeMutablePointer<Float>?, gradients: UnsafeMutablePointer<Float>?) {
        (gathered?.values.first ?? values.first, gathered?.gradients.first ?? gradients.first)
    }

    /// Sees to it that the whole vector is there.
    func gather() throws {
        guard let group, let gathered, gathered.holder !== self else { return }
        let whole = gathered.values[0..<shard.count * group.count]
        try meter.measure(.shards, bytes: values.bytes) {
            try group.allGather(UnsafeBufferPointer(values.all), into: whole)
        }
        gathered.holder = self
    }

    /// Takes what this rank keeps from the whole tower's numbers.
    func load(_ runs: [ParameterRuns], from whole: [Float]) {
        for run in runs {
            run.forEach { local, place, count in
                for number in (local..<local + count).clamped(to: shard) {
                    values.all[number - shard.lowerBound] = whole[place + number - local]
                }
            }
        }
    }

    /// The vector of this segment, as it is after the last step.
    func whole() throws -> UnsafeBufferPointer<Float> {
        try gather()
        return UnsafeBufferPointer(start: current.values, count: count)
    }

    // MARK: Gradients

    /// Begins a step.
    func beginStep() {
        hasGradients = false
        gradients.clear()
    }

    /// Begins a way back.
    func beginBackward() throws {
        try gather()
        gathered?.gradients.clear()
    }

    /// Ends a way back: of shards, sums the gradients over the ranks and keeps this one's.
    func endBackward() throws {
        guard let group, let gathered else { return }
        let all = UnsafeBufferPointer(gathered.gradients[0..<shard.count * group.count])
        let target = hasGradients ? gathered.incoming[0..<shard.count] : gradients.all
        try meter.measure(.shards, bytes: 4 * all.count) { try group.reduceScatter(all, into: target) }
        if hasGradients, let sum = gradients.first, let more = target.baseAddress {
            Residual.backward(InputSlice(more), addingTo: sum, rows: 0..<1, columns: shard.count)
        }
        hasGradients = true
    }

    /// Ends a step's last way back: of what is not sharded, sums the gradients over the ranks.
    func endStep() throws {
        guard let group, !isSharded else { return }
        try meter.measure(.gradients, bytes: gradients.bytes) { try group.allReduce(gradients.all) }
    }

    /// The squared length of those gradients that no other rank counts.
    var squaredLength: Double {
        counted.reduce(0) { sum, range in
            gradients[range.lowerBound - shard.lowerBound..<range.upperBound - shard.lowerBound]
                .reduce(sum) { $0 + Double($1) * Double($1) }
        }
    }

    /// Moves the parameters.
    ///
    /// - Parameters:
    ///   - factor: what gradients are multiplied by before; `nil`: they are as long as they may be.
    ///   - step: from 1 on.
    func move(_ adam: Adam, factor: Float?, step: Int) {
        if let factor { for place in gradients.all.indices { gradients.all[place] *= factor } }
        guard let value = values.first, let gradient = gradients.first, let m = means.first, let v = squares.first
        else { return }
        adam.update(value, gradient: InputSlice(gradient), means: m, squares: v, count: shard.count, step: step)
        if gathered?.holder === self { gathered?.holder = nil }
    }
}
