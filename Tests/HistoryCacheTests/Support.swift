import Foundation
import HistoryCache

/// A small generator of numbers (SplitMix64).
struct Numbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    mutating func float() -> Float { Float(next() >> 40) * 0x1p-23 - 1 }
}

/// A folder that goes with this object.
final class Folder {
    let path = NSTemporaryDirectory() + "history-" + UUID().uuidString
    var store: String { path + "/store" }

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func copy(_ name: String) throws -> String {
        try FileManager.default.copyItem(atPath: store, toPath: path + "/" + name)
        return path + "/" + name
    }
}

/// Rows of events for all layers, by their places: any part can be made anew.
struct Rows {
    let shape: CacheShape
    var seed: UInt64 = 1
    /// Keys take so many values in each element, so that parts of keys are often the same; nil for many.
    var values: Int?

    /// Events x row width of one layer.
    func make(_ events: Range<Int>, layer: Int) -> [Float] {
        events.flatMap { event in
            var numbers = Numbers(seed: seed &* 1_000_003 &+ UInt64(event * shape.layers + layer))
            return (0..<shape.rowWidth).map { _ in
                values.map { Float(numbers.below($0)) - Float($0 / 2) } ?? 2 * numbers.float()
            }
        }
    }

    /// Events x outputs.
    func outputs(_ events: Range<Int>) -> [Float] {
        events.flatMap { event in (0..<shape.outputs).map { Float(event * shape.outputs + $0) } }
    }
}

extension EntityCache {
    /// Attends with the next events in all layers, and commits them.
    ///
    /// - Returns: for each layer, events x attention width.
    @discardableResult func add(_ events: Int, _ rows: Rows, exact: Bool = false) throws -> [[Float]] {
        let range = count..<count + events
        let attended = try attendOnly(events, rows, exact: exact)
        try commit(events: events, outputs: rows.outputs(range), fingerprint: Self.print(range.upperBound))
        return attended
    }

    func attendOnly(_ events: Int, _ rows: Rows, exact: Bool = false) throws -> [[Float]] {
        let range = count..<count + events
        return try (0..<rows.shape.layers).map { layer in
            var output = [Float](repeating: .nan, count: events * rows.shape.attentionWidth)
            try attend(layer: layer, rows.make(range, layer: layer), events: events, into: &output, exact: exact)
            return output
        }
    }

    static func print(_ count: Int) -> [UInt8] { (0..<32).map { UInt8(truncatingIfNeeded: count >> ($0 % 8) &+ $0) } }
}

/// Attention in double precision by its definition.
struct Reference {
    let rows: Rows
    let layer: Int

    /// What event `place` gets from the events that it sees.
    func attention(of place: Int, seeing: [Int]) -> [Double] {
        let shape = rows.shape
        let all = rows.make(0..<place + 1, layer: layer).map(Double.init)
        let (d, group) = (shape.dimension, shape.queriesPerHead)
        let keys = shape.heads * group * d
        return (0..<shape.heads * group).flatMap { query -> [Double] in
            let head = query / group
            let scores = seeing.map { event in
                (0..<d).reduce(0.0) {
                    $0 + all[place * shape.rowWidth + query * d + $1]
                        * all[event * shape.rowWidth + keys + head * d + $1]
                } / Double(d).squareRoot()
            }
            let top = scores.max() ?? 0
            let weights = scores.map { exp($0 - top) }
            let sum = weights.reduce(0, +)
            return (0..<d).map { k in
                zip(seeing, weights).reduce(0.0) {
                    $0 + $1.1 / sum * all[$1.0 * shape.rowWidth + keys + (shape.heads + head) * d + k]
                }
            }
        }
    }

    /// All in sight of an event, by the shape's definition.
    func visible(from place: Int) -> [Int] {
        (0...place).filter { $0 < 32 || $0 > place - rows.shape.events }
    }
}

func distance(_ x: some Sequence<Float>, _ y: [Double]) -> Double {
    zip(x, y).reduce(0) { Swift.max($0, abs(Double($1.0) - $1.1)) }
}

func bits(_ x: [[Float]]) -> [[UInt32]] { x.map { $0.map(\.bitPattern) } }

let model = String(repeating: "ab", count: 32)
let someone = Array("someone".utf8)
