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
