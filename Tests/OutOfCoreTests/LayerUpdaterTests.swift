import Kernels
import OutOfCore
import Testing
import Tiers

@Suite struct LayerUpdaterTests {
    /// Of some lengths, one of them twice; the longest takes several pages of 4096 bytes.
    private static let layers = [
        LayerUpdater.Layer(name: "embedding", count: 5000), .init(name: "block 0", count: 777),
        .init(name: "block 1", count: 777), .init(name: "head", count: 3),
    ]

    private static let optimisers: [LayerOptimiser] = [
        .adam(Adam(rate: 0.01, decay: 0.1)), .adaGrad(AdaGrad(rate: 0.1)),
        .gradientDescent(GradientDescent(rate: 0.1, momentum: 0.9)),
    ]

    /// The optimiser's step with all in memory.
    private static func step(
        _ optimiser: LayerOptimiser, _ w: inout [Float], _ g: [Float], _ state: inout (first: [Float], second: [Float]),
        _ t: Int
    ) {
        let count = w.count
        switch optimiser {
        case .adam(let rule):
            rule.update(&w, gradient: g, means: &state.first, squares: &state.second, count: count, step: t)
        case .adaGrad(let rule): rule.update(&w, gradient: g, squares: &state.first, count: count)
        case .gradientDescent(let rule): rule.update(&w, gradient: g, velocity: &state.first, count: count)
        }
    }

