package import Arithmetic
package import Cryptography
package import Shares
package import Specification

/// The masks that a feature party shares with each other feature party: added at one end of a pair, subtracted at the other, so
/// that the label party opens nothing but the sum over all of them.
package struct PairMasks: Sendable {
    private struct Pair {
        let name: String
        let source: any RandomSource
    }

    /// With the feature parties after and before this one in the job's order.
    private let later: [Pair]
    private let earlier: [Pair]

    /// - Parameters:
    ///   - order: All feature parties, in the job's order.
    ///   - sources: For each other one a source that both ends of their link key alike and nobody else can.
    /// - Throws: ``SourceLayerError/missing(_:_:)``.
    package init(
        of party: Party, order: [Party], sources: [Party: any RandomSource]
    ) throws(SourceLayerError) {
        let position = order.firstIndex(of: party) ?? 0
        func pair(with other: Party, _ first: Party, _ second: Party) throws(SourceLayerError) -> Pair {
            guard let source = sources[other] else { throw .missing("source of pair masks", other) }
            return Pair(name: "\(first)|\(second)", source: source)
        }
        later = try order[(position + 1)...].map { (other) throws(SourceLayerError) in
            try pair(with: other, party, other)
        }
        earlier = try order[..<position].map { (other) throws(SourceLayerError) in
            try pair(with: other, other, party)
        }
    }

    /// This party's sum of its masks for one message.
    ///
    /// - Parameter draw: The name of a pair's draw, from the name of the pair.
    /// - Throws: `RandomError` where it was drawn before.
    package func zeroSumMask<Element: RingElement>(
        rows: Int, columns: Int, draw: (_ pair: String) -> String
    ) throws(RandomError) -> Matrix<Element> {
        func streams(_ pairs: [Pair]) throws(RandomError) -> [RandomStream] {
            try pairs.map { (pair) throws(RandomError) in try pair.source.stream(draw(pair.name)) }
        }
        return .zeroSumMask(
            rows: rows, columns: columns, sharedWithLater: try streams(later),
            sharedWithEarlier: try streams(earlier))
    }
}
