// Protocols that are broken on purpose. Each test builds one, shows that the attack succeeds on it, and that the same attack
// fails on what the real roles send. An attack that fails on both would prove nothing.
//
// | broken                                      | who attacks          | what is lost      | what stops it                         |
// |---------------------------------------------|----------------------|-------------------|---------------------------------------|
// | masks reused by batch id: F1                | label party, on F1   | X_A               | names of draws are good once          |
// | the same of the gradient's mask: B2         | label party, on B2   | X_A               | names of draws are good once          |
// | a mask of 64 bits over a product of 97      | label party, on F1   | X_A               | mask widths from proved bounds        |
// | no re-randomisation of a product            | label party, on F1   | rows of X_A       | `hide`, with wide exponents           |
// | a cached ciphertext sent once more          | feature party, on B1 | equal derivatives | the session's `CiphertextRegistry`    |
// | dW_A to the feature party in the clear      | feature party        | labels            | HE2SS: a share of it, masked          |
// | dZ to the feature party in the clear        | feature party        | labels            | encrypted: B1                         |
// | weights of rows to it in the clear          | feature party        | classes, at first | they go into dZ, which is encrypted   |
// | dZ times B's weight share, decrypted at A   | feature party        | labels            | no such message; where embeddings     |
// |                                             |                      |                   | need it, masked (`EmbedMatMulTests`)  |
// | local steps left out where rows have turned | whoever has a clock  | whether there is  | the order is a function of the plan   |
// |                                             |                      | anything to learn | alone (`Workset`)                     |
// | W_B known to the label party                | label party, on Z    | X_A W_A           | crossed initialisation                |
// | masks of a seeded generator                 | label party, on F1   | X_A               | 256 bits of the system's entropy      |
//
// What opening Z gives away is broken by nothing: `DemonstrationsTests` recovers the Gram matrix of X_A, and more, from the real
// roles, and the exposure ledger limits how far.
//
// The last of the table is why uniformity of masked values proves nothing: a bad generator passes every such test.
//
// `AuditedTests` has whole jobs, with the transcripts and private views that parties write, and an auditor finds:
//
// | broken                              | with                                     | check         | level        |
// |-------------------------------------|------------------------------------------|---------------|--------------|
// | masks reused by batch id            | the view of the party that opened them   | mask          | private-view |
// | a mask narrower than a product      | the same                                 | mask          | private-view |
// | no re-randomisation                 | the view of the party that sent products | noise         | private-view |
// | dW_A in the clear, not masked       | kept payloads                            | uniformity    | full         |
// | dZ times B's weight share, the same | kept payloads                            | uniformity    | full         |
// | shares of W_B at B, the same        | kept payloads                            | uniformity    | full         |
// | masks of a seeded generator         | the seed and the folder of the party     | replay        | replay       |
//
// Headers alone show none of these, but for messages that this program's specifications lack: an auditor that does not take the parties'
// own specification for good finds `specification`.

import Arithmetic
import Cryptography
import Demonstrations
import IdealCipher
import MatMul
import Paillier
import Shares
import Specification

/// Fixed before anything was measured.
enum Threshold {
    /// R2 of an attack that succeeds, at least.
    static let recovered = 0.99
    /// R2 of an attack that fails, below.
    static let hidden = 0.1
    /// Area under the curve of an attack on labels that succeeds, at least.
    static let labels = 0.99
}

/// A layer between a label party and one feature party, and the data of one batch.
struct Layer<Key: AdditiveKey> {
    let columns: Int
    let width: Int
    let keyBits: Int
    let keys: (label: Key, feature: Key)
    var parties: TwoParties<Key>

    /// The real roles.
    ///
    /// - Parameters:
    ///   - isCrossed: Whether the feature party draws a share of the label party's weights.
    ///   - sources: Each party's own.
    init(
        columns: Int, labelColumns: Int = 3, width: Int, keyBits: Int = 2048, keys: (label: Key, feature: Key),
        isCrossed: Bool = true, sources: (label: any RandomSource, feature: any RandomSource)
    ) throws {
        let feature = try Party("feature")
        let parameters = try MatMulParameters(
            label: .init(Party("label"), columns: labelColumns), features: [.init(feature, columns: columns)],
            width: width, keyBits: keyBits, attempt: 0)
        let optimiser = try ShareOptimiser(
            rate: Fraction(decimal: "0.5"), momentum: Fraction(decimal: "0.000001"), decay: Fraction(decimal: "0"))
        let bounds = MatMulInitialBounds(standardDeviation: 0.5, featureParties: 1)
        // The same weights in every run, whatever masks are drawn from.
        let initial = recorded("weights")
        var featureShares = try MatMulFeatureShares(
            of: feature, parameters, bounds: bounds, optimiser: optimiser, random: initial)
        if !isCrossed {
            featureShares.labelWeights = Matrix(rows: labelColumns, columns: width, repeating: 0)
        }
        parties = try TwoParties(
            parameters, keys: keys,
            shares: (
                MatMulLabelShares(parameters, bounds: bounds, optimiser: optimiser, random: initial), featureShares
            ), sources: sources)
        (self.columns, self.width, self.keyBits, self.keys) = (columns, width, keyBits, keys)
        try parties.start()
    }

