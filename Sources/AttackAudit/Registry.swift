public import Specification

/// What an auditor tries on one kind of frame. The raw values stand in reports.
public enum Attack: String, CaseIterable, Sendable, Encodable {
    case norm, direction, spectral
    case leastSquares = "least-squares"
    case completion40 = "completion-40"
    case completion400 = "completion-400"
    case regression40 = "regression-40"
    case regression400 = "regression-400"
    case inversion
    case gradientInversion = "gradient-inversion"
    case repeats, size, timing
    case knownRows40 = "known-rows-40"
    case knownRows400 = "known-rows-400"

    /// Rows that the attacker knows from elsewhere, where that is part of the name.
    var known: Int? {
        switch self {
        case .completion40, .regression40, .knownRows40: 40
        case .completion400, .regression400, .knownRows400: 400
        default: nil
        }
    }
}

/// What the first dimension of a frame's tensor counts: that decides how its numbers belong to rows.
public enum ShapeClass: String, CaseIterable, Sendable, Encodable {
    /// Rows of the round's batch.
    case rows
    /// One for each row of the batch and each field.
    case lookups
    /// Columns, or rows of a table: what a gradient or weights have.
    case weights
    /// No tensor.
    case other

    /// Of a message, by the names in its shape: the same for all protocols.
    public init(_ message: ProtocolSpecification.Message) {
        let first = message.shape.first?.description ?? ""
        switch message.kind {
        case .ciphertext, .maskedShare, .plain:
            let counts = ["columns", "fields", "updated-rows", "table-rows"]
            if message.shape.count != 2 {
                self = .other
            } else if first == "rows" {
                self = .rows
            } else if first.hasPrefix("rows * fields") {
                self = .lookups
            } else if counts.contains(where: first.hasPrefix) {
                self = .weights
            } else {
                self = .other
            }
        case .publicKey, .proof, .blindedPoint, .tag, .shape, .control, .signature, .membership, .rowList,
            .statistic:
            self = .other
        }
    }
}

/// Which attacks are tried on which frames. A kind of frame that is not here was never thought about: it fails the audit.
public enum Registry {
    private static let labelsOfRows: [Attack] = [.norm, .direction, .spectral, .completion40, .completion400]
    private static let featuresOfRows: [Attack] = [.regression40, .regression400, .inversion]
    private static let gradients: [Attack] = [.leastSquares, .gradientInversion]
    private static let traces: [Attack] = [.size, .timing]

    /// The attacks on frames of a kind and a shape; `nil` where there are none.
    ///
    /// Plain numbers have no mask that could come again. Sizes, bits of membership and lists are what the specification says that
    /// the receiver learns; they may be the same twice.
    public static func attacks(on kind: Kind, _ shape: ShapeClass) -> [Attack]? {
        switch (kind, shape) {
        case (.ciphertext, .rows), (.ciphertext, .lookups), (.maskedShare, .rows), (.maskedShare, .lookups):
            labelsOfRows + featuresOfRows + [.repeats] + traces
        case (.ciphertext, .weights), (.maskedShare, .weights): gradients + [.repeats] + traces
        case (.plain, .rows), (.plain, .lookups): labelsOfRows + featuresOfRows + traces
        case (.plain, .weights): gradients + traces
        case (.maskedShare, .other), (.publicKey, .other), (.proof, .other), (.blindedPoint, .other), (.tag, .other),
            (.control, .other), (.signature, .other):
            [.repeats] + traces
        case (.shape, .other), (.membership, .other), (.rowList, .other), (.statistic, .other): traces
        default: nil
        }
    }
}
