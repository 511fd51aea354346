internal import Arithmetic
internal import Cryptography
internal import Specification
internal import Transcript

/// What several transcripts of one job must have in common.
enum Counterparts {
    /// One readable transcript among the others.
    struct Side {
        let path: String
        let facts: HeaderFacts
        let pass: TranscriptPass

        var party: Party { facts.header.party }
    }

    static func check(_ passes: [TranscriptPass]) -> Findings {
        var findings = Findings()
        let sides = passes.compactMap { pass in
            pass.problem == nil ? pass.verifier.facts.map { Side(path: pass.path, facts: $0, pass: pass) } : nil
        }
        guard let first = sides.first else { return findings }
        var pairs: [(Side, Side)] = []
        for (index, side) in sides.enumerated() {
            if sides[..<index].contains(where: { $0.party == side.party }) {
                findings.add(
                    Finding(
                        .attendance, party: side.party, expected: "one transcript of each party",
                        found: "another one of \(side.party): \(side.path)"))
                continue
            }
            pairs += sides[..<index].map { ($0, side) }
            compareJobs(first, side, &findings)
        }
        for (left, right) in pairs where left.party != right.party {
            let (mine, theirs) = (left.facts.header, right.facts.header)
            guard mine.jobHash == theirs.jobHash, mine.attempt == theirs.attempt else { continue }
            compareHeaders(left, right, &findings)
            compareSeals(left, right, &findings)
            compare(.plans, of: left, and: right, &findings)
            compare(.frames(from: left.party, to: right.party), of: left, and: right, &findings)
            compare(.frames(from: right.party, to: left.party), of: right, and: left, &findings)
        }
        compareKeys(sides, &findings)
        let expected = sides.reduce(into: Set<Party>()) { $0.formUnion($1.facts.parties) }
        for party in expected.subtracting(sides.map(\.party)).sorted() {
            findings.add(
                Finding(
                    .attendance, .note, party: party, expected: "the transcript of every party of the job",
                    found: "none of \(party): what its partners say of it stands alone"))
        }
        return findings
    }

    // MARK: - Headers

    private static func compareJobs(_ first: Side, _ other: Side, _ findings: inout Findings) {
        let (mine, theirs) = (first.facts.header, other.facts.header)
        if mine.jobHash != theirs.jobHash {
            findings.add(
                Finding(
                    .job, party: other.party, record: 0,
                    expected: "job \(mine.jobHash.hexadecimal), as in the transcript of \(first.party)",
                    found: theirs.jobHash.hexadecimal))
        } else if mine.attempt != theirs.attempt {
            findings.add(
                Finding(
                    .job, party: other.party, record: 0,
                    expected: "attempt \(mine.attempt), as in the transcript of \(first.party)",
                    found: "attempt \(theirs.attempt)"))
        }
    }

    private static func compareHeaders(_ left: Side, _ right: Side, _ findings: inout Findings) {
        let (mine, theirs) = (left.facts, right.facts)
        for party in Set(mine.header.certificates.keys).intersection(theirs.header.certificates.keys).sorted() {
            let expected = mine.header.certificates[party].map(SHA256.hash)
            let found = theirs.header.certificates[party].map(SHA256.hash)
            if expected != found {
                findings.add(
                    Finding(
                        .certificate, party: right.party, peer: left.party, record: 0,
                        expected: "\(party)'s certificate with SHA-256 \(expected?.hexadecimal ?? ""), "
                            + "as in the transcript of \(left.party)", found: found?.hexadecimal ?? ""))
            }
        }
        for name in Set(mine.specifications.keys).intersection(theirs.specifications.keys).sorted() {
            let (expected, found) = (mine.specifications[name]?.hash, theirs.specifications[name]?.hash)
            if expected != found {
                findings.add(
                    Finding(
                        .specification, party: right.party, peer: left.party, record: 0,
                        expected: "\(name) with hash \(expected?.hexadecimal ?? ""), "
                            + "as in the transcript of \(left.party)", found: found?.hexadecimal ?? ""))
            }
        }
    }

