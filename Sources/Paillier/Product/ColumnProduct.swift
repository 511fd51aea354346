internal import Residues
internal import Synchronization
internal import Workers

/// A product with one column of an operand.
struct ColumnProduct: Sendable {
    let plan: ProductPlan
    let join: RowJoin
    let multipliers: Multipliers
    let pairs: UnitPairs?
    let column: OperandColumn
    /// Lines in the order in which they are computed.
    private let order: [Int]
    private let scratch: Scratch

    private var radix: RadixModulus { column.bases.modulus }

    init(
        _ plan: ProductPlan, _ join: RowJoin, _ multipliers: Multipliers, _ pairs: UnitPairs?, _ column: OperandColumn
    ) {
        self.plan = plan
        self.join = join
        self.multipliers = multipliers
        self.pairs = pairs
        self.column = column
        order = plan.order(of: multipliers)
        scratch = Scratch(column.bases)
    }

    /// The groups of rows, as plain residues.
    func run() throws(PaillierError) -> [Residue] {
        plan.isDirect ? try runDirectly() : try runInParts()
    }

    /// Lines are groups already, and nobody shares them.
    private func runDirectly() throws(PaillierError) -> [Residue] {
        let tables = try column.tables(pass: 0).with(column.bases, pairs)
        let ordered = try inBlocks(plan.lines, reportsProgress: true) { items in
            let block = scratch.use {
                compute(Array(items), 0, tables, with: $0)
                return $0.finishPlain()
            }
            if let correction = tables.correction { block.multiply(by: correction) }
            return block.residues(items.count)
        }
        var places = [Int](repeating: 0, count: plan.lines)
        for (place, line) in order.enumerated() { places[line] = place }
        return places.map { ordered[$0] }
    }

    private func runInParts() throws(PaillierError) -> [Residue] {
        let parts = plan.passes * plan.parts
        let partial = ElementStore(radix, count: plan.lines * parts)
        var corrections: [ElementBlock] = []
        for pass in 0..<plan.passes {
            var tables = try column.tables(pass: pass)
            if pass == 0 { tables = try tables.with(column.bases, pairs) }
            if let correction = tables.correction { corrections.append(correction) }
            try inEveryBlock(of: plan.lines * plan.parts, reportsProgress: true) { [tables] items in
                let block = scratch.use {
                    compute(Array(items), pass, tables, with: $0)
                    return $0.finish()
                }
                let places = items.map { order[$0 / plan.parts] * parts + pass * plan.parts + $0 % plan.parts }
                partial.put(block, at: places)
            }
        }
        let whole = ElementStore(radix, count: plan.lines)
        try inEveryBlock(of: plan.lines) { [corrections] items in
            func of(_ part: Int) -> ElementBlock {
                partial.block { $0 < items.count ? (items.lowerBound + $0) * parts + part : nil }
            }
            let block = of(0)
            for part in 1..<parts { block.multiply(by: of(part)) }
            for correction in corrections { block.multiply(by: correction) }
            whole.put(block, at: Array(items))
        }
        return try finish(whole)
    }

    /// Some lines' parts, each in a lane of its own.
    ///
    /// - Parameter items: By `place in the order * parts + part`; consecutive.
    private func compute(
        _ items: [Int], _ pass: Int, _ tables: OperandColumn.Tables, with product: LineProduct
    ) {
        guard let first = items.first, let last = items.last else { return }
        let places = first / plan.parts...last / plan.parts
        let lines = ProductLines(multipliers, plan, column.indices, pairs: pairs, lines: Array(order[places]))
        // From here on a line is one of these, by its place among them.
        let items = items.map { (line: $0 / plan.parts - places.lowerBound, part: $0 % plan.parts) }
        let groups = plan.groupRange(pass: pass)
        let ownGroups = items.map { groups.slice($0.part, of: plan.parts) }
        let steps = longest(ownGroups)
        let windows = plan.windowRange(pass: pass)
        for plane in (0..<plan.planes).reversed() {
            if WorkContext.current.isCancelled { break }
            product.square()
            if let table = tables.windows, plane % ProductPlan.windowBits == 0 {
                let own = items.map { line, part in
                    lines.digits(line, plane: plane, windows: windows).slice(part, of: plan.parts)
                }
                for step in 0..<longest(own) {
                    product.multiply(table) { lane in
                        guard lane < items.count, step < own[lane].count else { return nil }
                        let digit = lines.digit(own[lane].lowerBound + step)
                        return (Int(digit.window) - windows.lowerBound, Int(digit.entry))
                    }
                }
            }
            if pass == 0 {
                let own = items.map { line, part in lines.units(line, plane: plane).slice(part, of: plan.parts) }
                for step in 0..<longest(own) {
                    product.multiply(pairs: tables.pairs) { lane in
                        guard lane < items.count, step < own[lane].count else { return nil }
                        return lines.unit(own[lane].lowerBound + step)
                    }
                }
            }
            guard let table = tables.dense else { continue }
            for step in 0..<steps {
                product.multiply(table) { lane in
                    guard lane < items.count, step < ownGroups[lane].count else { return nil }
                    let group = ownGroups[lane].lowerBound + step
                    let entry = lines.subset(items[lane].line, plane: plane, group: group)
                    return (group - groups.lowerBound, entry)
                }
            }
        }
    }

    private func longest(_ ranges: [Range<Int>]) -> Int { ranges.reduce(0) { max($0, $1.count) } }

    /// Joins lines where that is still to be done, squares for the common shift, and leaves Montgomery's form.
    private func finish(_ lines: ElementStore) throws(PaillierError) -> [Residue] {
        let groups = (multipliers.rows + join.size - 1) / join.size
        let size = plan.joinsEarly ? 1 : join.size
        return try inBlocks(groups) { items in
            func row(_ place: Int) -> ElementBlock {
                lines.block { lane in
                    let line = (items.lowerBound + lane) * size + place
                    return lane < items.count && line < plan.lines ? line : nil
                }
            }
            // Horner's rule from the last row, which is shifted most.
            let block = row(size - 1)
            for place in (0..<size - 1).reversed() {
                for _ in 0..<join.rowBits where !WorkContext.current.isCancelled { block.square() }
                block.multiply(by: row(place))
            }
            for _ in 0..<plan.shift { block.square() }
            block.fromMontgomery()
            return block.residues(items.count)
        }
    }

    private func inEveryBlock(
        of count: Int, reportsProgress: Bool = false, _ body: @Sendable (Range<Int>) -> Void
    ) throws(PaillierError) {
        let isComplete = WorkerPool.shared.run(count: blockCount(count), reportsProgress: reportsProgress) { index in
            body(index * blockSize..<min((index + 1) * blockSize, count))
        }
        guard isComplete else { throw .cancelled }
    }
}

/// Memory of lines that are done, for those to come.
private final class Scratch: Sendable {
    private let bases: LineBases
    private let idle = Mutex<[LineProduct]>([])

    init(_ bases: LineBases) { self.bases = bases }

    func use(_ body: (LineProduct) -> ElementBlock) -> ElementBlock {
        let product = idle.withLock { $0.popLast() } ?? LineProduct(bases)
        defer { idle.withLock { $0.append(product) } }
        return body(product)
    }
}
