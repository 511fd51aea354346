public import Specification

/// Who gave occasion to give a job up, where, and why: what every party of the job reports, word for word the same.
///
/// It is sent to all parties, so it holds no data: a party's name, a step of the job and a reason from a closed list.
public struct AbortCause: Hashable, Sendable {
    /// The longest ``step``, in bytes.
    public static let stepLimit = 120

    /// The party where it started: whose data is bad, who is lost, who sent what cannot be read.
    public let party: Party
    /// Where in the job: 1 to ``stepLimit`` printable ASCII characters.
    public let step: String
    public let reason: AbortReason

    /// - Parameter step: Cut to ``stepLimit`` characters, with `?` for what is not printable ASCII: giving up never fails.
    public init(party: Party, step: String, reason: AbortReason) {
        let printable = step.unicodeScalars.prefix(AbortCause.stepLimit).map { scalar in
            AbortCause.isPrintable(scalar) ? Character(scalar) : "?"
        }
        self.party = party
        self.step = printable.isEmpty ? "?" : String(printable)
        self.reason = reason
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool { (0x20...0x7E).contains(scalar.value) }
}

extension AbortCause: Comparable {
    /// Which of two causes all parties settle on where both arise at the same moment: the smaller one.
    public static func < (left: AbortCause, right: AbortCause) -> Bool {
        (left.reason, left.party, left.step) < (right.reason, right.party, right.step)
    }
}

extension AbortCause: CustomStringConvertible {
    public var description: String { "\(party), step '\(step)', \(reason): \(reason.sentence)" }
}

extension AbortCause {
    /// Its canonical encoding: reason, party, step.
    package func write(to writer: inout CanonicalWriter) {
        writer.integer(reason.rawValue)
        writer.party(party)
        writer.text(step)
    }

    /// Reads what ``write(to:)`` wrote and refuses everything else, unknown reasons too.
    package init(from reader: inout CanonicalReader) throws(SpecificationError) {
        let code: UInt8 = try reader.integer()
        guard let reason = AbortReason(rawValue: code) else { throw .malformed("abort reason \(code)") }
        let party = try reader.party()
        let step = try reader.text()
        self.init(party: party, step: step, reason: reason)
        guard self.step == step else { throw .malformed("an abort's step of \(step.utf8.count) bytes") }
    }
}
