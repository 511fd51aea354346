import Glibc
import Kernels
import Testing

/// Attention in Float64 by its definition, one matrix of weights for each head.
private struct Reference {
    let heads, dimension, events: Int

    private func at(_ event: Int, _ head: Int) -> Int { (event * heads + head) * dimension }

    /// The scores of what an event sees, and their log-sum-exp.
    private func scores(_ q: [Double], _ k: [Double], _ event: Int, _ head: Int) -> (scores: [Double], logSum: Double) {
        let scores = (0...event).map { key in
            (0..<dimension).reduce(0) { $0 + q[at(event, head) + $1] * k[at(key, head) + $1] }
                / Double(dimension).squareRoot()
        }
        let largest = scores.max()!
        return (scores, largest + log(scores.reduce(0) { $0 + exp($1 - largest) }))
    }

    func forward(_ q: [Double], _ k: [Double], _ v: [Double]) -> (output: [Double], logSums: [Double]) {
        var output = [Double](repeating: 0, count: q.count)
        var logSums: [Double] = []
        for event in 0..<events {
            for head in 0..<heads {
                let (scores, logSum) = scores(q, k, event, head)
                for key in 0...event {
                    for column in 0..<dimension {
                        output[at(event, head) + column] += exp(scores[key] - logSum) * v[at(key, head) + column]
                    }
                }
                logSums.append(logSum)
            }
        }
        return (output, logSums)
    }

    /// Through the whole matrix: `dP = dO Vᵀ`, `dS = P (dP - Σ P dP)`.
    func backward(_ g: [Double], _ q: [Double], _ k: [Double], _ v: [Double]) -> [[Double]] {
        var gradients = [[Double]](repeating: [Double](repeating: 0, count: q.count), count: 3)
        let scale = 1 / Double(dimension).squareRoot()
        for event in 0..<events {
            for head in 0..<heads {
                let (scores, logSum) = scores(q, k, event, head)
                let weights = scores.map { exp($0 - logSum) }
                let slopes = (0...event).map { key in
                    (0..<dimension).reduce(0) { $0 + g[at(event, head) + $1] * v[at(key, head) + $1] }
                }
                let mean = zip(weights, slopes).reduce(0) { $0 + $1.0 * $1.1 }
                for key in 0...event {
                    let slope = weights[key] * (slopes[key] - mean) * scale
                    for column in 0..<dimension {
                        let (query, other) = (at(event, head) + column, at(key, head) + column)
                        gradients[0][query] += slope * k[other]
                        gradients[1][other] += slope * q[query]
                        gradients[2][other] += weights[key] * g[query]
                    }
                }
            }
        }
        return gradients
    }
}

/// One history, with Q, K and V side by side in rows.
private struct History {
    let attention: CausalAttention
    let events: Int
    var packed: [Float]
    let gradient: [Float]
    var width: Int { attention.heads * attention.dimension }

    init(_ attention: CausalAttention, events: Int, seed: UInt64) {
        var numbers = Numbers(seed: seed)
        let width = attention.heads * attention.dimension
        (self.attention, self.events) = (attention, events)
        packed = numbers.floats(events * 3 * width, in: -2...2)
        gradient = numbers.floats(events * width)
    }

    /// Q, K or V, or what is packed as these are.
    func part(_ part: Int, of packed: [Float]) -> [Float] {
        (0..<events).flatMap { packed[($0 * 3 + part) * width..<($0 * 3 + part + 1) * width] }
    }

    func forward(_ ranges: [Range<Int>]) -> (output: [Float], logSums: [Float]) {
        var (output, logSums) = ([Float].unset(events * width), [Float].unset(events * attention.heads))
        var scratch = [Float].unset(
            CausalAttention.forwardScratchCount(queryTile: attention.queryTile, keyTile: attention.keyTile))
        packed.withUnsafeBufferPointer {
            let q = $0.baseAddress!
            for rows in ranges {
                attention.forward(
                    q, q + width, q + 2 * width, into: &output, logSums: &logSums, events: events, rows: rows,
                    scratch: &scratch)
            }
        }
        return (output, logSums)
    }

    func backward(_ ranges: [Range<Int>]) -> [[Float]] {
        let (output, logSums) = forward([0..<events])
        var gradients = [Float].zeros(packed.count)
        var scratch = [Float].unset(
            CausalAttention.backwardScratchCount(queryTile: attention.queryTile, keyTile: attention.keyTile))
        packed.withUnsafeBufferPointer { packed in
            gradients.withUnsafeMutableBufferPointer { gradients in
                let (q, dq) = (packed.baseAddress!, gradients.baseAddress!)
                for rows in ranges {
                    attention.backward(
                        gradient, q, q + width, q + 2 * width, output: output, logSums: logSums, queryGradient: dq,
                        keyGradient: dq + width, valueGradient: dq + 2 * width, events: events, rows: rows,
                        scratch: &scratch)
                }
            }
        }
        return (0..<3).map { part($0, of: gradients) }
    }

    var inputs: [[Double]] { (0..<3).map { part($0, of: packed).doubles } }
}

