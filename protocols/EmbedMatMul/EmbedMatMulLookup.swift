internal import Arithmetic
internal import Paillier
internal import Shares
internal import SourceLayers

/// The table rows that a batch of one party looks up: its own data, which leave it only under encryption or masks, or among the
/// decoys of a list.
struct LookedUpRows {
    /// Rows of the batch.
    let batch: Int
    /// Which rows of the table the round computes with, where not all do.
    let listing: RowListing?
    /// For each row of the batch, for each field, the table's row.
    private let rows: [Int]
    /// The same as places among the rows that the round computes with.
    private let places: [Int]
    /// How many these are.
    private let count: Int
    private let fields: Int
    /// The field that looks a place up.
    private let fieldOfPlace: [Int: Int]

    /// - Parameter lookups: For each row of the batch one table row of each field. A table row belongs to one field: its gradient
    ///   is a product with that field's weights, and its bound counts on one lookup in each row of the batch.
    /// - Throws: `SharesError.shape`; ``SourceLayerError/unknownRow(field:)``, ``SourceLayerError/sharedRow(field:)``,
    ///   ``SourceLayerError/invalidListing(_:)`` where a row is not listed.
    init(_ lookups: Matrix<Int>, of member: EmbedMatMulParameters.Member, among listing: RowListing?) throws {
        guard lookups.rows > 0, lookups.columns == member.fields else {
            throw SharesError.shape(
                expected: [max(1, lookups.rows), member.fields], found: [lookups.rows, lookups.columns])
        }
        var places: [Int] = []
        var fieldOfPlace: [Int: Int] = [:]
        for (index, row) in lookups.elements.enumerated() {
            let field = index % member.fields
            guard (0..<member.tableRows).contains(row) else { throw SourceLayerError.unknownRow(field: field) }
            let place = try listing.map { try $0.place(of: row) } ?? row
            guard fieldOfPlace.updateValue(field, forKey: place) ?? field == field else {
                throw SourceLayerError.sharedRow(field: field)
            }
            places.append(place)
        }
        batch = lookups.rows
        rows = lookups.elements
        count = listing?.rows.count ?? member.tableRows
        fields = member.fields
        self.listing = listing
        self.places = places
        self.fieldOfPlace = fieldOfPlace
    }

    /// As many ones as there are lookups.
    var selection: Multipliers { Multipliers(selecting: places, of: count) }

    /// Sums of what belongs to the same table row.
    var scattering: Multipliers { Multipliers(scatteringInto: count, targets: places) }

    /// Rows of a share of the table, side by side: batch x (fields * dimension).
    func lookUp(_ table: Matrix<Int128>) -> Matrix<Int128> { sideBySide(table.selecting(rows)) }

    /// What stands in one row for each lookup, side by side in the rows of the batch.
    func sideBySide<Element>(_ rows: Matrix<Element>) -> Matrix<Element> {
        Matrix(rows: batch, columns: fields * rows.columns, elements: rows.elements)
    }

    /// Sums, in the table's rows that the round computes with, of what stands side by side in the rows of the batch.
    func scatter(_ gradient: Matrix<Integer>) -> Matrix<Integer> {
        let dimension = gradient.columns / fields
        var sums = Matrix<Integer>(rows: count, columns: dimension, repeating: Integer())
        for (lookup, place) in places.enumerated() {
            for column in 0..<dimension {
                sums[place, column] +=
                    gradient[lookup / fields, lookup % fields * dimension + column]
            }
        }
        return sums
    }

    // MARK: - Gradients of the table under encryption

    // The gradient of table row n of field j is the sum over the batch's rows i that look it up of dZ_i W_j^T, where W_j are
    // the field's rows of the weights. In the clear dZ is added up first.

    /// dZ by itself, added up: row n times the operand [[W^T]] by fields, (fields * width) x dimension, is the gradient.
    ///
    /// - Throws: `PaillierError.multiplier(bits:)` where dZ is outside its limit.
    func derivativeMultipliers(_ dZ: Matrix<Int64>) throws(PaillierError) -> Multipliers {
        var sums = [[Int: Int64]](repeating: [:], count: count)
        for (lookup, place) in places.enumerated() {
            let (example, field) = (lookup / fields, lookup % fields)
            for column in 0..<dZ.columns { sums[place][field * dZ.columns + column, default: 0] += dZ[example, column] }
        }
        let multipliers = sums.map { $0.sorted { $0.key < $1.key }.map { SparseMatrix<Int64>.Place($0.key, $0.value) } }
        let bits = FixedPoint.Limit.derivative.bits + Int.bitWidth - (batch - 1).leadingZeroBitCount
        return try Multipliers(SparseMatrix(columns: fields * dZ.columns, rows: multipliers), bits: bits)
    }