    /// A party shows everybody the same key, and no two parties' keys have a factor in common.
    private static func compareKeys(_ sides: [Side], _ findings: inout Findings) {
        guard let job = sides.first?.facts.header else { return }
        var known: [Party: (modulus: Integer, holder: Party)] = [:]
        for side in sides {
            let header = side.facts.header
            guard header.jobHash == job.jobHash, header.attempt == job.attempt else { continue }
            let moduli = side.pass.verifier.payloads.moduli
            for (party, modulus) in moduli.sorted(by: { $0.key < $1.key }) {
                guard let shown = known[party] else {
                    // Those of one transcript were compared there.
                    let others = known.filter { moduli[$0.key] == nil }.mapValues(\.modulus)
                    if let shared = sharedFactor(of: modulus, of: party, with: others) {
                        findings.add(
                            Finding(.key, party: side.party, expected: shared.expected, found: shared.found))
                    }
                    known[party] = (modulus, side.party)
                    continue
                }
                if shown.modulus != modulus {
                    findings.add(
                        Finding(
                            .key, party: side.party,
                            expected: "the key of \(party) that the transcript of \(shown.holder) has",
                            found: "another one"))
                }
            }
        }
    }

    // MARK: - Seals

    /// What each stated of its head to the other must be its chain's head after as many records in its own file.
    private static func compareSeals(_ left: Side, _ right: Side, _ findings: inout Findings) {
        for (holder, owner) in [(left, right), (right, left)] {
            guard let claim = holder.pass.verifier.links[owner.party]?.seal.claim,
                claim != owner.pass.verifier.links[holder.party]?.head
            else { continue }
            let actual = head(of: owner.path, after: claim.records)
            // A transcript that was cut before its seal may simply not hold as many records.
            guard claim != actual, actual != nil || owner.pass.isComplete else { continue }
            findings.add(
                Finding(
                    .seal, party: owner.party, peer: holder.party,
                    expected: "\(claim.text), as \(owner.party) signed for \(holder.party)",
                    found: actual?.text ?? "\(owner.pass.verifier.records) records"))
        }
    }

    /// The chain's head after so many records; `nil` where the file has fewer.
    private static func head(of path: String, after records: Int) -> ChainHead? {
        guard let reader = try? TranscriptReader(path: path) else { return nil }
        while reader.head.records < records { guard case .record = reader.next() else { return nil } }
        return reader.head
    }

    // MARK: - Streams

    /// Compares a stream by its hash; where that differs, goes through both files to the first difference.
    private static func compare(
        _ stream: LinkStream, of sender: Side, and receiver: Side, _ findings: inout Findings
    ) {
        let digests = [(sender, receiver.party), (receiver, sender.party)].map { side, peer in
            side.pass.verifier.links[peer]?.streams[stream] ?? LinkDigest()
        }
        guard digests[0] != digests[1] else { return }
        do {
            if let finding = try firstDifference(in: stream, sender, receiver) { findings.add(finding) }
        } catch {
            findings.add(
                Finding(
                    .agreement, party: sender.party, peer: receiver.party,
                    expected: "two files to compare side by side", found: error.description))
        }
    }

    private static func firstDifference(
        in stream: LinkStream, _ sender: Side, _ receiver: Side
    ) throws(TranscriptError) -> Finding? {
        var sent = try LinkCursor(path: sender.path, owner: sender.party, peer: receiver.party, stream: stream)
        var taken = try LinkCursor(path: receiver.path, owner: receiver.party, peer: sender.party, stream: stream)
        let check: Check = stream == .plans ? .plan : .agreement
        while true {
            switch (sent.next(), taken.next()) {
            case (nil, nil):
                return nil
            case (let original?, let copy?):
                if original.event.bytes == copy.event.bytes { continue }
                return Finding(
                    check, party: receiver.party, peer: sender.party, record: copy.record, frame: copy.frame,
                    expected: original.event.text(against: copy.event)
                        + ", as in record \(original.record) of \(sender.party)",
                    found: copy.event.text(against: original.event))
            case (let original?, nil):
                return missing(original, of: sender, at: receiver, check)
            case (nil, let copy?):
                return missing(copy, of: receiver, at: sender, check)
            }
        }
    }

    /// What one side has and the other lacks; `nil` where the other's transcript ends before its job did.
    private static func missing(_ place: LinkCursor.Place, of side: Side, at other: Side, _ check: Check) -> Finding? {
        guard other.pass.isComplete else { return nil }
        return Finding(
            check, party: other.party, peer: side.party,
            expected: "\(place.event.description.title), as in record \(place.record) of \(side.party)",
            found: "nothing more")
    }
}