private func attention(_ heads: Int, _ dimension: Int, _ queryTile: Int, _ keyTile: Int) -> CausalAttention {
    CausalAttention(
        heads: heads, dimension: dimension, stride: 3 * heads * dimension, queryTile: queryTile, keyTile: keyTile)
}

@Suite struct AttentionTests {
    /// The reference itself: its way back against finite differences of its way forward.
    @Test func referenceAgreesWithFiniteDifferences() {
        let history = History(attention(2, 3, 4, 4), events: 7, seed: 10)
        let reference = Reference(heads: 2, dimension: 3, events: 7)
        let inputs = history.inputs
        let expected = reference.backward(history.gradient.doubles, inputs[0], inputs[1], inputs[2])
        for part in 0..<3 {
            let found = differences(history.part(part, of: history.packed), weights: history.gradient) {
                var changed = inputs
                changed[part] = $0
                return reference.forward(changed[0], changed[1], changed[2]).output
            }
            #expect(zip(found, expected[part]).allSatisfy { abs($0 - $1) < 1e-8 })
        }
    }

    /// One event, less than a tile, a few tiles with a rest; tiles of keys that are smaller and larger than those of
    /// queries.
    @Test(arguments: [
        (1, 2, 16, 128, 256), (50, 1, 16, 128, 256), (150, 2, 64, 128, 256), (300, 1, 128, 128, 128),
        (100, 3, 20, 32, 8), (97, 2, 16, 16, 64), (33, 2, 5, 7, 5),
    ])
    func agreesWithTheDefinition(events: Int, heads: Int, dimension: Int, queryTile: Int, keyTile: Int) {
        let history = History(attention(heads, dimension, queryTile, keyTile), events: events, seed: 11)
        let reference = Reference(heads: heads, dimension: dimension, events: events)
        let inputs = history.inputs
        let expected = reference.forward(inputs[0], inputs[1], inputs[2])
        let (output, logSums) = history.forward([0..<events])
        expect(output, near: expected.output, within: 3e-6, "output")
        expect(logSums, near: expected.logSums, within: 2e-6, "log-sum-exp")
        let gradients = reference.backward(history.gradient.doubles, inputs[0], inputs[1], inputs[2])
        for (part, found) in history.backward([0..<events]).enumerated() {
            expect(found, near: gradients[part], within: 2e-5, "gradient of \(["Q", "K", "V"][part])")
        }
    }

    /// Scores of some hundreds, of which one may be the largest by far: weights of 0 and 1.
    @Test func largeScoresDoNotOverflow() {
        var history = History(attention(1, 16, 32, 16), events: 80, seed: 12)
        history.packed = history.packed.map { 20 * $0 }
        let inputs = history.inputs
        let expected = Reference(heads: 1, dimension: 16, events: 80).forward(inputs[0], inputs[1], inputs[2])
        let (output, logSums) = history.forward([0..<80])
        // Scores of 1,000 have an error of some 1e-4, and so have weights.
        expect(output, near: expected.output, within: 2e-3, "output")
        expect(logSums, near: expected.logSums, within: 1e-6, "log-sum-exp")
        #expect(history.backward([0..<80]).allSatisfy { $0.allSatisfy { $0.isFinite } })
    }

    @Test func tilesOfAnySizeAgree() {
        let first = History(attention(2, 32, 128, 256), events: 300, seed: 13)
        let (expected, gradients) = (first.forward([0..<300]), first.backward([0..<300]))
        for (queryTile, keyTile) in [(64, 64), (32, 300), (300, 17), (1, 128)] {
            let other = History(attention(2, 32, queryTile, keyTile), events: 300, seed: 13)
            let found = other.forward([0..<300])
            expect(found.output, near: expected.output.doubles, within: 3e-6, "output")
            expect(found.logSums, near: expected.logSums.doubles, within: 2e-6, "log-sum-exp")
            for (found, expected) in zip(other.backward([0..<300]), gradients) {
                expect(found, near: expected.doubles, within: 2e-5, "gradients")
            }
        }
    }

    @Test func rowsHaveTheSameBitsInAnyRangeOfTiles() {
        let history = History(attention(2, 32, 64, 96), events: 300, seed: 14)
        let whole = history.forward([0..<300])
        let gradients = history.backward([0..<300])
        for ranges in [[0..<64, 64..<256, 256..<300], [192..<300, 0..<128, 128..<192]] {
            let parts = history.forward(ranges)
            #expect(parts.output.bits == whole.output.bits)
            #expect(parts.logSums.bits == whole.logSums.bits)
            let found = history.backward(ranges)
            #expect(found[0].bits == gradients[0].bits)
            guard ranges[0].lowerBound == 0 else { continue }
            #expect(found[1].bits == gradients[1].bits && found[2].bits == gradients[2].bits)
        }
    }

    /// What comes later changes nothing: not a bit.
    @Test func eventsDoNotSeeTheFuture() {
        var history = History(attention(2, 16, 32, 64), events: 100, seed: 15)
        let before = history.forward([0..<100]).output
        for index in 70 * 3 * 32..<history.packed.count { history.packed[index] += 1 }
        let after = history.forward([0..<100]).output
        #expect(before[..<(70 * 32)] == after[..<(70 * 32)])
        #expect(before[(70 * 32)...] != after[(70 * 32)...])
    }
}
