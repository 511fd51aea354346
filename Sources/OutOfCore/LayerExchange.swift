/// Which buffers compute and the updating thread of a ``LayerUpdater`` have, and when one of them has to wait.
///
/// Layers of one length share buffers. Each has one with the parameters that were published last. Compute uses those that it was
/// handed until it is handed newer ones or gives a gradient; buffers in use are not written to. An update goes from the published buffer
/// to a spare one, which is then published; the old one becomes spare as soon as compute does not use it. Gradients are added up in one
/// buffer of a layer until an update takes it; the next one then goes to a spare buffer.
///
/// No access here touches what buffers hold, so each takes no longer than some instructions, and compute never waits behind one of the disk.
package struct LayerExchange: Hashable {
    /// A buffer for a layer of some length, by number.
    package typealias Buffer = Int

    /// A gradient that is being given.
    package struct Filling: Hashable {
        package var buffer: Buffer
        /// Whether what the buffer holds counts, and is to be added to.
        package var isAdding: Bool
    }

    /// A step of the optimiser.
    package struct Update: Hashable {
        package var layer: Int
        package var gradient: Buffer
        /// How many gradients it is the sum of.
        package var count: Int
        package var from: Buffer
        package var to: Buffer
        /// Steps of this layer, from 1 on.
        package var step: Int
    }

    private struct Layer: Hashable {
        var group: Int
        var published: Buffer
        var used: Buffer?
        var waiting: Buffer?
        var waitingCount = 0
        var isFilling = false
        var updating: Update?
        var steps = 0

        /// Gradients that the published parameters do not hold.
        var missing: Int { waitingCount + (updating?.count ?? 0) }
    }

    /// Spare buffers of layers of one length.
    private struct Group: Hashable {
        var parameters: [Buffer]
        var gradients: [Buffer]
    }

    private let staleness: Staleness
    private var layers: [Layer] = []
    private var groups: [Group] = []
    /// Steps that were taken before, of all layers.
    private var taken = 0
    /// Where the search for the next update begins, so that every layer has its turn.
    private var turn = 0
    /// Gradients given, and those that published parameters hold.
    package private(set) var given = 0, applied = 0
    package private(set) var largestStaleness = 0

    /// - Parameters:
    ///   - members: how many layers there are of each length.
    ///   - group: of each layer, an index of `members`.
    ///   - steps: of each layer, those that were taken before; `nil`: none.
    package init(group: [Int], members: [Int], staleness: Staleness, after steps: [Int]? = nil) {
        self.staleness = staleness
        groups = members.map { members in
            let parameters = members + Self.spareParameters(members, staleness)
            return Group(
                parameters: Array((0..<parameters).reversed()), gradients: Array((0...members).reversed()))
        }
        for group in group {
            layers.append(Layer(group: group, published: groups[group].parameters.removeLast()))
        }
        for (layer, steps) in (steps ?? []).enumerated() { layers[layer].steps = steps }
        taken = self.steps
    }

    /// Buffers for parameters beside those published, for layers of one length.
    ///
    /// Synchronous: a gradient ends the use of old parameters, and new ones are handed out when they are published, so one is enough.
    /// Free: compute goes on in any case, and sets buffers free on its way; two keep the updating thread from waiting often.
    /// Bounded: compute may wait for one layer while it uses old parameters of all others.
    package static func spareParameters(_ members: Int, _ staleness: Staleness) -> Int {
        switch staleness {
        case .synchronous: 1
        case .bounded: members
        case .free: min(members, 2)
        }
    }

    // MARK: Compute

    /// The parameters of a layer for compute; nil while too many gradients are missing in them. Ends the use of earlier ones.
    package mutating func parameters(of layer: Int) -> Buffer? {
        endUse(of: layer)
        let missing = layers[layer].missing
        if let bound = staleness.bound, missing > bound { return nil }
        largestStaleness = max(largestStaleness, missing)
        layers[layer].used = layers[layer].published
        return layers[layer].published
    }

    /// Ends the use of a layer's parameters.
    package mutating func endUse(of layer: Int) {
        guard let buffer = layers[layer].used else { return }
        layers[layer].used = nil
        if buffer != layers[layer].published { groups[layers[layer].group].parameters.append(buffer) }
    }

    /// Where a gradient goes; nil while an earlier one has to be applied first. Ends the use of the layer's parameters.
    package mutating func beginGradient(of layer: Int) -> Filling? {
        precondition(!layers[layer].isFilling, "one gradient of a layer at a time")
        endUse(of: layer)
        if staleness == .synchronous, layers[layer].missing > 0 { return nil }
        layers[layer].isFilling = true
        if let buffer = layers[layer].waiting { return Filling(buffer: buffer, isAdding: true) }
        // There is one for each layer and one more, which only the update under way can have.
        let buffer = groups[layers[layer].group].gradients.removeLast()
        layers[layer].waiting = buffer
        return Filling(buffer: buffer, isAdding: false)
    }

    /// The gradient is where it should be.
    package mutating func endGradient(of layer: Int) {
        precondition(layers[layer].isFilling, "a gradient that was begun")
        layers[layer].isFilling = false
        layers[layer].waitingCount += 1
        given += 1
    }

    /// Ends all use of parameters.
    package mutating func endAllUse() {
        for layer in layers.indices { endUse(of: layer) }
    }

    /// Whether every gradient that was given is applied.
    package var isDrained: Bool { layers.allSatisfy { $0.missing == 0 && !$0.isFilling } }

    // MARK: Updating thread

    /// The next update, if a layer has a gradient and there is a buffer for the result. One at a time.
    package mutating func nextUpdate() -> Update? {
        precondition(layers.allSatisfy { $0.updating == nil }, "one update at a time")
        for offset in layers.indices {
            let index = (turn + offset) % layers.count
            let layer = layers[index]
            guard let gradient = layer.waiting, !layer.isFilling else { continue }
            guard let buffer = groups[layer.group].parameters.popLast() else { continue }
            let update = Update(
                layer: index, gradient: gradient, count: layer.waitingCount, from: layer.published, to: buffer,
                step: layer.steps + 1)
            (layers[index].waiting, layers[index].waitingCount, layers[index].updating) = (nil, 0, update)
            turn = (index + 1) % layers.count
            return update
        }
        return nil
    }

    /// The result is what compute gets from now on.
    package mutating func publish(_ update: Update) {
        let index = update.layer
        precondition(layers[index].updating == update, "the update under way")
        let group = layers[index].group
        groups[group].gradients.append(update.gradient)
        if layers[index].used != update.from { groups[group].parameters.append(update.from) }
        layers[index].published = update.to
        layers[index].updating = nil
        layers[index].steps += 1
        applied += update.count
    }

    /// Steps of the optimiser here, of all layers.
    package var steps: Int { layers.reduce(-taken) { $0 + $1.steps } }

    /// Steps of one layer, with those taken before.
    package func steps(of layer: Int) -> Int { layers[layer].steps }
}
