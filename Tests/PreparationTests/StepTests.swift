import Foundation
import Preparation
import Tables
import Testing

/// What single steps do where no reference says it.
@Suite struct StepTests {
    @Test func aBinBeginsAtItsEdge() throws {
        let table = try table(numbers: [0, 1, 2, 3, 4, 5, 6, 7, -100, 100, nil])
        let bins = try Preparation(table, [.bins(count: 4, .oneHot)], training: 0..<8)
        #expect(bins.columnNames == ["x bin 1", "x bin 2", "x bin 3", "x bin 4"])
        #expect(bins.rawColumnCount == 1)
        let rows = try bins.prepare(table, rows: Array(0..<11))
        #expect(
            try (0..<11).map { try rows.nonzeros(inRow: $0).map(\.column) } == [
                [0], [0], [1], [1], [2], [2], [3], [3], [0], [3], [],
            ])
        let ordinal = try Preparation(table, [.bins(count: 4, .ordinal)], training: 0..<8)
        #expect(try ordinal.values(table) == [0, 0, 1 / 3.0, 1 / 3.0, 2 / 3.0, 2 / 3.0, 1, 1, 0, 1, 0])
    }

    /// The edges are 0 (as low as the lowest), 5 and 5 (one edge): two bins, of which the upper one is one number.
    @Test func equalEdgesAreOne() throws {
        let table = try table(numbers: [0, 0, 0, 5, 5, 5, 5, 5])
        let bins = try Preparation(table, [.bins(count: 4, .oneHot)], training: 0..<8)
        guard case .numbers(_, let pipeline) = bins.steps[0] else {
            Issue.record("no numbers")
            return
        }
        #expect(pipeline.encoding == .oneHot(edges: [5]))
    }

    @Test func chiMergeNeedsClasses() throws {
        let table = try table(numbers: [1, 2, 3])
        #expect(throws: PreparationError.noLabels(file: "a.csv", column: "x")) {
            try Preparation(table, [.chiMerge(count: 2, .oneHot)], training: 0..<3)
        }
    }

    /// More different numbers than are merged one by one.
    @Test func chiMergeFindsWhereClassesChange() throws {
        let numbers = (0..<5000).map { Double($0) / 7 }
        let classes = numbers.map { $0 < 200 ? 0 : $0 < 500 ? 1 : 0 }
        let preparation = try Preparation(
            table(numbers: numbers), [.chiMerge(count: 3, .ordinal)], training: numbers.indices, classes: classes)
        guard case .numbers(_, let pipeline) = preparation.steps[0], case .ordinal(let edges) = pipeline.encoding else {
            Issue.record("no edges")
            return
        }
        #expect(edges.count == 2 && abs(edges[0] - 200) < 1 && abs(edges[1] - 500) < 1)
    }

    /// FIPS 180-2: SHA-256 of "abc" begins with ba7816bf8f01cfea.
    @Test func bucketsAreNamedBySHA256() throws {
        let table = try table(cells: ["abc", "abd", "", "abc", "new"], as: .category)
        let hashed = try Preparation(table, [.hash(buckets: 1000)], training: 0..<3)
        #expect(hashed.columnNames.count == 1000 && hashed.columnNames[7] == "x bucket 7")
        let rows = try hashed.prepare(table, rows: Array(0..<5))
        let places = try (0..<5).map { try rows.nonzeros(inRow: $0).map(\.column) }
        #expect(places[0] == [Int(0xba78_16bf_8f01_cfea % UInt64(1000))] && places[3] == places[0])
        #expect(places[1] != places[0] && places[2] == [] && places[4].count == 1)
    }

    @Test func unknownTextsGoWhereTheStepSays() throws {
        let table = try table(cells: ["a", "a", "b", "b", "c", "", "z"], as: .category)
        func last(_ steps: [PreparationPlan.Step]) throws -> [String] {
            let preparation = try Preparation(table, steps, training: 0..<5)
            return try preparation.prepare(table, rows: [5, 6]).nonzeros(inRow: 1).map {
                preparation.columnNames[$0.column]
            }
        }
        #expect(try last([.oneHot]) == [])
        #expect(try last([.rare(below: 2), .oneHot]) == ["x rare"])
        // Nothing was rare: there is no column of rare ones.
        #expect(try last([.rare(below: 1), .oneHot]) == [])
        #expect(try last([.hash(buckets: 64)]).count == 1)
        // A constant that did not occur in training is an unknown text.
        let filled = try Preparation(table, [.fill(.constant("none")), .oneHot], training: 0..<5)
        #expect(try filled.prepare(table, rows: [5]).nonzeroCount == 0)
    }

    /// An indicator is there only where training rows tell it apart; later gaps are then filled and no more.
    @Test func gapsAfterTrainingAlone() throws {
        let table = try table(numbers: [1, 2, 4, nil])
        let early = try Preparation(table, [.fill(.mean), .indicator, .minMax], training: 0..<3)
        #expect(early.columnNames == ["x"])
        #expect(abs(try early.values(table)[3] - 4 / 9.0) < 1e-15)
        let unfilled = try Preparation(table, [.indicator, .minMax], training: 0..<3)
        #expect(try unfilled.values(table) == [0, 1 / 3.0, 1, 0])
        let late = try Preparation(table, [.fill(.mean), .indicator, .minMax], training: 0..<4)
        #expect(late.columnNames == ["x missing", "x"] && late.rawColumnCount == 1)
    }

    @Test func missingTextsHaveAColumn() throws {
        let table = try table(cells: ["a", "b", "", "a"], as: .category)
        let marked = try Preparation(table, [.indicator, .fill(.mode), .oneHot], training: 0..<4)
        #expect(marked.columnNames == ["x missing", "x=a", "x=b"] && marked.rawColumnCount == 1)
        #expect(try marked.values(table) == [0, 1, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0])
        // Gaps alone vary.
        let gaps = try PreparationTests.table(cells: ["a", "", "a"], as: .category)
        let only = try Preparation(gaps, [.indicator, .fill(.constant("a"))], training: 0..<3)
        #expect(only.columnNames == ["x missing"])
        #expect(throws: TablesError.nothingToLearnFrom(file: "a.csv")) {
            try Preparation(gaps, [.fill(.constant("a"))], training: 0..<3)
        }
    }

    @Test func vocabulariesFollowTheirList() throws {
        let cells = Array(repeating: "a", count: 6) + Array(repeating: "b", count: 4) + ["c", "", "z"]
        let table = try table(cells: cells, as: .category)
        func field(_ steps: [PreparationPlan.Step], _ categories: Preparation.Categories) throws -> [String] {
            try Preparation(table, steps, training: 0..<12, categories: categories).fields.first?.categories ?? []
        }
        #expect(try field([.indicator], .embedded) == ["a"])
        #expect(try field([.embed(atLeast: 4)], .oneHot) == ["a", "b"])
        #expect(try field([.rare(below: 0.4), .embed(atLeast: 1)], .both) == ["a"])
        #expect(try field([.oneHot], .embedded) == [])
        let filled = try Preparation(
            table, [.fill(.mode), .embed(atLeast: 1)], training: 0..<12, categories: .embedded)
        #expect(filled.fields[0].categories == ["a", "b", "c"] && filled.steps == [.ones])
        #expect(try filled.lookups(table, rows: [0, 9, 11, 12]).matrix(rows: [0, 1, 2, 3]).elements == [1, 2, 1, 0])
        let both = try Preparation(table, [.fill(.mode)], training: 0..<12, categories: .both)
        #expect(both.fields.count == 1 && both.columnNames == ["x=a", "x=b", "x=c"])
    }

    @Test func starsAreForColumnsWithoutAList() throws {
        let table = try table("id,n,m,t\na,1,1,u\nb,2,2,v\nc,4,4,u\n")
        let plan = PreparationPlan(columns: ["m": []], numbers: [.minMax], categories: [.hash(buckets: 2)])
        let rows = [0, 1, 2]
        let preparation = try Preparation(fitting: table, columns: ["n", "m", "t"], rows: rows, plan: plan)
        #expect(preparation.columnNames == ["n", "m", "t bucket 0", "t bucket 1"])
        let plain = try Preparation(fitting: table, columns: ["m"], rows: rows)
        #expect(preparation.steps[1] == plain.steps[0])
        #expect(preparation.types == ["n": .number, "m": .number, "t": .category])
    }

    @Test func aListForTheOtherTypeIsRefused() throws {
        let numbers = try table(numbers: [1, 2])
        #expect(throws: PreparationError.wrongType(file: "a.csv", column: "x", step: "one-hot", found: .number)) {
            try Preparation(numbers, [.oneHot], training: 0..<2)
        }
        let texts = try table(cells: ["a", "b"], as: .category)
        #expect(throws: PreparationError.wrongType(file: "a.csv", column: "x", step: "bins: 4", found: .category)) {
            try Preparation(texts, [.bins(count: 4, .oneHot)], training: 0..<2)
        }
        #expect(throws: PreparationError.notANumber(file: "a.csv", column: "x", constant: "none")) {
            try Preparation(numbers, [.fill(.constant("none"))], training: 0..<2)
        }
        // Trained on numbers, texts later.
        let trained = try Preparation(numbers, [.minMax], training: 0..<2)
        #expect(throws: TablesError.typeChanged(file: "a.csv", column: "x", expected: .number)) {
            try trained.prepare(texts, rows: [0])
        }
    }

    @Test func listsWithoutAMeaningAreRefused() {
        for (steps, complaint) in [
            ([.log, .oneHot], "one column is of one kind"), ([.log, .indicator], "the order is"),
            ([.bins(count: 4, .oneHot), .minMax], "the order is"), ([.indicator, .indicator], "stands twice"),
            ([.hash(buckets: 4), .embed(atLeast: 1)], "not beside 'hash: 4'"),
            ([.bins(count: 4, .oneHot), .chiMerge(count: 4, .oneHot)], "two encodings"),
            ([.bins(count: 1, .oneHot)], "must be 2 to 256"), ([.hash(buckets: 5000)], "must be 2 to 4096"),
            ([.clip(low: .number(2), high: .number(1))], "a lower and a higher limit"),
            ([.clip(low: .percentile(-1), high: .number(1))], "a percentile must be"),
            ([.rare(below: 0)], "must be 1.0 to"), ([.embed(atLeast: 0)], "must be 1 to"),
        ] as [([PreparationPlan.Step], String)] {
            let problem = PreparationPlan.problem(of: steps)
            #expect(problem?.contains(complaint) == true, "\(problem ?? "nothing")")
        }
        #expect(
            PreparationPlan.problem(of: [.indicator, .fill(.mode), .rare(below: 0.1), .oneHot, .embed(atLeast: 5)])
                == nil)
        #expect(PreparationPlan(numbers: [.oneHot]).problemsOfStars.count == 1)
    }
}

