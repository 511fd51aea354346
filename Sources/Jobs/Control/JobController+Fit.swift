internal import Coordination
internal import Specification

/// Whether parties go together, by what they say of themselves: each party checks the same again for itself.
extension JobController {
    /// Parties that speak other protocols than this program, or other versions of them, sentence by sentence.
    func incompatibilities(_ descriptions: [Party: PartyDescription]) -> [String] {
        var problems: [String] = []
        for (party, description) in descriptions.sorted(by: { $0.key < $1.key }) {
            if description.party != party { problems.append("\(party) calls itself \(description.party)") }
            for specification in protocols {
                let offer = description.protocols.first { $0.name == specification.name }
                if offer?.version != specification.version {
                    let theirs = offer.map { "\($0.version)" } ?? "none"
                    problems.append(
                        "\(party) (\(description.software)) speaks \(specification.name) version \(theirs), "
                            + "this coordinator \(specification.version): update the older one")
                } else if offer?.hash != specification.hash.hexadecimal {
                    problems.append(
                        "\(party) has another specification of \(specification.name) \(specification.version) than "
                            + "this coordinator; one of the two programs is not the released one")
                }
            }
        }
        return problems
    }

    /// For every pair of parties, who connects: one that has the other's address; both know each other's certificate.
    func connections(_ descriptions: [Party: PartyDescription]) throws(ControlError) -> [Party: [Party]] {
        var connects: [Party: [Party]] = [:]
        var problems: [String] = []
        func known(_ other: Party, by party: Party) -> PartyDescription.Partner? {
            descriptions[party]?.partners.first { $0.party == other }
        }
        for (index, first) in job.parties.enumerated() {
            for second in job.parties.dropFirst(index + 1) {
                for (party, other) in [(first, second), (second, first)] {
                    guard let partner = known(other, by: party) else {
                        problems.append("\(party) does not know \(other): colonnade-party trust DIR \(other).pem there")
                        continue
                    }
                    let pinned = descriptions[party]?.partners.filter { $0.party == other }.map(\.certificate) ?? []
                    if let own = descriptions[other]?.certificate, !pinned.contains(own) {
                        problems.append(
                            "\(party) has pinned another certificate of \(other) (\(partner.certificate.prefix(16))...) "
                                + "than \(other) uses (\(own.prefix(16))...): colonnade-party trust DIR \(other).pem at \(party)"
                        )
                    }
                }
                if known(second, by: first)?.hasAddress == true {
                    connects[first, default: []].append(second)
                } else if known(first, by: second)?.hasAddress == true {
                    connects[second, default: []].append(first)
                } else {
                    problems.append(
                        "neither \(first) nor \(second) has the other's address: "
                            + "give one in partners.yaml, or with colonnade-party trust --address")
                }
            }
        }
        guard problems.isEmpty else { throw .incompatible(problems) }
        return connects
    }
}
