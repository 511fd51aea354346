package import Auditing
internal import Foundation
package import Jobs
package import PrivateView
package import Specification
package import Transcript

/// Transcripts and views of one job as files, which go with the value.
package struct AuditedRunFiles {
    private let folder: TemporaryFolder
    private let parties: [Party]

    /// Writes what may have been changed, chained, signed and sealed anew by all parties together.
    package init(_ run: AuditedRun) throws {
        folder = try TemporaryFolder()
        parties = run.parties
        for (party, bytes) in try run.forger.forge(run.records) {
            _ = try folder.write(bytes, "\(party).transcript")
        }
        for (party, view) in run.views { _ = try folder.write(view, "\(party).view") }
    }

    package func transcript(_ party: Party) -> String { "\(folder.path)/\(party).transcript" }
    package func view(_ party: Party) -> String { "\(folder.path)/\(party).view" }

    /// What `colonnade-audit verify` says of all transcripts with all views.
    package func reveal(against conventions: Conventions = Software.conventions) -> Verification {
        Verification(
            of: parties.map(transcript), views: parties.map(view), against: conventions,
            revealing: Software.viewConventions)
    }

    /// What `colonnade-audit verify` says of all transcripts.
    package func verify(against conventions: Conventions = Software.conventions) -> Verification {
        Verification(of: parties.map(transcript), against: conventions)
    }
}

extension Optional {
    package func orThrow(_ what: String) throws -> Wrapped {
        guard let self else { throw NotThere(what) }
        return self
    }
}
