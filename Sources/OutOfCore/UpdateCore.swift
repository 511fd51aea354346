internal import Kernels
internal import Tiers

/// What compute and the updating thread of a ``LayerUpdater`` share.
final class UpdateCore: @unchecked Sendable {
    // Unchecked: what changes is only touched inside `monitor`; what buffers hold, only by whom `exchange` gave them to.

    private enum Condition { static let work = 0, progress = 1 }

    private let monitor = Monitor(conditions: 2)
    private let layers: [LayerUpdater.Layer]
    private let buffers: LayerBuffers
    private let store: any PageStore
    private var exchange: LayerExchange
    private var failure: OutOfCoreError?
    private var isStopping = false
    /// Whether the updating thread waits for work, with nothing left to write.
    private var isIdle = true
    private var stalled: UInt64 = 0
    /// Of the gradient that was given last, by layer.
    private var rates: [Double?]

    /// - Parameter steps: of each layer, those that were taken before.
    init(
        _ layers: [LayerUpdater.Layer], _ staleness: Staleness, _ layout: LayerBuffers.Layout, _ store: any PageStore,
        after steps: [Int]?
    ) {
        (self.layers, self.store) = (layers, store)
        buffers = LayerBuffers(layout)
        exchange = LayerExchange(group: layout.group, members: layout.members, staleness: staleness, after: steps)
        rates = Array(repeating: nil, count: layers.count)
    }

    /// Fills in first parameters, before the thread starts.
    func fill(_ first: (Int, OutputSlice) -> Void) {
        for layer in layers.indices {
            guard let buffer = exchange.parameters(of: layer) else { continue }
            first(layer, buffers.parameters(buffer, of: layer))
            exchange.endUse(of: layer)
        }
    }

    // MARK: Compute

    func parameters(of layer: Int) throws(OutOfCoreError) -> InputSlice {
        let buffer = try wait { exchange.parameters(of: layer) }
        return InputSlice(buffers.parameters(buffer, of: layer))
    }

    func give(_ gradient: InputSlice, to layer: Int, rate: Double?) throws(OutOfCoreError) {
        let filling = try wait { exchange.beginGradient(of: layer) }
        let target = buffers.gradient(filling.buffer, of: layer)
        let count = buffers.count(of: layer)
        if filling.isAdding {
            Residual.backward(gradient, addingTo: target, rows: 0..<1, columns: count)
        } else {
            target.update(from: gradient, count: count)
        }
        monitor.enter {
            exchange.endGradient(of: layer)
            rates[layer] = rate
            monitor.signal(Condition.work)
        }
    }

    func steps(of layer: Int) -> Int { monitor.enter { exchange.steps(of: layer) } }

    func drain() throws(OutOfCoreError) {
        try monitor.enter { () throws(OutOfCoreError) in
            exchange.endAllUse()
            monitor.signal(Condition.work)
            while failure == nil, !(exchange.isDrained && isIdle) { monitor.wait(for: Condition.progress) }
            if let failure { throw failure }
        }
    }

    var counters: LayerUpdater.Counters {
        let disk = store.counters
        return monitor.enter {
            LayerUpdater.Counters(
                given: exchange.given, applied: exchange.applied, steps: exchange.steps,
                largestStaleness: exchange.largestStaleness, stalled: .nanoseconds(Int64(stalled)),
                bytesRead: disk.bytesRead, bytesWritten: disk.bytesWritten)
        }
    }

    /// Attempts until there is a result, and counts the time.
    private func wait<Output>(_ attempt: () -> Output?) throws(OutOfCoreError) -> Output {
        try monitor.enter { () throws(OutOfCoreError) -> Output in
            var start: UInt64?
            defer { if let start { stalled += Monitor.now() - start } }
            while true {
                if let failure { throw failure }
                let result = attempt()
                // It may have set a buffer free that an update waits for.
                monitor.signal(Condition.work)
                if let result { return result }
                if start == nil { start = Monitor.now() }
                monitor.wait(for: Condition.progress)
            }
        }
    }

    // MARK: Updating thread

    /// Applies gradients until ``stop()`` or a failure.
    func run(_ state: StatePages) {
        var state = state
        while let (update, rate) = nextUpdate() {
            do throws(TierError) {
                try state.step(
                    update.layer, number: update.step, rate: rate,
                    gradient: InputSlice(buffers.gradient(update.gradient, of: update.layer)),
                    from: InputSlice(buffers.parameters(update.from, of: update.layer)),
                    to: buffers.parameters(update.to, of: update.layer))
                monitor.enter {
                    exchange.publish(update)
                    monitor.signal(Condition.progress)
                }
                try state.settle()
            } catch {
                fail(.layer(name: layers[update.layer].name, cause: error))
                state.abandon()
                return
            }
        }
    }

    func stop() {
        monitor.enter {
            isStopping = true
            monitor.signal(Condition.work)
        }
    }

    private func nextUpdate() -> (LayerExchange.Update, rate: Double?)? {
        monitor.enter {
            while !isStopping {
                if let update = exchange.nextUpdate() {
                    isIdle = false
                    return (update, rates[update.layer])
                }
                isIdle = true
                monitor.signal(Condition.progress)
                monitor.wait(for: Condition.work)
            }
            return nil
        }
    }

    private func fail(_ error: OutOfCoreError) {
        monitor.enter {
            failure = error
            monitor.signal(Condition.progress)
        }
    }
}
