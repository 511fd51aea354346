import Cryptography

/// A recorded source of randomness that is broken where it masks products or hides ciphertexts; everything else is drawn as always.
final class BrokenSource: RandomSource {
    enum Fault: Sendable, Equatable {
        /// A batch has the same masks in every epoch, which has so many batches.
        case reusedMasks(batches: Int)
        /// Masks have so many bytes, whatever is drawn.
        case narrowMasks(bytes: Int)
        /// Products are returned with the randomness that they had.
        case noRerandomisation
        /// Masks come from a linear congruential generator.
        case congruentialMasks(seed: UInt64)
    }

    /// Messages with masked products, by the names of their draws: `matmul/attempt/round/step/ends`.
    private static let steps: Set = ["F1", "F2", "B2"]

    private let seed: [UInt8]
    private let sound: RecordedRandomSource
    private let fault: Fault

    init(seed: [UInt8], _ fault: Fault) {
        self.seed = seed
        sound = RecordedRandomSource(seed: seed)
        self.fault = fault
    }

    func stream(_ name: String) throws(RandomError) -> RandomStream {
        let stream = try sound.stream(name)
        var parts = name.split(separator: "/")
        guard parts.count >= 5, parts[0] == "matmul", Self.steps.contains(String(parts[3])) else { return stream }
        let hidesCiphertexts = parts.last == "randomizer"
        switch fault {
        case .reusedMasks(let batches):
            guard !hidesCiphertexts, let round = Int(parts[2]) else { return stream }
            parts[2] = "\(round % batches)"
            return try RecordedRandomSource(seed: seed).stream(parts.joined(separator: "/"))
        case .narrowMasks(let bytes):
            return hidesCiphertexts ? stream : RandomStream(Narrow(stream: stream, bytes: bytes))
        case .noRerandomisation:
            return hidesCiphertexts ? RandomStream(Narrow(stream: stream, bytes: 0)) : stream
        case .congruentialMasks(let seed):
            guard !hidesCiphertexts else { return stream }
            let number = name.utf8.reduce(seed) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
            return RandomStream(Congruential(state: number))
        }
    }
}

/// Numbers of which all but the lowest bytes are zero: each is drawn by itself, little-endian.
private struct Narrow: ByteGenerator {
    let stream: RandomStream
    let bytes: Int

    mutating func next(_ count: Int) -> [UInt8] {
        let drawn = stream.bytes(count)
        return drawn.prefix(bytes) + [UInt8](repeating: 0, count: max(0, count - bytes))
    }
}

/// A linear congruential generator (Knuth's MMIX): looks uniform, and its seed says all of it.
private struct Congruential: ByteGenerator {
    var state: UInt64

    mutating func next(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
    }
}
