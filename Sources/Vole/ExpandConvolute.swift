internal import CVole

/// The linear code that makes m pseudorandom elements of 2 m that are mostly zero: expand-convolute, 21 x 24, rate 1/2. A binary code,
/// so it takes vectors of whatever bits.
///
/// The second half is convolved twice; then 21 of its entries are added to each entry of the first. `CVole.h` says exactly how. Which
/// ones follows from a seed that all instances share.
///
/// - Source: S. Raghuraman, P. Rindal, T. Tanguy, *Expand-convolute codes for pseudorandom correlation generators from LPN*, CRYPTO
///   2023, eprint 2023/882.
package struct ExpandConvolute: Sendable {
    /// The label of the code's seed. It is part of the protocol.
    private static let key = PublicKeys("colonnade/align/code/v1")
    /// The m that are taken.
    private static let counts = Int(CV_MIN_COUNT)...VoleParameters.counts.upperBound
    /// Rows for one core at a time.
    private static let run = Int(CV_ROWS) << 9

    private let path: VolePath

    package init(path: VolePath = .fastest) { self.path = path }

    /// Compresses a vector in place to half its length.
    ///
    /// - Parameter words: Words of an entry, 1 or 2.
    package func compress(_ vector: SecretWords, words: Int) {
        precondition(words == 1 || words == 2, "entries have one or two words")
        let count = vector.count / words / 2
        precondition(Self.counts.contains(count), "the code makes \(Self.counts) elements")
        precondition(vector.count == 2 * count * words, "a vector has an even number of entries")
        vector.withUnsafeWords { buffer in
            guard let start = buffer.baseAddress else { return }
            nonisolated(unsafe) let (first, second) = (start, start + words * count)  // each run writes rows of its own
            let (path, key) = (path, Self.key.schedules)
            for pass: UInt64 in 1...2 { path.kernels.convolve(second, words, count, pass, key) }
            _ = inParallel(count: (count + Self.run - 1) / Self.run) { index in
                let begin = index * Self.run
                path.kernels.expand(first, second, words, count, begin, min(begin + Self.run, count), key)
            }
        }
        vector.truncate(to: words * count)
    }
}
