internal import Arithmetic
internal import Coordination
internal import Cryptography
internal import Models
internal import Specification

/// The source layer on columns that lie in one place: what a federation is compared with.
struct LocalSource: LabelSource {
    private var parts: [PlainPart]
    private var last: (names: [Int], batches: [SourceRows]) = ([], [])

    /// - Parameter parts: Each organisation's part.
    init(_ parts: [PlainPart]) { self.parts = parts }

    mutating func begin(_ pace: Pace) { for index in parts.indices { parts[index].begin(pace) } }

    mutating func open(_ rows: [Int], training: Bool, next: UpcomingRound?) throws -> Matrix<Double> {
        last = (rows, try parts.map { try $0.rows(rows) })
        return sum(last.batches)
    }

    mutating func update(_ derivative: Matrix<Double>) throws {
        for index in parts.indices { try parts[index].descend(last.names, last.batches[index], dZ: derivative) }
    }

    mutating func settle() {}

    /// All of Z: where everything is in one place, nothing is stale.
    mutating func own(_ rows: [Int]) throws -> Matrix<Double> { sum(try parts.map { try $0.rows(rows) }) }

    mutating func descend(_ rows: [Int], along derivative: Matrix<Double>) throws {
        for index in parts.indices {
            try parts[index].descend(rows, parts[index].rows(rows), dZ: derivative, decays: false)
        }
    }

    private func sum(_ batches: [SourceRows]) -> Matrix<Double> {
        let products = zip(parts, batches).map { $0.source($1) }
        return products.dropFirst().reduce(products[0]) { sum, product in
            Matrix(rows: sum.rows, columns: sum.columns, elements: zip(sum.elements, product.elements).map(+))
        }
    }
}

extension Training {
    /// Trains and scores the job's model on prepared columns in one place. The same result every time.
    ///
    /// - Parameter features: of each party whose columns are there.
    func baseline(_ features: [(party: Party, features: PartyFeatures)]) throws -> PartyReport.Metrics {
        let initializer = try Initializer.reproducible("baseline")
        var source = LocalSource(
            try features.map { try PlainPart($0.features, job, of: $0.party, from: initializer) })
        var top = try topModel(from: initializer)
        try run(&source, top: &top, passage: .inPlace) { _, _, _ in }
        return try metrics(score(&source, top: &top) { _, _ in })
    }
}

extension Initializer {
    /// The same numbers in every run: for comparisons, where nothing is to be hidden.
    static func reproducible(_ purpose: String) throws -> Initializer {
        let stream = try RecordedRandomSource(seed: [UInt8](repeating: 0, count: 32)).stream(purpose)
        return Initializer { stream.bytes($0) }
    }
}
