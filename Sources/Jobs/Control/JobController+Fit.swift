internal import Coordination
internal import Specification

/// Whether parties go together, by what they say of themselves: each party checks the same again for itself.
extension JobController {
    /// Of every protocol of this program the version in which the job is to be run: the latest that all of its parties speak. Where a
    /// protocol is none of those that the job runs, parties may speak no version of it, or another one.
    ///
    /// - Throws: `ControlError.incompatible` where parties and this program have no version in common, sentence by sentence.
    func agreedProtocols(
        _ descriptions: [Party: PartyDescription]
    ) throws(ControlError) -> [ProtocolSpecification] {
        let needed = Set(Software.specifications(of: job).map(\.name))
        var (agreed, problems): ([ProtocolSpecification], [String]) = ([], [])
        for (name, versions) in Dictionary(grouping: protocols.indices, by: { protocols[$0].name })
            .sorted(by: { $0.value[0] < $1.value[0] })
        {
            let versions = versions.map { protocols[$0] }.filter { Software.suits($0, job) }
            guard let latest = versions.last else { continue }
            let common = versions.last { version in descriptions.values.allSatisfy { $0.speaks(version) } }
            agreed.append(common ?? latest)
            guard common == nil, needed.contains(name) else { continue }
            problems += descriptions.sorted { $0.key < $1.key }.compactMap { $0.value.problem(with: versions) }
        }
        guard problems.isEmpty else { throw .incompatible(problems) }
        return agreed
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

extension JobController {
    /// Fills in which histories enter towers, where the job file leaves that open.
    ///
    /// - Returns: What does not fit, by party.
    /// - Throws: `ControlError.incompatible` where a party's program is of before there were towers over histories: it would find the
    ///   job not written as it writes jobs.
    func nameHistories(
        of job: inout Job, _ descriptions: [Party: PartyDescription]
    ) throws(ControlError) -> [(Party, [String])] {
        guard !job.historyTowers.isEmpty else { return [] }
        let older = descriptions.filter { $0.value.histories == nil }.sorted { $0.key < $1.key }
        guard older.isEmpty else {
            throw .incompatible(
                older.map {
                    "the program of \($0.key) (\($0.value.software)) knows no towers over histories (towers: kind: history), and all "
                        + "parties of a job have to: update it"
                })
        }
        var problems: [(Party, [String])] = []
        for (party, history) in job.historyTowers.sorted(by: { $0.key < $1.key }) {
            let offered = descriptions[party]?.histories?.map(\.name) ?? []
            guard !offered.isEmpty else {
                problems.append(
                    (party, ["it offers no histories for the job's tower; party.yaml says them under 'histories'"]))
                continue
            }
            let names = history.histories ?? offered
            job.towers[party]?.history?.histories = names
            let missing = names.filter { !offered.contains($0) }.map {
                "history '\($0)' is not offered; it offers \(offered.joined(separator: ", "))"
            }
            if !missing.isEmpty { problems.append((party, missing)) }
        }
        return problems
    }
}

extension PartyDescription {
    /// Whether its program speaks exactly this version of a protocol.
    fileprivate func speaks(_ specification: ProtocolSpecification) -> Bool {
        protocols.contains {
            ($0.name, $0.version, $0.hash)
                == (specification.name, specification.version, specification.hash.hexadecimal)
        }
    }

    /// Why the party and this program cannot run a job together, of which these are the versions of one protocol that this program
    /// speaks; `nil` where the party speaks one of them.
    fileprivate func problem(with versions: [ProtocolSpecification]) -> String? {
        guard let latest = versions.last, !versions.contains(where: speaks) else { return nil }
        let theirs = protocols.filter { $0.name == latest.name }.map(\.version)
        if let same = versions.last(where: { theirs.contains($0.version) }) {
            return
                "\(party) (\(software)) has another specification of \(same.name) \(same.version) than this coordinator "
                + "(\(Software.version)); one of the two programs is not the released one"
        }
        func list(_ versions: [Int]) -> String { versions.map { "\($0)" }.joined(separator: " and ") }
        let older = theirs.max() ?? 0 < latest.version ? "\(party)'s program" : "the coordinator's program"
        return
            "\(party) (\(software)) speaks \(latest.name) version \(theirs.isEmpty ? "none" : list(theirs)), this coordinator "
            + "(\(Software.version)) version \(list(versions.map(\.version))), and the job needs it: update \(older)"
    }
}