    @Test(arguments: 0..<3) func synchronousUpdatesHaveTheBitsOfMemory(which: Int) throws {
        let optimiser = Self.optimisers[which]
        var numbers = Numbers(seed: 3)
        var expected = Self.layers.map { numbers.floats($0.count) }
        var state = Self.layers.map { layer in
            (first: [Float](repeating: 0, count: layer.count), second: [Float](repeating: 0, count: layer.count))
        }
        let updater = try LayerUpdater(
            Self.layers, optimiser, staleness: .synchronous, state: .disk(folder: scratch), pageBytes: 4096
        ) { layer, parameters in parameters.update(from: expected[layer], count: expected[layer].count) }
        for step in 1...5 {
            for layer in Self.layers.indices {
                let parameters = try updater.parameters(of: layer)
                #expect(same(parameters, expected[layer]), "step \(step), layer \(layer)")
            }
            for layer in Self.layers.indices.reversed() {
                // Two steps without a look in between: each its own.
                for part in 0..<(step == 3 ? 2 : 1) {
                    let gradient = numbers.floats(Self.layers[layer].count)
                    try updater.give(gradient, to: layer)
                    let number = step + part + (step > 3 ? 1 : 0)
                    Self.step(optimiser, &expected[layer], gradient, &state[layer], number)
                }
            }
        }
        try updater.drain()
        for layer in Self.layers.indices { #expect(same(try updater.parameters(of: layer), expected[layer])) }
        let counters = updater.counters
        #expect(counters.given == 24 && counters.applied == 24 && counters.steps == 24)
        #expect(counters.largestStaleness == 0)
    }

    /// From the disk to memory and back, at a rate that changes.
    @Test(arguments: 0..<3) func anotherUpdaterGoesOn(which: Int) throws {
        let optimiser = Self.optimisers[which]
        var numbers = Numbers(seed: 8)
        var expected = Self.layers.map { numbers.floats($0.count) }
        var memory = Self.layers.map { layer in
            (first: [Float](repeating: 0, count: layer.count), second: [Float](repeating: 0, count: layer.count))
        }
        var (parameters, states) = (expected, [LayerState]?.none)
        for part in 0..<3 {
            let place = part == 1 ? StatePlace.memory : .disk(folder: scratch)
            let updater = try LayerUpdater(
                Self.layers, optimiser, staleness: .synchronous, state: place, pageBytes: 4096, restoring: states
            ) { layer, values in values.update(from: parameters[layer], count: parameters[layer].count) }
            for step in 3 * part + 1...3 * part + 3 {
                let rate = 0.3 / Double(step)
                // The third layer has its first gradient in the second part.
                for layer in Self.layers.indices where part > 0 || layer != 2 {
                    let gradient = numbers.floats(Self.layers[layer].count)
                    try updater.give(gradient, to: layer, rate: rate)
                    let rule: LayerOptimiser =
                        switch optimiser {
                        case .adam: .adam(Adam(rate: rate, decay: 0.1))
                        case .adaGrad: .adaGrad(AdaGrad(rate: rate))
                        case .gradientDescent: .gradientDescent(GradientDescent(rate: rate, momentum: 0.9))
                        }
                    Self.step(rule, &expected[layer], gradient, &memory[layer], layer == 2 ? step - 3 : step)
                }
            }
            let now = try updater.states()
            #expect(now.map(\.steps) == Self.layers.indices.map { 3 * ($0 == 2 ? part : part + 1) })
            #expect(now[2].slots.isEmpty == (part == 0) && updater.counters.applied == updater.counters.steps)
            for layer in Self.layers.indices {
                let values = try updater.parameters(of: layer)
                #expect(same(values, expected[layer]), "part \(part), layer \(layer)")
                parameters[layer] = Array(UnsafeBufferPointer(start: values, count: Self.layers[layer].count))
            }
            states = now
        }
    }

    /// With a rate of 1 and no momentum a parameter is minus the number of gradients of 1 that it holds, whatever was added up.
    @Test(arguments: [Staleness.free, .bounded(1), .bounded(3), .synchronous])
    func nothingIsLostTornOrTooOld(staleness: Staleness) throws {
        let rule = LayerOptimiser.gradientDescent(GradientDescent(rate: 1))
        // 40 KB of state a step: 2 ms of this disk.
        let updater = try LayerUpdater(
            Self.layers, rule, staleness: staleness, state: .disk(folder: scratch, rate: 4e7), pageBytes: 4096
        ) {
            $1.update(repeating: 0, count: Self.layers[$0].count)
        }
        var numbers = Numbers(seed: 4)
        var given = Self.layers.map { _ in 0 }
        var largest = 0
        for _ in 0..<60 {
            let layer = Int.random(in: 0..<4, using: &numbers)
            let parameters = try updater.parameters(of: layer)
            if Int.random(in: 0..<3, using: &numbers) == 0 {
                pause(microseconds: .random(in: 0...2000, using: &numbers))
            }
            let held = Int(-parameters[0])
            #expect((0..<Self.layers[layer].count).allSatisfy { Int(-parameters[$0]) == held }, "torn")
            largest = max(largest, given[layer] - held)
            if let bound = staleness.bound { #expect(given[layer] - held <= bound) }
            for _ in 0..<Int.random(in: 0...2, using: &numbers) {
                try updater.give([Float](repeating: 1, count: Self.layers[layer].count), to: layer)
                given[layer] += 1
            }
        }
        try updater.drain()
        for layer in Self.layers.indices {
            let parameters = try updater.parameters(of: layer)
            #expect((0..<Self.layers[layer].count).allSatisfy { parameters[$0] == -Float(given[layer]) })
        }
        let counters = updater.counters
        #expect(counters.given == given.reduce(0, +) && counters.applied == counters.given)
        #expect(counters.steps <= counters.given && counters.largestStaleness >= largest)
        if staleness == .free { #expect(counters.stalled == .zero) }
    }

    /// Conservation of integers under several threads of compute, each with its own layer.
    @Test func layersMayBelongToDifferentThreads() async throws {
        let layers = (0..<4).map { LayerUpdater.Layer(name: "\($0)", count: 1000) }
        let updater = try LayerUpdater(
            layers, .gradientDescent(GradientDescent(rate: 1)), staleness: .free, state: .disk(folder: scratch),
            pageBytes: 4096
        ) { $1.update(repeating: 0, count: layers[$0].count) }
        let sums = try await withThrowingTaskGroup(of: (Int, [Float]).self) { group in
            for layer in layers.indices {
                group.addTask {
                    var numbers = Numbers(seed: UInt64(layer))
                    var sum = [Float](repeating: 0, count: 1000)
                    for _ in 0..<50 {
                        let parameters = try updater.parameters(of: layer)
                        let gradient = (0..<1000).map { _ in Float(Int.random(in: -9...9, using: &numbers)) }
                        #expect((0..<1000).allSatisfy { parameters[$0] == parameters[$0].rounded() })
                        try updater.give(gradient, to: layer)
                        for index in sum.indices { sum[index] += gradient[index] }
                    }
                    return (layer, sum)
                }
            }
            return try await group.reduce(into: [Int: [Float]]()) { $0[$1.0] = $1.1 }
        }
        try updater.drain()
        for (layer, sum) in sums { #expect(same(try updater.parameters(of: layer), sum.map { 0 - $0 })) }
        #expect(updater.counters.given == 200 && updater.counters.applied == 200)
    }

    @Test func aSlowDiskHoldsUpSynchronousComputeAlone() throws {
        let layers = [LayerUpdater.Layer(name: "a", count: 4096), .init(name: "b", count: 4096)]
        func stalled(_ staleness: Staleness) throws -> Duration {
            let rule = LayerOptimiser.adam(Adam(rate: 0.1))
            // A step reads and writes 32 KB for each layer: 32 ms.
            let updater = try LayerUpdater(
                layers, rule, staleness: staleness, state: .disk(folder: scratch, rate: 2e6), pageBytes: 8192
            ) {
                $1.update(repeating: 0, count: layers[$0].count)
            }
            for _ in 0..<4 {
                for layer in 0..<2 { _ = try updater.parameters(of: layer) }
                for layer in 0..<2 { try updater.give([Float](repeating: 1, count: 4096), to: layer) }
            }
            return updater.counters.stalled
        }
        #expect(try stalled(.free) == .zero)
        // At least two full rounds of reading: nothing else in a step takes time.
        #expect(try stalled(.synchronous) > .milliseconds(60))
    }

    @Test func aFailureOfTheDiskIsNamedAtTheNextCall() throws {
        let layers = [LayerUpdater.Layer(name: "first", count: 4000), .init(name: "second", count: 4000)]
        let rule = LayerOptimiser.adam(Adam(rate: 0.1))
        let plan = LayerUpdater.plan(layers, rule, staleness: .free, pageBytes: 4096)
        let file = try PageFile(in: scratch, pages: plan.stateBytes / 4096, pageBytes: 4096)
        // The first steps write 8 pages each.
        let store = FailingStore(file, from: 12)
        let updater = try LayerUpdater(layers, rule, staleness: .free, plan: plan, store: store) {
            $1.update(repeating: 0, count: layers[$0].count)
        }
        let gradient = [Float](repeating: 1, count: 4000)
        try updater.give(gradient, to: 0)
        try updater.drain()
        try updater.give(gradient, to: 1)
        let error = OutOfCoreError.layer(name: "second", cause: FailingStore.error)
        #expect(throws: error) { try updater.drain() }
        #expect(throws: error) { try updater.parameters(of: 0) }
        #expect(throws: error) { try updater.give(gradient, to: 0) }
        #expect("\(error)".contains("layer second is lost") && "\(error)".contains("at byte 8192"))
    }

    @Test func aFolderThatIsNotThereIsAnError() {
        #expect(throws: OutOfCoreError.self) {
            try LayerUpdater(
                Self.layers, Self.optimisers[0], staleness: .free, state: .disk(folder: "/nowhere/at/all")
            ) { _, _ in }
        }
    }

    /// By hand: 12 layers of 1,000,000 parameters, 4 bytes each.
    @Test(arguments: [(Staleness.synchronous, 13), (.free, 14), (.bounded(2), 24)])
    func thePlanCountsMemory(staleness: Staleness, parameterBuffers: Int) {
        let layers = (0..<12).map { LayerUpdater.Layer(name: "\($0)", count: 1_000_000) }
        let plan = LayerUpdater.plan(layers, Self.optimisers[0], staleness: staleness)
        // 131,072 parameters with two slots in 1 MiB: 8 pages a layer.
        #expect(plan.stateBytes == 96 << 20)
        #expect(plan.memoryBytes == 4_000_000 * (parameterBuffers + 13) + 6 << 20)
    }
}

/// Whether numbers have the same bits.
func same(_ slice: InputSlice, _ numbers: [Float]) -> Bool {
    numbers.indices.allSatisfy { slice[$0].bitPattern == numbers[$0].bitPattern }
}
