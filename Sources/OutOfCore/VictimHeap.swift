/// Frames by how soon their pages are needed again: a binary heap that knows where each frame lies in it.
struct VictimHeap {
    private var order: [Int32] = []
    /// For each frame, its place in `order`, or -1.
    private var places: [Int32]
    private var keys: [UInt64]

    init(frames: Int) {
        places = Array(repeating: -1, count: frames)
        keys = Array(repeating: 0, count: frames)
        order.reserveCapacity(frames)
    }

    /// Bytes for each frame.
    static let bytes = 16

    /// The frame with the greatest key.
    var last: (frame: Int, key: UInt64)? { order.first.map { (Int($0), keys[Int($0)]) } }

    /// Gives a frame a key, its first one or another. Keys differ.
    mutating func set(_ frame: Int, _ key: UInt64) {
        keys[frame] = key
        if places[frame] < 0 {
            places[frame] = Int32(order.count)
            order.append(Int32(frame))
        }
        let place = rise(Int(places[frame]))
        sink(place)
    }

    private func isGreater(_ left: Int, _ right: Int) -> Bool { keys[Int(order[left])] > keys[Int(order[right])] }

    private mutating func swap(_ left: Int, _ right: Int) {
        order.swapAt(left, right)
        places[Int(order[left])] = Int32(left)
        places[Int(order[right])] = Int32(right)
    }

    private mutating func rise(_ start: Int) -> Int {
        var place = start
        while place > 0, isGreater(place, (place - 1) / 2) {
            swap(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
        return place
    }

    private mutating func sink(_ start: Int) {
        var place = start
        while true {
            var child = 2 * place + 1
            guard child < order.count else { return }
            if child + 1 < order.count, isGreater(child + 1, child) { child += 1 }
            guard isGreater(child, place) else { return }
            swap(place, child)
            place = child
        }
    }
}
