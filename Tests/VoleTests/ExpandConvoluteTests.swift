import CVole
import Testing
import Vole

@Suite struct ExpandConvoluteTests {
    /// The code as a matrix over bits of m rows and 2 m columns, from the definition in CVole.h.
    private struct Matrix {
        let rows: [[Bool]]

        init(count m: Int) {
            let key = schedule("colonnade/align/code/v1")
            func word(_ index: Int, stream: Int) -> UInt64 {
                let block = encrypt(BinaryElement(low: UInt64(index / 4), high: UInt64(stream)), key)
                return (index % 4 < 2 ? block.low : block.high) >> UInt64(index % 2 * 32) & 0xFFFF_FFFF
            }
            // Row i: what entry i of the second half is made of, as it is convolved.
            var convolved = (0..<m).map { i in (0..<m).map { $0 == i } }
            func add(_ source: [Bool], to target: inout [Bool]) {
                for (index, bit) in source.enumerated() where bit { target[index].toggle() }
            }
            for pass in 1...2 {
                for i in 0..<m {
                    let taps = word(i, stream: pass)
                    for j in 1...25 where j == 25 || taps >> UInt64(j - 1) & 1 == 1 {
                        add(convolved[i], to: &convolved[(i + j) % m])
                    }
                }
            }
            rows = (0..<m).map { i in
                var row = (0..<m).map { $0 == i } + [Bool](repeating: false, count: m)
                for j in 0..<21 {
                    let range = j < 10 ? 0..<m : (j - 10) * m / 11..<(j - 9) * m / 11
                    let place = range.lowerBound + (Int(word(24 * i + j, stream: 0)) * range.count) >> 32
                    for column in 0..<m where convolved[place][column] { row[m + column].toggle() }
                }
                return row
            }
        }

        func times(_ vector: [UInt64], words: Int) -> [UInt64] {
            rows.flatMap { row in
                (0..<words).map { word in
                    row.indices.reduce(0) { $0 ^ (row[$1] ? vector[$1 * words + word] : 0) }
                }
            }
        }
    }

    private func compress(_ vector: [UInt64], words: Int, path: VolePath) -> [UInt64] {
        let secret = SecretWords(vector)
        ExpandConvolute(path: path).compress(secret, words: words)
        return secret.copy()
    }

    @Test(arguments: [64, 65, 100, 255, 256, 257, 300]) func isItsMatrix(count: Int) {
        let matrix = Matrix(count: count)
        var generator = SplitMix(seed: count)
        for words in 1...2 {
            let vector = generator.words(2 * count * words)
            for path in VolePath.available {
                #expect(compress(vector, words: words, path: path) == matrix.times(vector, words: words))
            }
        }
    }

    /// Rows of the matrix are about half ones in the second half: convolution spreads every entry over all.
    @Test func rowsAreDense() {
        let weights = Matrix(count: 512).rows.map { $0[512...].count { $0 } }
        #expect(weights.allSatisfy { (180...332).contains($0) })
    }

    @Test(arguments: [64, 1000, 5000, 40_000]) func isLinearAndTheSameOnAllPaths(count: Int) {
        var generator = SplitMix(seed: count)
        for words in 1...2 {
            let (x, y) = (generator.words(2 * count * words), generator.words(2 * count * words))
            let images = VolePath.available.map { compress(x, words: words, path: $0) }
            #expect(images.allSatisfy { $0 == images[0] })
            let sum = compress(zip(x, y).map { $0 ^ $1 }, words: words, path: .fastest)
            let other = compress(y, words: words, path: .fastest)
            #expect(sum == zip(images[0], other).map { $0 ^ $1 })
        }
    }

    /// Both words of an element go the way of one word.
    @Test func wordsDoNotMeet() {
        var generator = SplitMix(seed: 1)
        let (low, high) = (generator.words(2000), generator.words(2000))
        let both = compress(zip(low, high).flatMap { [$0, $1] }, words: 2, path: .fastest)
        let (first, second) = (compress(low, words: 1, path: .fastest), compress(high, words: 1, path: .fastest))
        #expect(both == zip(first, second).flatMap { [$0, $1] })
    }
}
