internal import Cryptography

/// What becomes of one column of texts, fitted, beside the embedding table.
///
/// A text that is missing, and that no fill replaces, gives 0 in every column of the encoding.
public struct TextPipeline: Codable, Hashable, Sendable {
    /// What a missing text becomes; `nil` where it stays missing.
    public let fill: String?
    /// Whether a column says where texts are missing; it is the first.
    public let indicator: Bool
    /// `nil` where texts are embedded only, or do not vary but for what is missing.
    public let encoding: Encoding?

    /// What enters the model.
    public enum Encoding: Codable, Hashable, Sendable {
        /// A column for each category, texts in the order of their bytes, and one for rare ones where there were any in training.
        /// Texts that did not occur go to the column of rare ones; where there is none, they give 0 everywhere.
        case oneHot(categories: [String], hasRare: Bool)
        /// The column that a text's hash names, whether it occurred in training or not.
        case hash(buckets: Int)
        /// One column: the weight of evidence of the category, of all other texts, or of a missing one.
        case weights(categories: [String], weights: [Double], other: Double, missing: Double)
    }

    /// The bucket of a text: the first 8 bytes of its SHA-256, big-endian, modulo the number of buckets.
    static func bucket(of text: ArraySlice<UInt8>, among buckets: Int) -> Int {
        let number = SHA256.hash(Array(text)).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Int(number % UInt64(buckets))
    }

    /// The names of its columns.
    func names(_ column: String) -> [String] {
        let encoded: [String] =
            switch encoding {
            case .oneHot(let categories, let hasRare):
                categories.map { "\(column)=\($0)" } + (hasRare ? ["\(column) rare"] : [])
            case .hash(let buckets): (0..<buckets).map { "\(column) bucket \($0)" }
            case .weights: [column]
            case nil: []
            }
        return (indicator ? ["\(column) missing"] : []) + encoded
    }
}

/// Where texts stand among the columns of an encoding.
struct TextPlaces {
    private var places: [ArraySlice<UInt8>: Int] = [:]
    /// The column of texts that have none of their own.
    private var other: Int?
    private var buckets: Int?
    private let fill: ArraySlice<UInt8>?

    init(_ encoding: TextPipeline.Encoding?, fill: String?) {
        self.fill = fill.map { Array($0.utf8)[...] }
        switch encoding {
        case .oneHot(let categories, let hasRare):
            places = Self.places(of: categories)
            other = hasRare ? categories.count : nil
        case .hash(let buckets): self.buckets = buckets
        // Their values differ: see `Source`.
        case .weights(let categories, _, _, _):
            places = Self.places(of: categories)
            other = categories.count
        case nil: break
        }
    }

    private static func places(of categories: [String]) -> [ArraySlice<UInt8>: Int] {
        Dictionary(uniqueKeysWithValues: categories.enumerated().map { (Array($1.utf8)[...], $0) })
    }

    /// The column of a text, an empty one being a missing one.
    subscript(text: ArraySlice<UInt8>) -> Int? {
        guard let text = text.isEmpty ? fill : text else { return nil }
        if let buckets { return TextPipeline.bucket(of: text, among: buckets) }
        return places[text] ?? other
    }
}
