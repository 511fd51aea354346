import Foundation
import ProductQuantisation
import RetrievalQuality
import Testing

/// Attention that codes find, on keys of MiniLM over this project's own text.
///
/// The heads are every ninth one of the model's 72, whatever their figures, and the keys are few, 2,048 of each, so that the file is small.
/// All heads and 8,192 keys of each are what `colonnade-bench retrieval anchors` measures.
@Suite struct SelectionQualityTests {
    private static let keys: MeasuredHeads? = Bundle.module.url(forResource: "Vectors/keys", withExtension: "bin")
        .flatMap { try? MeasuredHeads(reading: $0.path) }

    private func codebook(_ head: MeasuredHeads.Head, _ shape: QuantisedShape, _ seed: UInt64 = 1) -> Codebook {
        head.keys.withUnsafeBufferPointer {
            let first = AttentionBudget.sink
            return Codebook(
                learning: $0.baseAddress! + first * shape.dimension, count: $0.count / shape.dimension - first,
                stride: shape.dimension, shape, start: .sampled(seed: seed), iterations: 10)
        }
    }

    private func codes(_ keys: [Float], _ book: Codebook) -> [UInt8] {
        let count = keys.count / book.shape.dimension
        var codes = [UInt8](repeating: 0, count: CodeBlocks.byteCount(keys: count, book.shape))
        book.encode(keys, count: count, stride: book.shape.dimension, into: &codes, at: 0)
        return codes
    }

    /// Measured with AVX-512: 0.9321, 0.8735, 0.9565 and 0.9179. Bounds are lower by as much as other seeds and other processors, which
    /// round otherwise, may make of it, and above what the code books keep that are learned with all keys counting alike: 0.9203, 0.8526,
    /// 0.9480 and 0.9007.
    @Test(arguments: [(2, 0.2, 0.925), (2, 0.1, 0.865), (4, 0.2, 0.951), (4, 0.1, 0.911)])
    func codesFindAttention(subspaces: Int, share: Double, least: Double) throws {
        let file = try #require(Self.keys)
        #expect(file.heads.count == 8 && file.count == 2048)
        let shape = QuantisedShape(dimension: file.dimension, subspaces: subspaces, bits: 6)
        let qualities = (1...3).flatMap { seed in
            file.heads.map { head in
                let book = codebook(head, shape, UInt64(seed))
                return SelectionQuality(
                    queries: head.queries, keys: head.keys, codes: codes(head.keys, book), book,
                    AttentionBudget(share: share, of: file.count))
            }
        }
        let (found, exact) = (qualities.reduce(0) { $0 + $1.mass }, qualities.reduce(0) { $0 + $1.exactMass })
        #expect(found / exact >= least, "\(found / exact)")
        for quality in qualities { #expect(quality.mass <= quality.exactMass && quality.recall > 0.4) }
    }

    /// All keys attended to: all the weight.
    @Test func wholeBudgetIsAll() throws {
        let file = try #require(Self.keys)
        let shape = QuantisedShape(dimension: file.dimension, subspaces: 2, bits: 6)
        let head = file.heads[0]
        let book = codebook(head, shape)
        let quality = SelectionQuality(
            queries: head.queries, keys: head.keys, codes: codes(head.keys, book), book,
            AttentionBudget(share: 1, of: file.count))
        #expect(abs(quality.mass - 1) < 1e-9 && quality.recall == 1)
    }

    /// Four keys, a budget of two: figures that can be worked out by hand.
    @Test func figuresAreThoseByHand() {
        let shape = QuantisedShape(dimension: 1, subspaces: 1, bits: 1)
        // Two centroids: keys 0 and 1 look alike, and of those the first is taken, though the second is better.
        let book = Codebook(centroids: [1.5, -1], shape)
        let keys: [Float] = [1, 2, -1, -1]
        let budget = AttentionBudget(share: 0.5, of: 4, sink: 0)
        #expect((budget.sink, budget.recent, budget.retrieved) == (0, 1, 1))
        let quality = SelectionQuality(queries: [1], keys: keys, codes: codes(keys, book), book, budget)
        let whole = exp(1.0) + exp(2.0) + 2 * exp(-1.0)
        #expect(abs(quality.mass - (exp(1.0) + exp(-1.0)) / whole) < 1e-6)
        #expect(abs(quality.exactMass - (exp(2.0) + exp(-1.0)) / whole) < 1e-6)
        #expect(quality.recall == 0)
    }

    @Test func budgetsAreHalvesOfAShare() {
        let budget = AttentionBudget(share: 0.2, of: 1032)
        #expect((budget.sink, budget.recent, budget.retrieved) == (32, 100, 100))
        #expect(budget.candidates(of: 1032) == 32..<932)
        let short = AttentionBudget(share: 0.5, of: 20)
        #expect((short.sink, short.recent) == (20, 0))
        #expect(short.candidates(of: 20).isEmpty)
    }

    @Test func otherFilesAreRefused() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "keys-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        let noise = Data(repeating: 1, count: 96)
        for bytes in [Data("KEYS".utf8), noise, Data("KEYS".utf8) + noise] {
            try bytes.write(to: URL(filePath: file))
            #expect(throws: MeasuredHeads.Malformed.self) { try MeasuredHeads(reading: file) }
        }
    }
}
