public import Link
public import Specification

/// Why two parties cannot run a job together. Cases hold names and numbers.
public enum HandshakeError: Error, Equatable {
    /// One end has another version of a protocol, or none (`nil`).
    case versionMismatch(Party, protocolName: String, theirs: Int?, ours: Int?)
    /// The same version of a protocol, but another specification.
    case specificationMismatch(Party, protocolName: String, version: Int)
    case jobMismatch(Party)
    case attemptMismatch(Party, theirs: Int, ours: Int)
    /// Its certificate's key did not sign its transcript key.
    case badEndorsement(Party)
    /// Its confirmation does not belong to this connection.
    case badConfirmation(Party)
}

extension HandshakeError: AbortReasonProviding {
    public var abortReason: AbortReason {
        switch self {
        case .versionMismatch: .versionMismatch
        case .specificationMismatch: .protocolMismatch
        case .jobMismatch: .jobMismatch
        case .badEndorsement: .keyCheckFailed
        case .attemptMismatch, .badConfirmation: .bindingMismatch
        }
    }

    public var blamedParty: Party? {
        switch self {
        case .versionMismatch(let party, _, _, _), .specificationMismatch(let party, _, _), .jobMismatch(let party),
            .attemptMismatch(let party, _, _), .badEndorsement(let party), .badConfirmation(let party):
            party
        }
    }
}

extension HandshakeError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .versionMismatch(let party, let name, let theirs?, let ours?):
            "\(party) speaks \(name) \(theirs), this party \(ours); update the older one"
        case .versionMismatch(let party, let name, let theirs, _):
            theirs == nil
                ? "\(party) does not speak \(name), which this party uses in the job; update it"
                : "\(party) uses \(name) in the job, which this party does not speak; update this one"
        case .specificationMismatch(let party, let name, let version):
            "\(party) and this party have different specifications of \(name) \(version): one of the programs was changed"
        case .jobMismatch(let party):
            "\(party) was given another job than this party: the job files differ"
        case .attemptMismatch(let party, let theirs, let ours):
            "\(party) is at attempt \(theirs) of this job, this party at attempt \(ours)"
        case .badEndorsement(let party):
            "the transcript key of \(party) is not endorsed by the key of its certificate"
        case .badConfirmation(let party):
            "what \(party) confirmed was not made for this connection: somebody may stand between"
        }
    }
}
