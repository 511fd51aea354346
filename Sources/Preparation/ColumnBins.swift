public import Tables

/// The bins of one column, found without labels: what weights of evidence are counted over.
///
/// Numbers are cut into bins of about equal numbers of training rows, texts into the commonest ones and all others; gaps that no fill
/// closes are a bin of their own. Every bin has as many training rows as was asked for, where the column has: bins of numbers that are
/// too small join their smaller neighbour; too few gaps, or rows of other texts, join the largest bin.
public struct ColumnBins: Hashable, Sendable {
    /// The column's name.
    public let column: String
    /// How many bins there are.
    public let count: Int
    private let cells: Cells
    /// The bin of gaps; `nil` where training had none.
    private let missing: Int?

    private enum Cells: Hashable {
        case numbers(NumberPipeline, edges: [Double])
        /// A bin for each category, in the order of their bytes.
        case texts(fill: String?, indicator: Bool, categories: [String], other: Int?)
    }

    /// Finds the bins; `nil` where the column does not vary over the rows.
    ///
    /// - Parameters:
    ///   - rows: The training rows; indices into the table.
    ///   - steps: What is done with the column before: nothing that encodes.
    ///   - most: Bins at most, beside that of gaps.
    ///   - fewest: Training rows of a bin.
    /// - Throws: `TablesError`, ``PreparationError``.
    public init?(
        fitting table: Table, column: String, rows: some Sequence<Int>, steps: [PreparationPlan.Step], most: Int,
        fewest: Int
    ) throws {
        self.column = column
        let rows = RowNumbers(rows)
        let source = (file: table.file, column: column)
        var sizes: [Int]
        let gaps: Int
        switch try table.column(column).cells() {
        case .numbers(let numbers):
            let values = rows.map { numbers[$0] }
            let pipeline = try NumberPipeline(
                fitting: values, steps: steps + [.bins(count: most, .ordinal)], classes: nil, at: source)
            guard let pipeline, case .ordinal(var edges) = pipeline.encoding else { return nil }
            sizes = [Int](repeating: 0, count: edges.count + 1)
            let present = values.lazy.map { pipeline.transform($0) }.filter { !$0.isNaN }
            for value in present { sizes[edges.firstIndex(above: value)] += 1 }
            gaps = rows.count - sizes.reduce(0, +)
            Self.joinNeighbours(&edges, &sizes, fewest: fewest)
            cells = .numbers(pipeline, edges: edges)
        case .texts(let texts):
            let counted = try CountedTexts(texts, rows, steps, at: source)
            guard counted.counts.varies else { return nil }
            let counts = counted.counts
            let common = counts.commonest(atLeast: max(fewest, counted.least))
            let own = common.count == counts.texts && common.count <= most ? common[...] : common.prefix(most - 1)
            let categories = own.sorted { $0.text.utf8.lexicographicallyPrecedes($1.text.utf8) }
            sizes = categories.map(\.count)
            gaps = counted.fill == nil ? counts.missing : 0
            let others = rows.count - gaps - sizes.reduce(0, +)
            let other = others == 0 ? nil : Self.place(others, among: &sizes, fewest: fewest)
            cells = .texts(
                fill: counted.fill, indicator: counted.indicator, categories: categories.map(\.text), other: other)
        }
        missing = gaps == 0 ? nil : Self.place(gaps, among: &sizes, fewest: fewest)
        count = sizes.count
    }

    /// Joins the smallest bin with its smaller neighbour, the lower one of two, until all are large enough.
    private static func joinNeighbours(_ edges: inout [Double], _ sizes: inout [Int], fewest: Int) {
        while sizes.count > 1, let small = sizes.indices.min(by: { sizes[$0] < sizes[$1] }), sizes[small] < fewest {
            let isLower = small + 1 == sizes.count || small > 0 && sizes[small - 1] <= sizes[small + 1]
            let lower = isLower ? small - 1 : small
            sizes[lower] += sizes.remove(at: lower + 1)
            edges.remove(at: lower)
        }
    }

    /// The bin of rows that are nobody's neighbours: one of their own, or the largest where they or the others are too few.
    private static func place(_ rows: Int, among sizes: inout [Int], fewest: Int) -> Int {
        if let largest = sizes.indices.max(by: { sizes[$0] < sizes[$1] }),
            rows < fewest || sizes.contains(where: { $0 < fewest })
        {
            sizes[largest] += rows
            return largest
        }
        sizes.append(rows)
        return sizes.count - 1
    }

    /// The bin of each row of the table it was fitted on.
    ///
    /// - Parameter rows: Training rows.
    /// - Throws: `TablesError`.
    public func places(_ table: Table, rows: some Sequence<Int>) throws(TablesError) -> [Int] {
        switch cells {
        case .numbers(let pipeline, let edges):
            let numbers = try table.preparedNumbers(column)
            return rows.map { row in
                let value = pipeline.transform(numbers[row])
                return value.isNaN ? missing ?? 0 : edges.firstIndex(above: value)
            }
        case .texts(let fill, _, let categories, let other):
            let texts = try table.preparedTexts(column)
            let places = TextPlaces(.oneHot(categories: categories, hasRare: true), fill: fill)
            return rows.map { row in
                guard let place = places[texts[row]] else { return missing ?? 0 }
                return place < categories.count ? place : other ?? 0
            }
        }
    }

    /// What becomes of the column when its bins have these weights: one column of numbers. `nil` where it does not vary.
    ///
    /// What training rows never had, be it a gap or another text, has weight 0: it says nothing.
    public func step(weights: [Double]) -> Preparation.Step? {
        precondition(weights.count >= count, "a weight for each bin")
        func weight(_ bin: Int?) -> Double { bin.map { weights[$0] } ?? 0 }
        let varies = weights.prefix(count).contains { $0 != weights[0] }
        switch cells {
        case .numbers(let pipeline, let edges):
            guard varies || pipeline.indicator else { return nil }
            return .numbers(
                column: column,
                NumberPipeline(
                    fill: pipeline.fill, indicator: pipeline.indicator, transforms: pipeline.transforms,
                    encoding: varies
                        ? .weights(edges: edges, weights: Array(weights[...edges.count]), missing: weight(missing))
                        : nil)
            )
        case .texts(let fill, let indicator, let categories, let other):
            guard varies || indicator else { return nil }
            return .texts(
                column: column,
                TextPipeline(
                    fill: fill, indicator: indicator,
                    encoding: varies
                        ? .weights(
                            categories: categories, weights: Array(weights[..<categories.count]), other: weight(other),
                            missing: weight(missing)) : nil))
        }
    }
}
