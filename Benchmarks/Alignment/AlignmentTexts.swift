import Cryptography

/// Made-up ids of one party, `user` and a number and `@example.org`, each row's as a table has it in memory; recorded, so the same in
/// every run.
struct AlignmentTexts {
    private static let (prefix, suffix) = (Array("user".utf8), Array("@example.org".utf8))

    private var bytes: [UInt8] = []
    /// Where each text ends.
    private var ends: [UInt32] = []

    /// The label party has the numbers from 0 on, the feature party as many of which half are among those.
    init(_ task: AlignmentTask, of seat: Seat) throws {
        let start = seat == .label ? 0 : task.ids - task.common
        var numbers = Array(Int32(start)..<Int32(start + task.ids))
        var order = RecordedOrder(
            try RecordedRandomSource(seed: Array("colonnade-bench alignment".utf8)).stream("\(seat)"))
        numbers.shuffle(using: &order)
        let longest = Self.prefix.count + "\(start + task.ids)".utf8.count + Self.suffix.count
        bytes.reserveCapacity(task.ids * longest)
        ends.reserveCapacity(task.ids)
        for number in numbers {
            bytes += Self.prefix
            bytes += "\(number)".utf8
            bytes += Self.suffix
            ends.append(UInt32(bytes.count))
        }
    }

    var count: Int { ends.count }

    subscript(row: Int) -> ArraySlice<UInt8> { bytes[(row == 0 ? 0 : Int(ends[row - 1]))..<Int(ends[row])] }

    /// The number in a row's text.
    func number(at row: Int) -> Int {
        self[row].dropFirst(Self.prefix.count).dropLast(Self.suffix.count).reduce(0) {
            10 * $0 + Int($1 - UInt8(ascii: "0"))
        }
    }
}

/// Numbers from a recorded stream, to shuffle by.
private struct RecordedOrder: RandomNumberGenerator {
    private let stream: RandomStream
    private var words: [UInt64] = []

    init(_ stream: RandomStream) { self.stream = stream }

    mutating func next() -> UInt64 {
        if words.isEmpty { words = stream.bytes(1 << 13).withUnsafeBytes { Array($0.bindMemory(to: UInt64.self)) } }
        return words.removeLast()
    }
}
