import Alignment
import Link

/// A whole alignment of two parties, from ids as a table has them to the rows that both have.
struct AlignmentTask: PairedWork {
    static let command = "alignment-party"

    let method: AlignmentMethod
    /// Of either party; half of them are common.
    let ids: Int
    /// Ids of a bucket before padding; `nil`: the method's own.
    let bucketSize: Int?

    /// The row's.
    var name: String { "\(method.rawValue)-\(ids)" }
    /// How many ids both parties have.
    var common: Int { ids / 2 }

    /// From the texts to the rows; of all buckets as if they were one.
    var path: CriticalPath {
        let function: [[(seat: Seat, steps: [String])]] =
            switch method {
            case .ecdh:
                [
                    [(.label, ["begin", "start", "after start"]), (.feature, ["begin"])],
                    [(.label, ["evaluated"]), (.feature, ["after blinded"])],
                ]
            case .vole:
                [
                    [(.label, ["begin", "start"]), (.feature, ["begin", "start"])],
                    [(.label, ["after start", "member-choices"]), (.feature, ["leader-choices"])],
                    [(.feature, ["products", "masked-store"])],
                    [(.label, ["corrections"]), (.feature, ["after masked-store"])],
                ]
            }
        let ids = [(seat: Seat.label, steps: ["collect", "ids"]), (seat: .feature, steps: ["collect", "ids"])]
        return CriticalPath([ids] + function + [[(.label, ["tags"])], [(.feature, ["selected"])]])
    }

    func run(as seat: Seat, connect: () throws -> any Link) throws -> AlignmentResult {
        let texts = try AlignmentTexts(self, of: seat)
        let party = try AlignmentParty(self, seat, texts, link: connect())
        return try party.align()
    }
}

extension AlignmentMethod: Codable {}

/// What one process measured.
struct AlignmentResult: Codable {
    /// From texts to sorted hashes.
    var collecting: Lap
    /// From there to the rows.
    var aligning: Lap
    /// Of the processor: to collect ids, to read them bucket by bucket, and for the role's answer to each step of the protocol, all
    /// buckets together.
    var steps: [String: Double]
    /// A hash of the common ids in the order of the result: the same at both parties if both have the same rows in the same order.
    var digest: [UInt8]
    /// In kilobytes, the texts among it.
    var peakMemory: Int
}
