import AuditedFederation
import Auditing
import Testing
import Transcript

/// One thing that a party changed in its own transcript before it chained and signed it anew, and who must find what.
struct Mutation: Sendable, CustomTestStringConvertible {
    let name: String
    let check: Check
    /// Changes the records; returns where the finding must point.
    let change: @Sendable (inout [TranscriptRecord]) throws -> Int

    init(_ name: String, _ check: Check, _ change: @escaping @Sendable (inout [TranscriptRecord]) throws -> Int) {
        self.name = name
        self.check = check
        self.change = change
    }

    var testDescription: String { name }
}

/// Not the cipher's.
typealias Noise = AuditedFederation.Noise
