import OutOfCore
import Testing

/// Every order of events that compute and the updating thread can come to, for some layers and gradients.
@Suite struct LayerExchangeTests {
    @Test(arguments: [
        (Staleness.synchronous, [0, 0], 2), (.synchronous, [0, 1], 2), (.bounded(1), [0, 0], 2), (.bounded(2), [0], 4),
        (.free, [0], 4), (.free, [0, 0], 2), (.free, [0, 1, 0], 1),
    ])
    func noOrderOfEventsLosesOrTears(staleness: Staleness, group: [Int], gradients: Int) throws {
        let start = Model(group: group, staleness: staleness, gradients: gradients)
        var (seen, open) = (Set([start]), [start])
        while let model = open.popLast() {
            let next = try model.successors()
            // Whoever waits is waited for by nobody who waits for him.
            if next.isEmpty { try #require(model.isOver, "a state in which nobody can go on") }
            try model.requireDraining()
            for state in next where seen.insert(state).inserted { open.append(state) }
        }
        #expect(seen.count > 50)
    }
}

/// An exchange, what buffers would hold, and what compute is doing.
private struct Model: Hashable {
    private enum Compute: Hashable { case free, waiting(layer: Int), giving(layer: Int, LayerExchange.Filling) }
    /// A buffer of a group.
    private struct Place: Hashable {
        var group: Int
        var buffer: Int
    }

    private let group: [Int]
    private let bound: Int?
    private let gradients: Int
    private var exchange: LayerExchange
    private var compute = Compute.free
    private var update: LayerExchange.Update?
    /// What compute may read, by layer.
    private var used: [Int?]
    /// What was published last, where anything was.
    private var published: [Int?]
    private var given: [Int]
    /// How many gradients buffers of parameters hold, and buffers of gradients.
    private var parameters: [Place: Int] = [:]
    private var sums: [Place: Int] = [:]

    init(group: [Int], staleness: Staleness, gradients: Int) {
        (self.group, self.gradients, bound) = (group, gradients, staleness.bound)
        let members = Set(group).sorted().map { index in group.count { $0 == index } }
        exchange = LayerExchange(group: group, members: members, staleness: staleness)
        used = group.map { _ in nil }
        published = used
        given = group.map { _ in 0 }
    }

    /// Whether every layer has had its gradients, and all are applied.
    var isOver: Bool { given.allSatisfy { $0 == gradients } && exchange.isDrained }

    func successors() throws -> [Model] {
        var next: [Model] = []
        for layer in group.indices {
            switch compute {
            case .free:
                next.append(try after { try $0.ask(layer) })
                if given[layer] < gradients { next.append(try after { try $0.give(layer) }) }
            case .waiting(layer): next.append(try after { try $0.ask(layer) })
            case .giving(layer, let filling): next.append(try after { $0.endGradient(layer, filling) })
            case .waiting, .giving: break
            }
        }
        next.append(try after { try $0.updateFurther() })
        return next.filter { $0 != self }
    }

    /// When compute asks for nothing any more, all that it gave is applied.
    func requireDraining() throws {
        guard compute == .free else { return }
        var copy = self
        copy.used = group.map { _ in nil }
        copy.exchange.endAllUse()
        for _ in 0...2 * gradients * group.count where !copy.exchange.isDrained { try copy.updateFurther() }
        try #require(copy.exchange.isDrained, "gradients that nobody applies")
    }

    private func after(_ event: (inout Model) throws -> Void) throws -> Model {
        var copy = self
        try event(&copy)
        // What nobody will look at does not make states differ.
        var live: Set<Place> = []
        for layer in group.indices {
            for buffer in [copy.used[layer], copy.published[layer]] {
                if let buffer { live.insert(place(layer, buffer)) }
            }
        }
        copy.parameters = copy.parameters.filter { live.contains($0.key) }
        return copy
    }

    private mutating func ask(_ layer: Int) throws {
        used[layer] = nil
        guard let buffer = exchange.parameters(of: layer) else {
            try #require(bound != nil, "free compute never waits")
            compute = .waiting(layer: layer)
            return
        }
        let missing = given[layer] - parameters[place(layer, buffer), default: 0]
        if let bound { try #require(missing <= bound, "too old") }
        try #require(exchange.largestStaleness >= missing)
        used[layer] = buffer
        compute = .free
    }

    private mutating func give(_ layer: Int) throws {
        used[layer] = nil
        guard let filling = exchange.beginGradient(of: layer) else {
            try #require(bound == 0, "only synchronous gradients wait")
            return
        }
        try #require(update.map { place($0.layer, $0.gradient) } != place(layer, filling.buffer), "in use")
        compute = .giving(layer: layer, filling)
    }

    private mutating func endGradient(_ layer: Int, _ filling: LayerExchange.Filling) {
        let place = place(layer, filling.buffer)
        sums[place] = (filling.isAdding ? sums[place, default: 0] : 0) + 1
        exchange.endGradient(of: layer)
        given[layer] += 1
        compute = .free
    }

    private mutating func updateFurther() throws {
        guard let done = update else {
            update = exchange.nextUpdate()
            guard let update else { return }
            if case .giving(let layer, let filling) = compute {
                try #require(place(layer, filling.buffer) != place(update.layer, update.gradient), "half given")
            }
            try #require(update.from != update.to)
            try #require(sums[place(update.layer, update.gradient)] == update.count)
            return
        }
        let target = place(done.layer, done.to)
        for layer in group.indices {
            if let buffer = used[layer] { try #require(place(layer, buffer) != target, "torn under compute") }
        }
        let applied = parameters[place(done.layer, done.from), default: 0] + done.count
        parameters[target] = applied
        exchange.publish(done)
        update = nil
        published[done.layer] = done.to
        sums[place(done.layer, done.gradient)] = nil
        try #require(applied <= given[done.layer], "applied what was not given")
        if exchange.isDrained {
            try #require(exchange.applied == given.reduce(0, +) && exchange.given == exchange.applied)
        }
    }

    private func place(_ layer: Int, _ buffer: Int) -> Place { Place(group: group[layer], buffer: buffer) }
}
