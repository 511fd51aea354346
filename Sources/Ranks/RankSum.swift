/// Sums in the order of the ranks.
enum RankSum {
    /// As many values as stay in the fastest cache from the first term to the last.
    private static let stretch = 2048

    /// `result[i] = terms[0][i] + terms[1][i] + ...`, from left to right, for each of the results. A result may be one of the terms.
    static func sum(_ terms: [UnsafePointer<Float>], count: Int, into results: [UnsafeMutablePointer<Float>]) {
        guard let first = terms.first else { return }
        withUnsafeTemporaryAllocation(of: Float.self, capacity: stretch) { sum in
            guard let sums = sum.baseAddress else { return }
            for start in Swift.stride(from: 0, to: count, by: stretch) {
                let length = min(stretch, count - start)
                sums.update(from: first + start, count: length)
                for term in terms.dropFirst() {
                    let values = term + start
                    for index in 0..<length { sums[index] += values[index] }
                }
                for result in results { (result + start).update(from: sums, count: length) }
            }
        }
    }

    /// The same of buffers of the same length; nothing where that is 0.
    static func sum(_ terms: [UnsafeMutableBufferPointer<Float>], into result: UnsafeMutableBufferPointer<Float>) {
        guard let place = result.baseAddress else { return }
        sum(terms.compactMap(\.baseAddress).map { UnsafePointer($0) }, count: result.count, into: [place])
    }
}
