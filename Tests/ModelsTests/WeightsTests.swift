import Arithmetic
import Foundation
import Models
import Testing

@Suite struct WeightsTests {
    /// Two steps by hand: velocity 4 then 0.5 x 4 + 2 = 4; values 1 - 0.1 / 2 x 4 = 0.8, then 0.6.
    @Test func momentumAndBatchEnterWhereTheReferenceSays() {
        var weights = Weights(Matrix(rows: 1, columns: 1, elements: [1.0]))
        let optimizer = SGD(rate: 0.1, momentum: 0.5)
        weights.descend(Matrix(rows: 1, columns: 1, elements: [4.0]), batch: 2, optimizer)
        #expect(abs(weights.values[0, 0] - 0.8) < 1e-15)
        weights.descend(Matrix(rows: 1, columns: 1, elements: [2.0]), batch: 2, optimizer)
        #expect(abs(weights.values[0, 0] - 0.6) < 1e-15)
    }

    @Test(arguments: [
        #"{"rows":2,"columns":2,"values":[1,2,3],"velocity":[0,0,0,0]}"#,
        #"{"rows":-1,"columns":-1,"values":[1],"velocity":[0]}"#,
        #"{"rows":9223372036854775807,"columns":2,"values":[],"velocity":[]}"#,
    ])
    func shapesThatDoNotFitAreRefused(text: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Weights.self, from: Data(text.utf8)) }
    }
}

@Suite struct InitializerTests {
    @Test func endsOfTheRange() throws {
        let lowest = try Initializer { [UInt8](repeating: 0, count: $0) }.uniform(rows: 1, columns: 1, bound: 0.5)
        #expect(lowest.elements == [-0.5])
        let highest = try Initializer { [UInt8](repeating: 0xFF, count: $0) }.uniform(rows: 1, columns: 1, bound: 0.5)
        #expect(highest.elements == [0.5 - 0x1p-53])
        let middle = try Initializer { _ in [0, 0, 0, 0, 0, 0, 0, 0x80] }.uniform(rows: 1, columns: 2, bound: 0.5)
        #expect(middle.elements == [0, 0])
    }

    @Test func meanAndVarianceAreThoseOfAUniformValue() throws {
        let values = try uniform(100, 100, bound: 3, seed: 5).elements
        let mean = values.reduce(0, +) / 10_000
        let variance = values.reduce(0) { $0 + $1 * $1 } / 10_000
        #expect(abs(mean) < 0.07 && abs(variance - 3) < 0.12)
    }
}
