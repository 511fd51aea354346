import Preparation
import Scratch
import Tables
import Testing

/// What does not fit into memory is prepared to the same numbers.
@Suite struct DiskTests {
    private func table(in space: WorkingSpace) throws -> Table {
        var text = "id,x,flag,color,size,word\n"
        for row in 0..<30_000 {
            let x = row % 11 == 4 ? "" : "\((row * 7919) % 1000)"
            let color = row % 13 == 0 ? "" : ["red", "blue", "green"][row % 3]
            text += "\(row),\(x),\(row % 2),\(color),\((row * 31) % 17),w\((row * 7) % 4000)\n"
        }
        var blocks = [Array(text.utf8), []]
        return try Table(
            file: "a.csv", key: RowKey(columns: ["id"]), types: ["size": .category], in: space
        ) { blocks.removeFirst() }
    }

    private func plan() throws -> PreparationPlan {
        PreparationPlan(columns: [
            "x": [.indicator, .fill(.median), .bins(count: 6, .oneHot)], "color": [.indicator, .oneHot],
            "word": [.hash(buckets: 50)],
        ])
    }

    @Test func preparedRowsAreTheSame() throws {
        let tables = (try table(in: WorkingSpace()), try table(in: WorkingSpace(memory: 0)))
        let columns = ["x", "flag", "color", "size", "word"]
        // Not in the table's order, and some of them absent.
        let rows = (0..<25_000).map { ($0 * 7) % 30_000 }
        let absent = Array(stride(from: 5, to: 25_000, by: 17))
        let fitted = (
            try Preparation(fitting: tables.0, columns: columns, rows: rows, plan: plan()),
            try Preparation(fitting: tables.1, columns: columns, rows: rows, plan: plan())
        )
        #expect(fitted.0 == fitted.1)
        let matrices = (
            try fitted.0.prepare(tables.0, rows: rows, absent: absent),
            try fitted.0.prepare(tables.1, rows: rows, absent: absent)
        )
        #expect(matrices.0.mostNonzeros == matrices.1.mostNonzeros)
        #expect(matrices.0.nonzeroCount == matrices.1.nonzeroCount)
        let batch = (0..<500).map { ($0 * 4001) % 25_000 } + [5, 22, 24_999]
        let dense = (try matrices.0.dense(rows: batch), try matrices.1.dense(rows: batch))
        #expect(dense.0 == dense.1)
        // Against the same rows one by one, without any blocks.
        for (position, row) in batch.enumerated() {
            let alone = try fitted.0.prepare(tables.0, rows: [rows[row]]).dense(rows: [0]).elements
            let expected = absent.contains(row) ? alone.map { _ in 0 } : alone
            #expect(Array(dense.1.row(position)) == expected)
        }
        #expect(try matrices.0.rank() == matrices.1.rank())
        let doubled = (try matrices.0.beside(matrices.0), try matrices.1.beside(matrices.1))
        #expect(try doubled.0.dense(rows: batch) == doubled.1.dense(rows: batch))
        #expect(try doubled.1.rank() == matrices.1.rank())
    }

    @Test func lookupsAreTheSame() throws {
        let tables = (try table(in: WorkingSpace()), try table(in: WorkingSpace(memory: 0)))
        let rows = (0..<25_000).map { ($0 * 7) % 30_000 }
        let absent = Array(stride(from: 5, to: 25_000, by: 17))
        let preparation = try Preparation(
            fitting: tables.0, columns: ["color", "word"], rows: rows, categories: .embedded)
        let lookups = (
            try preparation.lookups(tables.0, rows: rows, absent: absent),
            try preparation.lookups(tables.1, rows: rows, absent: absent)
        )
        let batch = (0..<500).map { ($0 * 4001) % 25_000 } + [5, 22]
        let found = (try lookups.0.matrix(rows: batch), try lookups.1.matrix(rows: batch))
        #expect(found.0 == found.1)
        let second = preparation.fields[0].rows
        #expect(Array(found.1.row(500)) == [0, second] && Array(found.1.row(501)) == [0, second])
        #expect(Set(found.1.elements).count > 100)
        let columns = (try lookups.0.oneHot(), try lookups.1.oneHot())
        #expect(columns.0.columnNames == columns.1.columnNames)
        #expect(try columns.0.dense(rows: batch) == columns.1.dense(rows: batch))
    }
}
