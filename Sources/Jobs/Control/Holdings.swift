public import Coordination
internal import Models
internal import Specification

/// Who holds what of a trained model, in plain words: half models surprise people.
public enum Holdings {
    /// One sentence a line.
    ///
    /// - Parameter reports: Of the parties that trained it.
    public static func sentences(of job: Job, reports: [PartyReport]) -> [String] {
        let (width, dimension) = (job.model.width, job.model.dimension)
        func weights(_ party: Party) -> String {
            let report = reports.first { $0.party == party }
            let numbers = "weights (\(report?.preparedColumns ?? 0) x \(width))"
            guard let fields = report?.embeddedFields, fields > 0 else { return numbers }
            return numbers + " and embeddings (\(fields) fields of dimension \(dimension))"
        }
        let top = job.model.kind.isDeep ? "the layers above Z" : "the bias"
        guard job.protection == .blind else {
            return job.parties.map { party in
                "\(party): all of its own \(weights(party)), in the clear"
                    + (party == job.labelParty ? "; \(top); how labels are read" : "")
                    + "; how its columns are prepared"
            }
        }
        let label = job.labelParty
        let embedding = job.featureParties.first { party in
            reports.contains { $0.party == party && $0.embeddedFields > 0 }
        }
        let labelEmbeds = reports.contains { $0.party == label && $0.embeddedFields > 0 }
        var sentences = [
            "\(label): one share of its own \(weights(label)); the other share of every other party's; \(top)"
                + (job.towers[label] == nil ? "" : " and its own tower")
                + ", in the clear; how labels are read; how its "
                + "columns are prepared"
        ]
        for party in job.featureParties {
            let others = party == embedding && labelEmbeds ? "weights and embeddings" : "weights"
            sentences.append(
                "\(party): one share of its own \(weights(party)); a share of \(label)'s \(others)"
                    + (job.towers[party] == nil ? "" : "; its own tower, in the clear")
                    + "; how its columns are prepared")
        }
        sentences.append(
            "nobody: any weight or embedding of the source layer in the clear, its own included. To predict, all parties must run."
        )
        return sentences
    }
}
