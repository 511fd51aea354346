import Preparation
import Tables
import Testing

@Suite struct RankTests {
    private func prepared(_ columns: [[Double]]) throws -> PreparedMatrix {
        let names = columns.indices.map { "c\($0)" }
        var text = "id," + names.joined(separator: ",") + "\n"
        for row in columns[0].indices { text += "\(row)," + columns.map { "\($0[row])" }.joined(separator: ",") + "\n" }
        let table = try table(text)
        let rows = Array(columns[0].indices)
        return try Preparation(fitting: table, columns: names, rows: rows).prepare(table, rows: rows)
    }

    private func noise(_ count: Int) -> [Double] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in Double.random(in: -1...1, using: &generator) }
    }

    @Test func dependentColumnsDoNotCount() throws {
        let a = noise(200)
        let b = noise(200)
        let c = noise(200)
        #expect(try prepared([a, b, c]).rank() == 3)
        #expect(try prepared([a, b, zip(a, b).map { 3 * $0 - $1 }]).rank() == 2)
        #expect(try prepared([a, a.map { -2 * $0 + 7 }, b]).rank() == 2)
        // Almost dependent: seen as such, unless a finer tolerance asks.
        let near = zip(a, c).map { $0 + 1e-5 * $1 }
        #expect(try prepared([a, b, near]).rank(tolerance: 1e-4) == 2)
        #expect(try prepared([a, b, near]).rank(tolerance: 1e-6) == 3)
    }

    @Test func rankIsNeverAboveTheNumberOfRows() throws {
        #expect(try prepared([[1, 2, 4], [3, 1, 2], [1, 0, 5], [9, 2, 2]]).rank() <= 3)
    }

    @Test func oneHotColumnsOfTwoFieldsShareOneDependency() throws {
        let rows = (0..<60).map { "\($0),r\($0 % 3),s\($0 % 4)\n" }
        let table = try table("id,r,s\n" + rows.joined())
        let all = Array(0..<60)
        let matrix = try Preparation(fitting: table, columns: ["r", "s"], rows: all).prepare(table, rows: all)
        #expect(matrix.columns == 7)
        #expect(try matrix.rank() == 6)
        #expect(try (0...7).map { try matrix.rank(limit: $0) } == [0, 1, 2, 3, 4, 5, 6, 6])
    }
}
