package import Paillier
package import Specification

/// What one rank is to do for a product.
package struct ProductOrder {
    /// Operands that no product uses any more.
    package var forget: [UInt64] = []
    /// `nil`: nothing else.
    package var work: Work?

    /// A piece of the product.
    package struct Work {
        /// n, most significant byte first.
        package var modulus: [UInt8]
        package var operand: Operand
        /// Of the rank's part of the operand.
        package var (rows, columns): (Int, Int)
        package var join: RowJoin
        package var multipliers: Multipliers
        /// By which tables are built together with all other ranks, whose orders have the same.
        package var outline: ProductOutline?

        package init(
            modulus: [UInt8], operand: Operand, rows: Int, columns: Int, join: RowJoin, multipliers: Multipliers,
            outline: ProductOutline? = nil
        ) {
            (self.modulus, self.operand, self.rows, self.columns) = (modulus, operand, rows, columns)
            (self.join, self.multipliers, self.outline) = (join, multipliers, outline)
        }
    }

    package enum Operand: Equatable {
        /// Its ciphertexts, row by row; and the name by which they are asked for again, where they are.
        case given([UInt8], keepAs: Keeping?)
        /// One that was given before.
        case kept(UInt64)
    }

    /// How a rank is to keep an operand.
    package struct Keeping: Hashable {
        /// By which it is asked for again.
        package var name: UInt64
        /// How many products are expected to use it: tables that serve them all may cost more.
        package var uses: Int

        package init(name: UInt64, uses: Int) { (self.name, self.uses) = (name, uses) }
    }

    package var encoded: [UInt8] {
        var writer = CanonicalWriter()
        writer.list(forget) { $0.integer($1) }
        writer.optional(work) { $1.write(to: &$0) }
        return writer.bytes
    }

    package init(forget: [UInt64] = [], work: Work? = nil) { (self.forget, self.work) = (forget, work) }

    package init(decoding bytes: [UInt8]) throws(SpecificationError) {
        var reader = CanonicalReader(bytes)
        forget = try reader.list { (reader) throws(SpecificationError) in try reader.integer() }
        work = try reader.optional { (reader) throws(SpecificationError) in try Work(from: &reader) }
        try reader.end()
    }
}

extension ProductOrder.Work {
    private enum Source: UInt8 { case given, givenToKeep, kept }

    /// Beyond any slots of any key, and any rows that could share one.
    private static let (mostRowBits, mostSharedRows) = (1 << 13, 1 << 13)

    fileprivate func write(to writer: inout CanonicalWriter) {
        writer.blob(modulus)
        switch operand {
        case .given(let bytes, nil):
            writer.integer(Source.given.rawValue)
            writer.blob(bytes)
        case .given(let bytes, let keeping?):
            writer.integer(Source.givenToKeep.rawValue)
            writer.integer(keeping.name)
            writer.count(keeping.uses)
            writer.blob(bytes)
        case .kept(let name):
            writer.integer(Source.kept.rawValue)
            writer.integer(name)
        }
        writer.count(rows)
        writer.count(columns)
        writer.count(join.size)
        writer.count(join.rowBits)
        writer.optional(outline) { $1.write(to: &$0) }
        multipliers.write(to: &writer)
    }

    fileprivate init(from reader: inout CanonicalReader) throws(SpecificationError) {
        modulus = try reader.blob()
        let code: UInt8 = try reader.integer()
        switch Source(rawValue: code) {
        case .given: operand = .given(try reader.blob(), keepAs: nil)
        case .givenToKeep:
            let keeping = ProductOrder.Keeping(name: try reader.integer(), uses: try reader.count())
            guard keeping.uses > 0 else { throw .malformed("an operand that is kept for no product") }
            operand = .given(try reader.blob(), keepAs: keeping)
        case .kept: operand = .kept(try reader.integer())
        case nil: throw .malformed("an operand of sort \(code)")
        }
        (rows, columns) = (try reader.count(), try reader.count())
        let (size, rowBits) = (try reader.count(), try reader.count())
        guard size > 0, rowBits <= Self.mostRowBits else {
            throw .malformed("groups of \(size) rows, \(rowBits) bits apart")
        }
        join = RowJoin(size: size, rowBits: rowBits)
        outline = try reader.optional { (reader) throws(SpecificationError) in try ProductOutline(from: &reader) }
        guard outline == nil || size <= Self.mostSharedRows else { throw .malformed("groups of \(size) rows") }
        multipliers = try Multipliers(from: &reader)
        guard multipliers.columns == rows else {
            throw .malformed("\(multipliers.columns) columns of multipliers, \(rows) rows of ciphertexts")
        }
    }
}

extension ProductOrder.Work {
    /// What all ranks must agree on that build tables by an outline.
    func tables(_ outline: ProductOutline) -> [UInt8] {
        var writer = CanonicalWriter()
        writer.blob(modulus)
        for count in [rows, columns, join.size, join.rowBits] { writer.count(count) }
        outline.write(to: &writer)
        return writer.bytes
    }
}

extension ProductOutline {
    fileprivate func write(to writer: inout CanonicalWriter) {
        writer.blob(sorts)
        for number in [shift, bits, groupSize, parts] { writer.integer(UInt8(number)) }
        writer.integer(joinsEarly ? 1 : 0 as UInt8)
        writer.count(threads)
    }

    fileprivate init(from reader: inout CanonicalReader) throws(SpecificationError) {
        let sorts = try reader.blob()
        var numbers: [Int] = []
        for _ in 0..<5 { numbers.append(Int(try reader.integer(UInt8.self))) }
        let threads = try reader.count()
        let outline = ProductOutline(
            sorts: sorts, shift: numbers[0], bits: numbers[1], joinsEarly: numbers[4] == 1, groupSize: numbers[2],
            parts: numbers[3], threads: threads)
        guard let outline, numbers[4] < 2 else { throw .malformed("an outline of no product: \(numbers)") }
        self = outline
    }
}

/// What a rank answers.
package enum ProductAnswer: Equatable {
    /// There was nothing to do.
    case idle
    /// The piece's ciphertexts, row by row, and the seconds that they took; of these, how many went by in exchanges of tables.
    case done([UInt8], seconds: Double, exchanging: Double = 0)
    /// It does not have the operand that it was to have kept.
    case missing
    /// It could not, and why.
    case failed(String)

    private enum Code: UInt8 { case idle, done, missing, failed }

    package var encoded: [UInt8] {
        var writer = CanonicalWriter()
        switch self {
        case .idle: writer.integer(Code.idle.rawValue)
        case .done(let bytes, let seconds, let exchanging):
            writer.integer(Code.done.rawValue)
            writer.integer(seconds.bitPattern)
            writer.integer(exchanging.bitPattern)
            writer.blob(bytes)
        case .missing: writer.integer(Code.missing.rawValue)
        case .failed(let problem):
            writer.integer(Code.failed.rawValue)
            writer.text(String(problem.prefix(1000)))
        }
        return writer.bytes
    }

    package init(decoding bytes: [UInt8]) throws(SpecificationError) {
        var reader = CanonicalReader(bytes)
        let code: UInt8 = try reader.integer()
        switch Code(rawValue: code) {
        case .idle: self = .idle
        case .done:
            let seconds = Double(bitPattern: try reader.integer())
            let exchanging = Double(bitPattern: try reader.integer())
            self = .done(try reader.blob(), seconds: seconds, exchanging: exchanging)
        case .missing: self = .missing
        case .failed: self = .failed(try reader.text())
        case nil: throw .malformed("an answer of sort \(code)")
        }
        try reader.end()
    }
}
