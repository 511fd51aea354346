internal import HistoryTower
internal import Ranks
internal import StaticExecution

/// One rank's part of a step: its stage's segments, micro-batch by micro-batch.
final class StageRunner {
    let runners: [SegmentRunner]
    private let layout: TrainingLayout
    private let stage: Int
    private let places: Range<Int>
    private let width: Int
    private let ranks: any Collectives
    private let meter: Meter
    private let message: FloatBuffer
    private let actions: [StageSchedule.Action]

    /// - Parameters:
    ///   - rows: the most that one message has.
    init(
        _ layout: TrainingLayout, _ runners: [SegmentRunner], width: Int, rows: Int, ranks: any Collectives,
        meter: Meter
    ) {
        stage = layout.stage(of: ranks.rank)
        places = layout.segments(of: stage)
        (self.layout, self.runners, self.width, self.ranks, self.meter) = (layout, runners, width, ranks, meter)
        message = FloatBuffer(rows * width)
        actions = StageSchedule.actions(
            stage: stage, of: layout.plan.stages.count, microBatches: layout.plan.microBatches)
    }

    /// There and back with all micro-batches.
    ///
    /// - Returns: the sum of the losses of this rank's events.
    func run(_ step: DealtStep, _ histories: EventHistories, number: Int, seed: UInt64) throws -> Double {
        var loss = 0.0
        for runner in runners { runner.store.beginStep() }
        for action in actions {
            switch action {
            case .receiveActivations(let batch):
                begin(batch, step, histories)
                try moveActivations(batch, of: step, into: places.lowerBound)
            case .forward(let batch):
                if stage == 0 { begin(batch, step, histories) }
                for (place, runner) in zip(places, runners) {
                    if place > places.lowerBound { try moveActivations(batch, of: step, into: place) }
                    try runner.forward(batch, seed: seed, step: number)
                }
            case .sendActivations(let batch):
                try moveActivations(batch, of: step, into: places.upperBound)
            case .receiveGradients(let batch):
                try moveGradients(batch, of: step, outOf: places.upperBound)
            case .backward(let batch):
                for (place, runner) in zip(places, runners).reversed() {
                    loss += try runner.backward(batch)
                    if place > places.lowerBound { try moveGradients(batch, of: step, outOf: place) }
                }
            case .sendGradients(let batch):
                try moveGradients(batch, of: step, outOf: places.lowerBound)
            }
        }
        for runner in runners.reversed() { try runner.store.endStep() }
        return loss
    }

    private func begin(_ batch: Int, _ step: DealtStep, _ histories: EventHistories) {
        for runner in runners { runner.begin(batch, of: step, histories) }
    }

    // MARK: From segment to segment

    /// This rank's runner of a segment; `nil` where other ranks have it.
    private func runner(_ place: Int) -> SegmentRunner? {
        places.contains(place) ? runners[place - places.lowerBound] : nil
    }

    private func moveActivations(_ batch: Int, of step: DealtStep, into place: Int) throws {
        let (source, target) = (runner(place - 1), runner(place))
        try move(
            batch, step, from: place - 1, source.map { ($0.placement(batch), $0.output(batch)) }, to: place,
            target.map { ($0.placement(batch), $0.input(batch)) })
    }

    private func moveGradients(_ batch: Int, of step: DealtStep, outOf place: Int) throws {
        let (source, target) = (runner(place), runner(place - 1))
        try move(
            batch, step, from: place, source.map { ($0.placement(batch), $0.inputGradient(batch)) }, to: place - 1,
            target.map { ($0.placement(batch), $0.outputGradient(batch)) })
    }

    private func move(
        _ batch: Int, _ step: DealtStep, from sourcePlace: Int, _ source: (Placement, UnsafeBufferPointer<Float>)?,
        to targetPlace: Int, _ target: (Placement, UnsafeMutableBufferPointer<Float>)?
    ) throws {
        let (before, after) = (layout.segments[sourcePlace], layout.segments[targetPlace])
        let crossing = Crossing(
            at: ranks.rank, from: before, step.parts(batch, degree: before.strategy.data), to: after,
            step.parts(batch, degree: after.strategy.data))
        if let source, let target {
            for window in crossing.own {
                copy(window, of: step, from: source.1, at: source.0[window], to: target.1, at: target.0[window])
            }
        }
        for message in crossing.messages {
            if message.sender == ranks.rank, let source {
                try send(message, step, source, tag: targetPlace)
            } else if let target {
                try receive(message, step, target, tag: targetPlace)
            }
        }
    }

    private func copy(
        _ window: Int, of step: DealtStep, from source: UnsafeBufferPointer<Float>, at first: Int,
        to target: UnsafeMutableBufferPointer<Float>, at place: Int
    ) {
        let count = step.windows[window].count * width
        let rows = UnsafeBufferPointer(rebasing: source[first * width..<first * width + count])
        _ = UnsafeMutableBufferPointer(rebasing: target[place * width..<place * width + count]).update(
            fromContentsOf: rows)
    }

    private func send(
        _ sent: Crossing.Message, _ step: DealtStep, _ source: (Placement, UnsafeBufferPointer<Float>), tag: Int
    ) throws {
        var row = 0
        for window in sent.windows {
            copy(window, of: step, from: source.1, at: source.0[window], to: message.all, at: row)
            row += step.windows[window].count
        }
        let rows = UnsafeRawBufferPointer(message[0..<row * width])
        try meter.measure(.crossings, bytes: rows.count) { try ranks.send(rows, to: sent.receiver, tag: tag) }
    }

    private func receive(
        _ received: Crossing.Message, _ step: DealtStep, _ target: (Placement, UnsafeMutableBufferPointer<Float>),
        tag: Int
    ) throws {
        let count = received.windows.reduce(0) { $0 + step.windows[$1].count }
        let rows = UnsafeMutableRawBufferPointer(message[0..<count * width])
        try meter.measure(.crossings, bytes: 0) { try ranks.receive(into: rows, from: received.sender, tag: tag) }
        var row = 0
        for window in received.windows {
            copy(
                window, of: step, from: UnsafeBufferPointer(message.all), at: row, to: target.1, at: target.0[window])
            row += step.windows[window].count
        }
    }
}