    /// The part of the gradient that is shares of the weights times [[dZ]], in the `rows` layout.
    ///
    /// Values come into their slots where rows are joined, so every base is raised to the places of all slots. In small tables these
    /// are the sums of [[dZ]] of each table row; in large ones [[dZ]] itself, raised once for all table rows that the example looks up.
    /// Which ones is decided by public sizes alone. The ciphertexts are the same.
    ///
    /// - Parameters:
    ///   - weights: (fields * dimension) x width.
    ///   - cells: [[dZ]] value by value, batch x width.
    func gradient<Cipher: AdditiveCipher>(
        weights: Matrix<Int128>, times cells: Matrix<Cipher.Ciphertext>, _ packing: Packing, under cipher: Cipher
    ) throws(PaillierError) -> [Cipher.Ciphertext] {
        var examples = [[Int]](repeating: [], count: count)
        for (lookup, place) in places.enumerated() { examples[place].append(lookup / fields) }
        // A base costs about as much as eight terms of a line.
        let addsUpFirst = count < batch + places.count / 8
        let bases = addsUpFirst ? try sums(of: cells, examples, under: cipher) : cells
        let multipliers = try multipliers(
            weights, addsUpFirst ? (0..<count).map { [$0] } : examples, bases: bases.rows, packing)
        let column = Matrix(rows: bases.elements.count, columns: 1, elements: bases.elements)
        return try cipher.product(
            variableTime: multipliers, cipher.operand(column, isReused: false), join: packing.valueJoin)
    }

    /// For each table row the sum of the examples' rows that look it up.
    private func sums<Cipher: AdditiveCipher>(
        of cells: Matrix<Cipher.Ciphertext>, _ examples: [[Int]], under cipher: Cipher
    ) throws(PaillierError) -> Matrix<Cipher.Ciphertext> {
        let targets = examples.map { $0.map { SparseMatrix<Int64>.Place($0, 1) } }
        let sums = try cipher.product(
            variableTime: Multipliers(SparseMatrix(columns: batch, rows: targets), bits: 1),
            cipher.operand(cells, isReused: false), join: .none)
        return Matrix(rows: count, columns: cells.columns, elements: sums)
    }

    /// For each table row one row of multipliers for each of its values: the same ones for each of its bases.
    private func multipliers(
        _ weights: Matrix<Int128>, _ basesOfPlace: [[Int]], bases: Int, _ packing: Packing
    ) throws(PaillierError) -> Multipliers {
        let (dimension, width) = (packing.columns, weights.columns)
        // A row that takes more than one ciphertext is filled up, so that none of them holds two rows' values.
        let values = packing.ciphertextsPerRow == 1 ? dimension : packing.ciphertextsPerRow * packing.slots
        var rows: [[SparseMatrix<Int128>.Place]] = []
        rows.reserveCapacity(count * values)
        for place in 0..<count {
            for value in 0..<values {
                guard let field = fieldOfPlace[place], value < dimension else {
                    rows.append([])
                    continue
                }
                let factors = weights.row(field * dimension + value)
                rows.append(
                    basesOfPlace[place].flatMap { base in
                        zip(0..<width, factors).map { .init(base * width + $0, $1) }
                    })
            }
        }
        return try Multipliers(wide: SparseMatrix(columns: bases * width, rows: rows), bits: shareBits)
    }
}

/// Bits of a signed representative modulo 2^128 but for the sign.
let shareBits = 127

extension Packing {
    /// How values of whole rows, one multiplier row each, come into the `rows` layout.
    var valueJoin: RowJoin {
        RowJoin(size: ciphertextsPerRow == 1 ? rowsPerCiphertext * columns : slots, rowBits: slotBits)
    }
}

extension Matrix {
    /// For each field its rows transposed: (fields * dimension) x width becomes (fields * width) x dimension.
    func transposedByFields(dimension: Int) -> Matrix {
        var elements: [Element] = []
        for start in stride(from: 0, to: rows, by: dimension) {
            for column in 0..<columns {
                for row in start..<start + dimension { elements.append(self[row, column]) }
            }
        }
        return Matrix(rows: rows / dimension * columns, columns: dimension, elements: elements)
    }

    /// Columns of `right` behind these.
    func beside(_ right: Matrix?) -> Matrix {
        guard let right else { return self }
        precondition(rows == right.rows, "matrices of the same height")
        return Matrix(
            rows: rows, columns: columns + right.columns,
            elements: (0..<rows).flatMap { Array(row($0)) + Array(right.row($0)) })
    }
}

extension Matrix<Integer> {
    /// The sum, place by place.
    func adding(_ other: Matrix) -> Matrix {
        precondition(rows == other.rows && columns == other.columns, "matrices differ in shape")
        return Matrix(rows: rows, columns: columns, elements: zip(elements, other.elements).map { $0 + $1 })
    }
}
