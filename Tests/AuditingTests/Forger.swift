import AuditedFederation
import Cryptography
import Foundation
import Specification
import Transcript

extension Federation {
    var forger: Forger { Forger(keys: keys, jobHash: Self.jobHash(job)) }

    /// Changes a party's transcript, and chains and signs it anew.
    func forge(
        _ party: Party, help: Forger.Help = .partners, key: SigningKey? = nil,
        _ change: (inout [TranscriptRecord]) throws -> Void
    ) throws {
        var records = try [TranscriptRecord](path: path(party))
        try change(&records)
        for bytes in try forger.forge([party: records], help: help, key: key).values {
            try Data(bytes).write(to: URL(filePath: path(party)))
        }
    }
}
