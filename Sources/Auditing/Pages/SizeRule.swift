/// Whether the payloads of a message were always of one length. Where they were not, whether the public shape alone says which.
public enum SizeRule: String, Sendable, Encodable {
    /// All frames have one length.
    case constant
    /// Frames of one shape have one length.
    case byShape = "by-shape"
    /// There are frames of one shape and several lengths.
    case varying
    /// There are too many shapes to say.
    case unknown
}

/// The lengths that frames of each shape have had, so far.
struct SizeWatch {
    private static let limit = 64

    private var lengths: [[Int]: Int] = [:]
    private(set) var rule = SizeRule.constant

    mutating func add(_ length: Int, shape: [Int]) {
        guard rule != .varying else { return }
        if let known = lengths[shape] {
            if known != length { rule = .varying }
        } else if lengths.count < Self.limit {
            if lengths.values.contains(where: { $0 != length }) { rule = .byShape }
            lengths[shape] = length
        } else {
            rule = .unknown
        }
    }
}