/// What holds for every list and every column.
@Suite struct InvariantTests {
    private static let lists: [[PreparationPlan.Step]] = [
        [], [.indicator], [.standardize], [.minMax], [.log], [.log, .minMax], [.quantile(.uniform)],
        [.quantile(.normal)],
        [.quantile(.normal), .log, .standardize, .minMax], [.standardize, .quantile(.uniform), .standardize],
        [.fill(.mean), .clip(low: .percentile(1), high: .percentile(99)), .minMax],
        [.fill(.median), .bins(count: 3, .oneHot)],
        [.fill(.mode), .indicator, .bins(count: 7, .ordinal)], [.fill(.constant("1e308")), .standardize],
        [.clip(low: .number(-1e300), high: .percentile(50)), .log], [.chiMerge(count: 2, .oneHot)],
    ]

    private static let columns: [[Double?]] = [
        [1e308, -1e308, 1.7e308, -1.7e308, 0, 0x1p-1074], [1.7e308, -1.6e308, -1.6e308, -1.6e308, -1.6e308, -1.6e308],
        [0x1p-1074, 0, 0x1p-1030, 0x1p-1023, -0x1p-1074, nil], [nil, nil, nil, nil, nil, nil], [3, 3, 3, 3, 3, 3],
        [0.1, 0.1, nil, 0.1, nil, 0.1], [1e-300, 2e-300, 3e-300, 1e-300, nil, 1.5e-300], [0, 1, 1, 0, 1, nil],
        [1e16, 1e16 + 2, 1e16 + 4, 1e16, 1e16, nil], [7, nil, nil, nil, nil, nil],
    ]

