import AddressPlanning
import Foundation

/// Reproducible numbers: SplitMix64 (Steele et al. 2014).
struct Numbers: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var hash = state
        hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
        return hash ^ (hash >> 31)
    }

    /// Buffers that live at random times within `duration`, for `longest` at most, with sizes up to `largest`.
    mutating func problem(
        _ count: Int, duration: Int = 12, longest: Int = .max, largest: Int = 9, alignments: [Int] = [1]
    ) throws -> AllocationProblem {
        try AllocationProblem(
            buffers(count, duration: duration, longest: longest, largest: largest, alignments: alignments))
    }

    mutating func buffers(
        _ count: Int, duration: Int, longest: Int = .max, largest: Int, alignments: [Int] = [1]
    ) -> [Buffer] {
        (0..<count).map { index in
            let lower = Int.random(in: 0..<duration, using: &self)
            let width = Int.random(in: 1...min(longest, duration - lower), using: &self)
            return Buffer(
                id: "t\(index)", lower: lower, upper: lower + width,
                size: Int.random(in: 1...largest, using: &self),
                alignment: alignments.randomElement(using: &self) ?? 1)
        }
    }
}

extension Numbers {
    /// At every moment exactly `height` bytes live: what ends at a moment is followed by as much of other sizes. Some
    /// such problems need more than lives at once, since no plan has gaps just where the next sizes need them.
    mutating func tightProblem(height: Int, moments: Int) throws -> AllocationProblem {
        var (ended, live): ([Buffer], [Buffer]) = ([], [])
        for moment in 0..<moments {
            live.shuffle(using: &self)
            let ending = live.isEmpty ? 0 : Int.random(in: 1...live.count, using: &self)
            var room = live.isEmpty ? height : live.prefix(ending).map(\.size).reduce(0, +)
            ended += live.prefix(ending).map { buffer in
                var buffer = buffer
                buffer.upper = moment
                return buffer
            }
            live.removeFirst(ending)
            while room > 0 {
                let size = Int.random(in: 1...room, using: &self)
                live.append(Buffer(id: "", lower: moment, upper: moments, size: size, alignment: 1))
                room -= size
            }
        }
        return try AllocationProblem(
            (ended + live).enumerated().map { index, buffer in
                var buffer = buffer
                buffer.id = "t\(index)"
                return buffer
            })
    }
}

/// Answers by the definition, for comparison.
enum Oracle {
    /// The largest sum of sizes that live at one moment.
    static func maxLive(_ problem: AllocationProblem) -> Int {
        problem.buffers.map { moment in
            problem.buffers.filter { $0.lower <= moment.lower && moment.lower < $0.upper }.map(\.size).reduce(0, +)
        }.max() ?? 0
    }

    /// The least peak, by trying every order: buffers that fall down onto one another in the order of the best plan's
    /// offsets end up in that plan or below.
    static func leastPeak(_ problem: AllocationProblem) -> Int {
        var order = Array(problem.buffers.indices)
        var best = Int.max
        permute(&order, 0) { best = min(best, drop(problem.buffers, $0)) }
        return best
    }

    /// Whether there is a plan within a capacity: every offset is tried for each buffer, by ascending start of its
    /// lifetime. For sizes of some few bytes without alignment.
    static func fits(_ problem: AllocationProblem, capacity: Int) -> Bool {
        let buffers = problem.buffers.sorted { $0.lower < $1.lower }
        var offsets: [Int] = []
        func place() -> Bool {
            guard offsets.count < buffers.count else { return true }
            let buffer = buffers[offsets.count]
            let taken = offsets.indices.filter { buffers[$0].upper > buffer.lower }
                .map { offsets[$0]..<offsets[$0] + buffers[$0].size }
            for offset in stride(from: 0, through: capacity - buffer.size, by: 1)
            where !taken.contains(where: { $0.overlaps(offset..<offset + buffer.size) }) {
                offsets.append(offset)
                if place() { return true }
                offsets.removeLast()
            }
            return false
        }
        return place()
    }

    private static func drop(_ buffers: [Buffer], _ order: [Int]) -> Int {
        var (offsets, peak) = (Array(repeating: 0, count: buffers.count), 0)
        for (place, index) in order.enumerated() {
            let buffer = buffers[index]
            var offset = 0
            for other in order.prefix(place)
            where buffers[other].lower < buffer.upper && buffer.lower < buffers[other].upper {
                offset = max(offset, offsets[other] + buffers[other].size)
            }
            offset = (offset + buffer.alignment - 1) / buffer.alignment * buffer.alignment
            offsets[index] = offset
            peak = max(peak, offset + buffer.size)
        }
        return peak
    }

    private static func permute(_ order: inout [Int], _ fixed: Int, _ visit: ([Int]) -> Void) {
        guard fixed < order.count else { return visit(order) }
        for index in fixed..<order.count {
            order.swapAt(fixed, index)
            permute(&order, fixed + 1, visit)
            order.swapAt(fixed, index)
        }
    }
}

/// Real data that does not come with the project, in a folder beside the repository.
enum SharedData {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/data")

    static func isPresent(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: folder.appending(path: path).path)
    }
}

/// A file that goes with its scope.
@discardableResult
func withFile<Output>(_ name: String, _ text: String, _ body: (URL) throws -> Output) throws -> Output {
    let folder = FileManager.default.temporaryDirectory.appending(path: "address-planning-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: name)
    try Data(text.utf8).write(to: file)
    return try body(file)
}
