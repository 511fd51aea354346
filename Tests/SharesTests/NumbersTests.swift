import Arithmetic
import Shares
import Testing

private struct Numbers: Decodable {
    struct Encoding: Decodable {
        var real: Double
        var integer: String
    }
    struct Shift: Decodable {
        var value, floor, ceil, half_even: String
    }
    struct Ring: Decodable {
        var value, mod_64: String
    }
    var encode: [Encoding]
    var encode_refused: [Double]
    var clip_dZ: [Encoding]
    var shift_60: [Shift]
    var ring: [Ring]
}

@Suite struct NumbersTests {
    @Test func theSpecificationsNumbers() throws {
        let numbers = try vectors("numbers", as: Numbers.self)
        for case let (entry, clipping) in numbers.encode.map({ ($0, false) }) + numbers.clip_dZ.map({ ($0, true) }) {
            let limit: FixedPoint.Limit = clipping ? .derivative : .feature
            #expect(try FixedPoint.encode(entry.real, within: limit, clipping: clipping) == Int64(entry.integer))
        }
        for refused in numbers.encode_refused + [.nan, .infinity, -.infinity, 1e300] {
            #expect(throws: SharesError.outOfRange(limitBits: 23)) {
                try FixedPoint.encode(refused, within: .feature)
            }
        }
        for entry in numbers.shift_60 {
            let value = try Integer(decimal: entry.value)
            #expect(Rounding.floor.shift(value, by: 60).decimal == entry.floor)
            #expect(Rounding.ceiling.shift(value, by: 60).decimal == entry.ceil)
            #expect(Rounding.halfEven.shift(value, by: 60).decimal == entry.half_even)
        }
        for entry in numbers.ring {
            #expect(try Integer(decimal: entry.value).truncatingInt64 == Int64(entry.mod_64))
        }
    }

    @Test func clippingRefusesWhatIsNoNumber() throws {
        #expect(try FixedPoint.encode(-1e300, within: .derivative, clipping: true) == -(1 << 22 - 1))
        for value in [Double.nan, .infinity, -.infinity] {
            #expect(throws: SharesError.outOfRange(limitBits: 22)) {
                try FixedPoint.encode(value, within: .derivative, clipping: true)
            }
        }
    }

    @Test func encodedValuesComeBack() throws {
        for value in [0.0, 1.0 / 1024, -7.5, 3.0625] {
            #expect(FixedPoint.decode(try FixedPoint.encode(value, within: .feature)) == value)
        }
        #expect(FixedPoint.decode(-3 << 39, fractionBits: FixedPoint.productFractionBits) == -1.5)
    }

    @Test func limitsAreStrict() throws {
        let edge = Int64(1 << 23 - 1)
        try FixedPoint.check(Matrix(rows: 1, columns: 2, elements: [edge, -edge]), within: .feature)
        for value in [edge + 1, -edge - 1, .min, .max] {
            #expect(throws: SharesError.outOfRange(limitBits: 23)) {
                try FixedPoint.check(Matrix(rows: 1, columns: 1, elements: [value]), within: .feature)
            }
            #expect(throws: SharesError.outOfRange(limitBits: 23)) {
                try FixedPoint.check(SparseMatrix(columns: 3, rows: [[], [.init(2, value)]]), within: .feature)
            }
        }
    }

    /// Fixed-width shifts are those of the wide integers.
    @Test(arguments: [Rounding.floor, .ceiling, .halfEven])
    func roundingsAgree(rounding: Rounding) {
        var values: [Int64] = [.min, .min + 1, .max, .max - 1]
        for bits in [1, 20, 40] {
            for multiple in [Int64(-3), -2, -1, 0, 1, 2, 3] {
                for offset in [Int64(-1), 0, 1] { values.append(multiple << (bits - 1) + offset) }
            }
        }
        for value in values {
            for bits in [1, 20, 40] {
                let wide = rounding.shift(Integer(value), by: bits)
                #expect(Integer(rounding.shift(value, by: bits)) == wide)
                #expect(Integer(Int64(rounding.shift(Int128(value), by: bits))) == wide)
            }
        }
    }

    @Test func quotientsRoundTiesToEven() {
        #expect([-5, -4, 4, 5].map { Rounding.halfEvenQuotient($0, 10) } == [0, 0, 0, 0])
        #expect([-15, -6, 6, 15, 25].map { Rounding.halfEvenQuotient($0, 10) } == [-2, -1, 1, 2, 2])
        #expect([-5, -4, 4, 5].map { Rounding.halfEvenQuotient($0, 3) } == [-2, -1, 1, 2])
    }

    @Test func ringArithmeticWraps() {
        let left = Matrix<Int64>(rows: 1, columns: 2, elements: [.max, .min])
        let right = Matrix<Int64>(rows: 1, columns: 2, elements: [1, -1])
        #expect((left &+ right).elements == [.min, .max])
        #expect((left &- right).elements == [.max - 1, .min + 1])
        // (2^63 - 1) * 1 + (-2^63) * (-1) = 2^64 - 1
        #expect((left &* right.transposed()).elements == [-1])
        let product =
            Matrix<Int64>(rows: 2, columns: 3, elements: [1, 2, 3, 4, 5, 6])
            &* Matrix(rows: 3, columns: 2, elements: [7, 8, 9, 10, 11, 12])
        #expect(product == Matrix(rows: 2, columns: 2, elements: [58, 64, 139, 154]))
        let wide = Matrix<Integer>(rows: 1, columns: 2, elements: [Integer(powerOfTwo: 200) - 5, 1 << 63])
        #expect(wide.reduced.elements == [-5, .min])
    }

    /// A product with stored elements is that with all of them, in the ring.
    @Test func sparseProductsAreDenseOnes() {
        let dense = Matrix<Int64>(rows: 3, columns: 3, elements: [.max, 0, .min, 0, 0, 0, 0, 7, -1])
        let right = Matrix<Int64>(rows: 3, columns: 2, elements: [1, .max, 5, -3, -1, .min])
        let sparse = SparseMatrix(dense)
        #expect(sparse.storedCount == 4)
        #expect(sparse &* right == dense &* right)
        #expect(sparse.transposed() &* right == dense.transposed() &* right)
    }

    @Test func theWideRingWraps() {
        let left = Matrix<Int128>(rows: 1, columns: 2, elements: [.max, .min])
        let right = Matrix<Int128>(rows: 1, columns: 2, elements: [1, -1])
        #expect((left &+ right).elements == [.min, .max])
        #expect((left &- right).elements == [.max - 1, .min + 1])
        #expect((left &* right.transposed()).elements == [-1])
        let exact = left.exactProduct(Matrix<Int64>(rows: 2, columns: 2, elements: [1, .max, -1, .min]))
        #expect(exact.elements[0] == Integer(powerOfTwo: 128) - 1)
        #expect(exact.elements[1] == Integer(Int128.max) * Integer(Int64.max) + Integer(powerOfTwo: 190))
        #expect(exact.reduced(to: Int128.self).elements == [-1, exact.elements[1].truncatingInt128])
        #expect(exact.reduced == exact.reduced(to: Int64.self))
    }

    @Test func fractionsAreUnsignedDecimals() throws {
        #expect(try Fraction(decimal: "0.050") == Fraction(decimal: "0.050"))
        for text in [
            "", ".", "1.", ".5", "-0.5", "0.-5", "1e-3", "0x1", "1.2.3", " 1", String(repeating: "1", count: 41),
        ] {
            #expect(throws: SharesError.notDecimal) { try Fraction(decimal: text) }
        }
    }
}