    /// Rows that training never saw, as far out as numbers go.
    private static let others: [Double?] = [1.7976931348623157e308, -1.7976931348623157e308, 0x1p-1074, 1e16, nil, 0]

    @Test(arguments: lists)
    func preparedValuesAreFiniteAndBounded(_ steps: [PreparationPlan.Step]) throws {
        for column in Self.columns {
            let table = try table(numbers: column + Self.others)
            for training in [0..<6, 0..<1, 0..<2] {
                let classes = training.map { $0 % 2 }
                guard let preparation = try? Preparation(table, steps, training: training, classes: classes) else {
                    // Nothing else is wrong with these columns than that they do not vary.
                    #expect(throws: TablesError.nothingToLearnFrom(file: "a.csv")) {
                        try Preparation(table, steps, training: training, classes: classes)
                    }
                    continue
                }
                let values = try preparation.values(table)
                #expect(
                    values.allSatisfy { $0.isFinite && abs($0) <= Preparation.bound }, "\(steps) \(column): \(values)")
                #expect(preparation.rawColumnCount == 1)
                let saved = try JSONDecoder().decode(Preparation.self, from: JSONEncoder().encode(preparation))
                #expect(saved == preparation)
            }
        }
    }

    @Test(arguments: lists)
    func otherRowsChangeNothing(_ steps: [PreparationPlan.Step]) throws {
        let rows: [Double?] = [3, 1, nil, 4, 1, 5, 9, 2, 6, nil]
        let classes = rows.indices.map { $0 % 3 }
        func fit(_ others: [Double?]) throws -> Preparation {
            try Preparation(table(numbers: rows + others), steps, training: rows.indices, classes: classes)
        }
        #expect(try fit([]) == fit(Self.others))
    }

    @Test(arguments: lists)
    func rowsArePreparedOneByOne(_ steps: [PreparationPlan.Step]) throws {
        let table = try table(numbers: [3, 1, nil, 4, 1, 5, 9, 2, 6, nil] + Self.others)
        let preparation = try Preparation(table, steps, training: 0..<10, classes: (0..<10).map { $0 % 2 })
        let single = try (0..<table.rowCount).flatMap { row in
            try preparation.prepare(table, rows: [row]).dense(rows: [0]).elements
        }
        #expect(try preparation.values(table) == single)
    }
}