    /// V_A, the label party's share of the feature party's weights, as the integers that it encrypted.
    var labelShare: Matrix<Integer> { parties.labelRole.shares.featureWeights[0].value.lifted }

    /// The last frame of a step.
    func last(_ step: String) throws -> Frame {
        guard let frame = parties.sent.last(where: { $0.header.step == step }) else { throw NothingSent() }
        return frame
    }

    struct NothingSent: Error {}

    /// What the receiver of F1, F2 or B2 decrypts, its offset removed: product plus mask.
    func opened(_ step: String) throws -> Matrix<Integer> {
        let frame = try last(step)
        let key = step == "F2" ? keys.feature : keys.label
        let product =
            switch step {
            case "F1": try Product.matMulForward(terms: columns)
            case "F2": try Product.matMulForward(terms: parties.labelRole.shares.weights.value.rows)
            default: try Product.matMulGradient(batch: last("B1").header.shape[0])
            }
        let ciphertexts = try key.cipher.decode(
            frame.payload, count: frame.payload.count / key.cipher.ciphertextBytes)
        var budget = MaskBudget()
        return try Conversion(product, columns: width, keyBits: keyBits)
            .open(ciphertexts, rows: frame.header.shape[0], with: key, spending: &budget)
    }
}

extension Layer<IdealKey> {
    /// On ideal ciphertexts: what is decrypted is the same.
    init(
        columns: Int, labelColumns: Int = 3, width: Int, isCrossed: Bool = true,
        sources: (label: any RandomSource, feature: any RandomSource)
    ) throws {
        let key = IdealKey(keyBits: 2048)
        try self.init(
            columns: columns, labelColumns: labelColumns, width: width, keys: (key, key), isCrossed: isCrossed,
            sources: sources)
    }
}

/// A party's source, reproducible: names tell the draws of parties apart.
func recorded(_ seed: String = "masks") -> any RandomSource { RecordedRandomSource(seed: Array(seed.utf8)) }

/// Uniform fixed-point numbers in -1...1.
func uniform(_ rows: Int, _ columns: Int, _ name: String) throws -> Matrix<Int64> {
    try recorded("data").stream(name).initialShares(rows: rows, columns: columns, bound: 1 << 20)
}

extension Matrix<Int64> {
    /// The numbers that they stand for at scale 2^20.
    var real: Matrix<Double> { map { FixedPoint.decode($0) } }
}

extension Matrix<Integer> {
    /// The nearest numbers of 53 bits.
    var approximate: Matrix<Double> { map { Double($0.decimal) ?? .nan } }

    static func + (left: Self, right: Self) -> Self { combine(left, right) { $0 + $1 } }
    static func - (left: Self, right: Self) -> Self { combine(left, right) { $0 - $1 } }

    private static func combine(_ left: Self, _ right: Self, _ operation: (Integer, Integer) -> Integer) -> Self {
        Matrix(rows: left.rows, columns: left.columns, elements: zip(left.elements, right.elements).map(operation))
    }

    /// The product as true integers.
    static func * (left: Matrix<Int64>, right: Self) -> Self {
        Matrix(
            rows: left.rows, columns: right.columns,
            elements: (0..<left.rows).flatMap { row in
                (0..<right.columns).map { column in
                    (0..<right.rows).reduce(Integer()) { $0 + Integer(left[row, $1]) * right[$1, column] }
                }
            })
    }

    static func beside(_ parts: [Self]) -> Self {
        Matrix(
            rows: parts[0].rows, columns: parts.reduce(0) { $0 + $1.columns },
            elements: (0..<parts[0].rows).flatMap { row in parts.flatMap { $0.row(row) } })
    }
}
