internal import Residues
internal import Synchronization
internal import Workers

/// Powers of h_s that hide ciphertexts, as many as were drawn: computed when they are used, or ahead of that on idle cores.
/// Good once; exponents and powers are wiped when it goes.
public final class Noise: RandomizingNoise {
    private struct State: Sendable {
        /// Powers of eight exponents each, in Montgomery's form; nil where they are not yet there.
        var blocks: [ElementBlock?]
        /// The first block that nobody has begun ahead.
        var next = 0
        var isTaken = false
    }

    private let exponents: [Exponent]
    private let power: @Sendable (ArraySlice<Exponent>) -> ElementBlock
    private let state: Mutex<State>

    /// - Parameter power: Of at most eight exponents.
    init(exponents: [Exponent], power: @escaping @Sendable (ArraySlice<Exponent>) -> ElementBlock) {
        self.exponents = exponents
        self.power = power
        state = Mutex(State(blocks: .init(repeating: nil, count: blockCount(exponents.count))))
    }

    public func makeAhead() { NoiseMakers.shared.add(self) }

    /// Makes one more block.
    ///
    /// - Returns: Whether there was one to make.
    func makeBlock() -> Bool {
        let claimed = state.withLock { state -> Int? in
            guard !state.isTaken, state.next < state.blocks.count else { return nil }
            state.next += 1
            return state.next - 1
        }
        guard let index = claimed else { return false }
        let block = block(index)
        state.withLock { if !$0.isTaken { $0.blocks[index] = block } }
        return true
    }

    /// All blocks; what is not there is made now, that which is in the making included: its maker may have to wait for a core.
    ///
    /// - Throws: `PaillierError.cancelled`; the noise is spent all the same.
    func take(_ count: Int) throws(PaillierError) -> [ElementBlock] {
        precondition(count == exponents.count, "noise for as many ciphertexts")
        let made = state.withLock { state -> [ElementBlock?] in
            precondition(!state.isTaken, "noise is good once")
            state.isTaken = true
            defer { state.blocks = [] }
            return state.blocks
        }
        return try inParallel(count: made.count) { made[$0] ?? self.block($0) }
    }

    private func block(_ index: Int) -> ElementBlock {
        power(exponents[index * blockSize..<min((index + 1) * blockSize, exponents.count)])
    }
}

/// Threads that make noise ahead where cores would be idle otherwise.
private final class NoiseMakers: Sendable {
    static let shared = NoiseMakers()

    private struct Weak: Sendable {
        weak let noise: Noise?
    }

    private struct State: Sendable {
        var waiting: [Weak] = []
        var working = 0
    }

    private let state = Mutex(State())

    /// Threads come with the first noise and go with the last.
    func add(_ noise: Noise) {
        let isWanted = state.withLock { state in
            state.waiting.append(Weak(noise: noise))
            guard state.working < WorkerPool.shared.threads else { return false }
            state.working += 1
            return true
        }
        if isWanted { startThread(isBackground: true) { [self] in work() } }
    }

    private func work() {
        while let noise = next() {
            // One block at a time, so that several threads share one noise and a taken one is let go of.
            if noise.makeBlock() { continue }
            state.withLock { state in state.waiting.removeAll { $0.noise == nil || $0.noise === noise } }
        }
    }

    private func next() -> Noise? {
        state.withLock { state in
            state.waiting.removeAll { $0.noise == nil }
            if let noise = state.waiting.first?.noise { return noise }
            state.working -= 1
            return nil
        }
    }
}
