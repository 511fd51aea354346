import Glibc
import HistoryTower

/// What fails in a test.
struct Refused: Error {}

/// Histories in memory, with attention by its definition in Float64 over all events in sight.
final class DenseStore: EntityHistoryStore {
    let model: String
    private let shape: HistoryShape
    /// Events that one sees where not all are asked for, itself included.
    private let sight: Int
    private var histories: [[UInt8]: Kept] = [:]
    private var inUse: Set<[UInt8]> = []
    private(set) var forgotten: [[UInt8]] = []
    /// So many calls of `attend` and `commit` until one is refused.
    var callsLeft = Int.max
    /// Of each call of `attend`, its events, and whether all in sight were asked for.
    var calls: [(events: Int, exact: Bool)] = []

    init(_ tower: HistoryTower, sight: Int = .max) {
        (model, shape, self.sight) = (tower.modelHash, tower.shape, sight)
    }

    /// Of one entity.
    struct Kept: Equatable {
        var count = 0
        var fingerprint: [UInt8] = []
        /// By layer, rows of keys and values.
        var pairs: [[Float]]
        var outputs: [Float] = []
    }

    func fits(_ other: HistoryShape) -> Bool { other == shape }

    func kept(_ entity: [UInt8]) -> Kept? { histories[entity] }

    func history(of entity: [UInt8]) throws -> Cache {
        guard inUse.insert(entity).inserted else { throw Refused() }
        return Cache(self, entity, histories[entity] ?? Kept(pairs: Array(repeating: [], count: shape.layers)))
    }

    func forget(_ entity: [UInt8]) throws {
        guard !inUse.contains(entity) else { throw Refused() }
        histories[entity] = nil
        forgotten.append(entity)
    }

    private func use() throws {
        guard callsLeft > 0 else { throw Refused() }
        callsLeft -= 1
    }

    final class Cache: EntityHistoryCache {
        private let store: DenseStore
        private let entity: [UInt8]
        private var kept: Kept

        fileprivate init(_ store: DenseStore, _ entity: [UInt8], _ kept: Kept) {
            (self.store, self.entity, self.kept) = (store, entity, kept)
        }

        deinit { store.inUse.remove(entity) }

        var count: Int { kept.count }
        var fingerprint: [UInt8] { kept.fingerprint }

        func attend(
            layer: Int, _ rows: UnsafePointer<Float>, events: Int, into output: UnsafeMutablePointer<Float>, exact: Bool
        ) throws {
            try store.use()
            store.calls.append((events, exact))
            let (heads, width) = (store.shape.heads, store.shape.width)
            let d = width / heads
            kept.pairs[layer].removeSubrange((2 * width * count)...)
            for event in 0..<events {
                let row = rows + event * 3 * width
                kept.pairs[layer] += UnsafeBufferPointer(start: row + width, count: 2 * width)
                let place = count + event
                let first = exact || place < store.sight ? 0 : place + 1 - store.sight
                for head in 0..<heads {
                    attend(
                        row + head * d, kept.pairs[layer], first...place, head * d, d, width,
                        into: output + event * width + head * d)
                }
            }
        }

        private func attend(
            _ query: UnsafePointer<Float>, _ pairs: [Float], _ seen: ClosedRange<Int>, _ start: Int, _ d: Int,
            _ width: Int, into output: UnsafeMutablePointer<Float>
        ) {
            let scores = seen.map { event in
                (0..<d).reduce(0.0) { $0 + Double(query[$1]) * Double(pairs[event * 2 * width + start + $1]) }
                    / Double(d).squareRoot()
            }
            let largest = scores.max() ?? 0
            let weights = scores.map { exp($0 - largest) }
            let sum = weights.reduce(0, +)
            for column in 0..<d {
                let value = zip(seen, weights).reduce(0.0) {
                    $0 + $1.1 * Double(pairs[$1.0 * 2 * width + width + start + column])
                }
                output[column] = Float(value / sum)
            }
        }

        func commit(events: Int, outputs: UnsafePointer<Float>, fingerprint: [UInt8]) throws {
            try store.use()
            let width = 2 * store.shape.width * (count + events)
            guard kept.pairs.allSatisfy({ $0.count == width }), fingerprint.count == 32 else { throw Refused() }
            kept.count += events
            kept.fingerprint = fingerprint
            kept.outputs += UnsafeBufferPointer(start: outputs, count: events * store.shape.outputs)
            store.histories[entity] = kept
        }

        func outputs(of events: Range<Int>, into target: UnsafeMutablePointer<Float>) throws {
            let width = store.shape.outputs
            for (place, value) in kept.outputs[events.lowerBound * width..<events.upperBound * width].enumerated() {
                target[place] = value
            }
        }
    }
}
