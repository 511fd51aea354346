/// Which strategies no best assignment contains.
///
/// Strategy s falls to strategy t if t takes no more memory at any layer and is faster by more than whatever changes of
/// strategies could cost on either side of it. In any assignment with s, t in place of s is then better, so that
/// neither the minimum nor the choice among equal minima changes when s is left out.
enum Dominance {
    /// The strategies that are left, ascending.
    static func survivors(_ layers: [LayerOptions]) -> [Int] {
        guard let count = layers.first?.count, count > 1 else { return Array(0..<(layers.first?.count ?? 0)) }
        // Sums are rounded: what differs by less than this is left to the search itself.
        let largest = layers.reduce(0.0) { sum, layer in
            sum + (layer.seconds.map(abs).max() ?? 0) + (layer.switching.map(abs).max() ?? 0)
        }
        let margin = largest * 1e-12
        let places = distinctPlaces(layers)
        return (0..<count).filter { weak in
            !(0..<count).contains { strong in
                strong != weak
                    && places.allSatisfy { dominates(strong, weak, $0.layer, before: $0.next, margin: margin) }
            }
        }
    }

    /// Each layer with the one after it, once for neighbours that are alike.
    private static func distinctPlaces(_ layers: [LayerOptions]) -> [(layer: LayerOptions, next: LayerOptions?)] {
        var places: [(layer: LayerOptions, next: LayerOptions?)] = []
        for (index, layer) in layers.enumerated() {
            let next = index + 1 < layers.count ? layers[index + 1] : nil
            if let last = places.last, last.layer == layer, last.next == next { continue }
            places.append((layer, next))
        }
        return places
    }

    private static func dominates(
        _ strong: Int, _ weak: Int, _ layer: LayerOptions, before next: LayerOptions?, margin: Double
    ) -> Bool {
        let count = layer.count
        guard layer.memory[strong] <= layer.memory[weak],
            layer.seconds[strong] + margin < layer.seconds[weak]
        else { return false }
        let entering = change(layer, strong, weak) { $0 * count + $1 }
        let inside = layer.switching[strong * count + strong] - layer.switching[weak * count + weak]
        let leaving = next.map { change($0, strong, weak) { $1 * count + $0 } } ?? 0
        let extra = max(0, entering) + max(0, leaving) + max(0, inside)
        return layer.seconds[strong] + extra + margin < layer.seconds[weak]
    }

    /// The most that `strong` costs over `weak` next to any strategy.
    private static func change(
        _ layer: LayerOptions, _ strong: Int, _ weak: Int, _ place: (_ other: Int, _ own: Int) -> Int
    ) -> Double {
        (0..<layer.count).reduce(-Double.infinity) { most, other in
            max(most, layer.switching[place(other, strong)] - layer.switching[place(other, weak)])
        }
    }
}
