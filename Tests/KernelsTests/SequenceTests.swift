import Glibc
import Kernels
import Testing

@Suite struct EmbeddingTests {
    @Test func gathersAndScatters() {
        var numbers = Numbers(seed: 20)
        let (embedding, rows) = (Embedding(count: 40, columns: 5), 300)
        let table = numbers.floats(200)
        let indices = numbers.indices(rows, below: 40).map { $0 == 7 ? 8 : $0 }
        let gradient = numbers.floats(rows * 5)
        var y = [Float].unset(rows * 5)
        for range in partitions[2] { embedding.gather(table, indices, into: &y, rows: range) }
        #expect(y == indices.flatMap { table[Int($0) * 5..<Int($0) * 5 + 5] })

        var (whole, parts) = ([Float].zeros(200), [Float].zeros(200))
        embedding.scatterAdd(gradient, indices, addingTo: &whole, rows: 0..<rows)
        for range in partitions[1] { embedding.scatterAdd(gradient, indices, addingTo: &parts, rows: range) }
        #expect(whole.bits == parts.bits)
        let expected = (0..<200).map { place in
            indices.enumerated().reduce(0.0) {
                $0 + (Int($1.element) == place / 5 ? Double(gradient[$1.offset * 5 + place % 5]) : 0)
            }
        }
        expect(whole, near: expected, within: 1e-6, "sums of some ten rows")

        var (touched, order) = ([Int32](repeating: -1, count: rows), [UInt64](repeating: 0, count: rows))
        var sparse = [Float].unset(rows * 5)
        let count = embedding.sparseGradient(
            gradient, indices, touched: &touched, touchedGradient: &sparse, rows: 0..<rows, order: &order)
        #expect(Array(touched[..<count]) == Set(indices).sorted())
        for (place, index) in touched[..<count].enumerated() {
            #expect(Array(sparse[place * 5..<place * 5 + 5]) == Array(whole[Int(index) * 5..<Int(index) * 5 + 5]))
        }
    }

    @Test func noEventsTouchNothing() {
        let embedding = Embedding(count: 4, columns: 2)
        var (touched, order, sparse): ([Int32], [UInt64], [Float]) = ([0], [0], [0, 0])
        let none: Range<Int> = 0..<0
        #expect(
            embedding.sparseGradient(
                [0, 0], [0], touched: &touched, touchedGradient: &sparse, rows: none, order: &order) == 0)
    }

    /// Every order of a few distinct indices: each comes out once, with its own row.
    @Test func sortsTouchedRows() {
        let embedding = Embedding(count: 4, columns: 1)
        for word in 0..<256 {
            let indices = (0..<4).map { Int32(word >> (2 * $0) & 3) }
            for count in 1...4 where Set(indices[..<count]).count == count {
                var (touched, sparse) = ([Int32](repeating: -1, count: 4), [Float].unset(4))
                var order = [UInt64](repeating: 0, count: 4)
                let found = embedding.sparseGradient(
                    indices.map { Float($0) }, indices, touched: &touched, touchedGradient: &sparse, rows: 0..<count,
                    order: &order)
                #expect(found == count)
                #expect(Array(touched[..<count]) == indices[..<count].sorted())
                #expect(sparse[..<count].map { Int32($0) } == Array(touched[..<count]))
            }
        }
    }

    @Test func trapsOnAnIndexBeyondTheTable() async {
        await #expect(processExitsWith: .failure) {
            var y: [Float] = [0, 0]
            Embedding(count: 4, columns: 2).gather([Float](repeating: 0, count: 8), [4], into: &y, rows: 0..<1)
        }
    }
}

@Suite struct TimeGapTests {
    @Test func agreesWithFiniteDifferences() {
        var numbers = Numbers(seed: 21)
        let (gap, rows) = (TimeGap(columns: 19, unit: 60), 30)
        let (x, g) = (numbers.floats(rows * 19), numbers.floats(rows * 19))
        let (w, b, gaps) = (numbers.floats(19), numbers.floats(19), numbers.floats(rows, in: 0...1e6))
        func mirror(_ w: [Double], _ b: [Double]) -> [Double] {
            x.indices.map { Double(x[$0]) + log1p(Double(gaps[$0 / 19]) / 60) * w[$0 % 19] + b[$0 % 19] }
        }
        func results(_ ranges: [Range<Int>]) -> [[Float]] {
            var (y, dw, db) = ([Float].unset(x.count), [Float].zeros(19), [Float].zeros(19))
            for rows in ranges {
                gap.forward(x, gaps: gaps, weights: w, bias: b, into: &y, rows: rows)
                gap.addParameterGradients(g, gaps: gaps, weightGradient: &dw, biasGradient: &db, rows: rows)
            }
            return [y, dw, db]
        }
        let whole = results([0..<rows])
        expect(whole[0], near: mirror(w.doubles, b.doubles), within: 2e-6, "output")
        expect(whole[1], near: differences(w, weights: g) { mirror($0, b.doubles) }, within: 1e-5, "weights")
        expect(whole[2], near: differences(b, weights: g) { mirror(w.doubles, $0) }, within: 1e-5, "bias")
        #expect(results([0..<1, 1..<17, 17..<rows]).map(\.bits) == whole.map(\.bits))
    }
}

@Suite struct PoolingTests {
    @Test func agreesWithFiniteDifferences() {
        var numbers = Numbers(seed: 22)
        let (rows, columns) = (11, 5)
        let (x, g) = (numbers.floats(rows * columns), numbers.floats(columns))
        func mirror(_ x: [Double]) -> [Double] {
            (0..<columns).map { column in (0..<rows).reduce(0) { $0 + x[$1 * columns + column] } / Double(rows) }
        }
        func results(_ ranges: [Range<Int>]) -> [[Float]] {
            var mean = [Float].zeros(columns)
            var (dx, dLast) = ([Float].unset(x.count), [Float].unset(x.count))
            for range in ranges {
                Pooling.addToMean(x, rows: range, count: rows, columns: columns, mean: &mean)
                Pooling.meanGradient(g, rows: range, count: rows, columns: columns, into: &dx)
                Pooling.lastGradient(g, rows: range, count: rows, columns: columns, into: &dLast)
            }
            return [mean, dx, dLast]
        }
        let whole = results([0..<rows])
        expect(whole[0], near: mirror(x.doubles), within: 1e-6, "mean")
        expect(whole[1], near: differences(x, weights: g, of: mirror), within: 1e-6, "gradient of the mean")
        expect(
            whole[2], near: differences(x, weights: g) { Array($0.suffix(columns)) }, within: 1e-6,
            "gradient of the last")
        #expect(results([0..<4, 4..<10, 10..<rows]).map(\.bits) == whole.map(\.bits))
        var last = [Float].unset(columns)
        Pooling.last(x, count: rows, columns: columns, into: &last)
        #expect(last == x.suffix(columns))
    }
}
