public import Cryptography
internal import Synchronization

/// The source of the executable specification's vectors: their parties have capital letters, ours may not.
public final class VectorSource: RandomSource {
    private let recorded: RecordedRandomSource
    private let names: NameList

    /// Names drawn by all parties.
    public final class NameList: Sendable {
        private let drawn = Mutex<Set<String>>([])

        /// None yet.
        public init() {}

        /// Those of masks and initial shares.
        public var masks: Set<String> { drawn.withLock { $0.filter { !$0.hasSuffix("/RANDOMIZER") } } }

        fileprivate func insert(_ name: String) { drawn.withLock { _ = $0.insert(name) } }
    }

    /// - Parameters:
    ///   - seed: In hexadecimal.
    ///   - names: Where what is drawn is noted.
    public init(seed: String, names: NameList) {
        let hex = Array(seed)
        recorded = RecordedRandomSource(
            seed: stride(from: 0, to: hex.count, by: 2).compactMap { UInt8(String(hex[$0...$0 + 1]), radix: 16) })
        self.names = names
    }

    public func stream(_ name: String) throws(RandomError) -> RandomStream {
        let parts = name.split(separator: "/")
        let capital = (parts.prefix(2) + parts.dropFirst(2).map { $0.uppercased()[...] }).joined(separator: "/")
        names.insert(capital)
        return try recorded.stream(capital)
    }
}
