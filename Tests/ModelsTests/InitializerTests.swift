import Arithmetic
import Models
import Testing

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
