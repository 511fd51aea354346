import CQuantisation
import ProductQuantisation
import Testing

/// Code books, codes and what is computed from them, against plain arithmetic.
@Suite struct CodebookTests {
    static let shapes = [1, 2, 4, 8].flatMap { subspaces in
        [1, 3, 4, 6, 8].map { QuantisedShape(dimension: 32, subspaces: subspaces, bits: $0) }
    }

    private func learned(_ keys: Keys, _ shape: QuantisedShape, iterations: Int = 4) -> Codebook {
        Codebook(
            learning: keys.rows, count: keys.count, stride: keys.dimension, shape, start: .sampled(seed: 7),
            iterations: iterations)
    }

    private func codes(_ keys: Keys, _ book: Codebook) -> [UInt8] {
        var codes = [UInt8](repeating: 0, count: CodeBlocks.byteCount(keys: keys.count, book.shape))
        book.encode(keys.rows, count: keys.count, stride: keys.dimension, into: &codes, at: 0)
        return codes
    }

    /// Each code names a centroid that no other one is nearer than.
    @Test(arguments: shapes) func codesNameTheNearestCentroid(shape: QuantisedShape) {
        let keys = Keys(600, seed: 1)
        let book = learned(keys, shape)
        let codes = codes(keys, book)
        for key in stride(from: 0, to: keys.count, by: 7) {
            for j in 0..<shape.subspaces {
                let part = keys[key][j * shape.width..<(j + 1) * shape.width]
                let distances = (0..<shape.centroids).map { centroid in
                    let start = (j * shape.centroids + centroid) * shape.width
                    return squaredDistance(part, book.centroids[start..<start + shape.width])
                }
                let code = Int(codes[CodeBlocks.offset(key: key, subspace: j, shape)])
                #expect(distances[code] <= distances.min()! * (1 + 1e-5) + 1e-6)
            }
        }
    }

    /// A score is the query's product with what a key's codes stand for; a distance is that to it.
    @Test(arguments: shapes) func scoresAreThoseOfDecodedKeys(shape: QuantisedShape) {
        let keys = Keys(600, seed: 2)
        let book = learned(keys, shape)
        let codes = codes(keys, book)
        let query = Keys(1, seed: 3)[0]
        var table = [Float](repeating: 0, count: shape.tableCount)
        var (products, distances) = ([Float](repeating: 0, count: 600), [Float](repeating: 0, count: 600))
        book.innerProducts(query, into: &table)
        scanCodes(table, shape, codes: codes, keys: 0..<600, into: &products)
        book.squaredDistances(query, into: &table)
        scanCodes(table, shape, codes: codes, keys: 0..<600, into: &distances)
        var decoded = [Float](repeating: 0, count: 32)
        for key in 0..<600 {
            book.decode(codes, at: key, into: &decoded)
            #expect(abs(products[key] - product(query, decoded)) < 1e-4)
            #expect(abs(distances[key] - squaredDistance(query, decoded)) < 1e-3)
        }
    }

    /// Frozen centroids: how many are coded at once, and from where on, does not matter.
    @Test(arguments: shapes) func codingOneByOneIsCodingInBatches(shape: QuantisedShape) {
        let keys = Keys(300, seed: 4)
        let book = learned(keys, shape)
        let whole = codes(keys, book)
        var (single, batches) = (whole.map { _ in UInt8(0) }, whole.map { _ in UInt8(0) })
        for key in 0..<300 {
            book.encode(keys[key], count: 1, stride: 32, into: &single, at: key)
        }
        for (start, end) in [(0, 1), (1, 64), (64, 65), (65, 200), (200, 300)] {
            keys.rows.withUnsafeBufferPointer {
                book.encode(
                    $0.baseAddress! + 32 * start, count: end - start, stride: 32, into: &batches, at: start)
            }
        }
        #expect(single == whole && batches == whole)
    }

    /// With a centroid for every distinct sub-vector, codes lose nothing: search by them is exact search, bit for bit.
    @Test(arguments: [1, 2, 4, 8], SearchMetric.allCases)
    func enoughCentroidsAreExact(subspaces: Int, metric: SearchMetric) {
        let shape = QuantisedShape(dimension: 32, subspaces: subspaces, bits: 6)
        let few = Keys(64, seed: 5)
        var random = Random(seed: 6)
        let keys = Keys((0..<2000).map { _ in few[Int(random.next() % 64)] })
        let book = learned(keys, shape, iterations: 25)
        let codes = codes(keys, book)
        for seed in 10..<20 {
            let query = Keys(1, seed: UInt64(seed))[0]
            let found = Search.quantised(100, nearest: query, metric, codes: codes, count: 2000, book)
            let exact = Search.exact(
                100, nearest: query, metric, rows: keys.rows, count: 2000, stride: 32, shape)
            #expect(found == exact)
        }
    }

    @Test func ofCentroidsThatAreAsNearTheLowerOneIsTaken() {
        let shape = QuantisedShape(dimension: 2, subspaces: 1, bits: 5)
        // Each centroid twice, 16 apart.
        let half = (0..<16).flatMap { [Float($0), Float(0)] }
        let book = Codebook(centroids: half + half, shape)
        var codes = [UInt8](repeating: 0, count: CodeBlocks.byteCount(keys: 32, shape))
        book.encode(half + half, count: 32, stride: 2, into: &codes, at: 0)
        #expect(Array(codes.prefix(32)) == (0..<32).map { UInt8($0 % 16) })
        book.encode([3.5, 0], count: 1, stride: 2, into: &codes, at: 0)
        #expect(codes[0] == 3)
    }

    @Test func bytesAreReadBack() throws {
        let shape = QuantisedShape(dimension: 32, subspaces: 4, bits: 5)
        let book = learned(Keys(200, seed: 8), shape)
        let bytes = book.bytes
        #expect(bytes.withUnsafeBytes { Codebook(bytes: $0, shape) } == book)
        #expect(bytes.dropLast().withUnsafeBytes { Codebook(bytes: $0, shape) } == nil)
        var broken = bytes
        broken.replaceSubrange(0..<4, with: [0, 0, 0xC0, 0x7F])
        #expect(broken.withUnsafeBytes { Codebook(bytes: $0, shape) } == nil, "not a number")
    }

    @Test func shapesSayWhatIsWrong() {
        #expect(QuantisedShape(dimension: 32, subspaces: 2, bits: 6).problems.isEmpty)
        for (dimension, subspaces, bits) in [(0, 1, 6), (32, 0, 6), (32, 3, 6), (32, 2, 0), (32, 2, 9), (1024, 1, 6)] {
            let shape = QuantisedShape(dimension: dimension, subspaces: subspaces, bits: bits)
            #expect(!shape.problems.isEmpty, "\(shape)")
        }
    }
}
