internal import Cryptography
internal import Specification
internal import Transcript

/// What a checked header gives to the checks that follow. What it lacks was reported, and is `nil` or left out here.
///
/// A class, because it is looked at with every record and never changes.
final class HeaderFacts: Sendable {
    let header: TranscriptHeader
    /// The writer's transcript key.
    let key: VerificationKey?
    let certificates: [Party: Certificate]
    let specifications: [SpecificationName: ProtocolSpecification]
    /// All parties of the job, the writer among them.
    let parties: Set<Party>
    let job: JobStatement?

    init(_ header: TranscriptHeader, _ conventions: Conventions, _ findings: inout Findings) {
        self.header = header
        key = try? VerificationKey(bytes: header.transcriptKey)
        certificates = Self.certificates(header, &findings)
        specifications = Self.specifications(header, conventions, &findings)
        job = conventions.job(header.job)
        parties = Set(job.map { Array($0.certificates.keys) } ?? Array(header.certificates.keys)).union([header.party])
        if let job {
            check(job, &findings)
        } else {
            findings.add(.job, expected: "the job in the header", found: "a text that is none")
        }
        let announced = KeyAnnouncement(transcriptKey: header.transcriptKey, endorsement: header.endorsement)
        checkEndorsement(announced, of: header.party, &findings)
    }

    /// Checks that `party` announced a key that its certificate's key endorses, and returns it.
    @discardableResult
    func checkEndorsement(
        _ announced: KeyAnnouncement, of party: Party, _ findings: inout Findings
    ) -> VerificationKey? {
        let peer = party == header.party ? nil : party
        guard let certificate = certificates[party] else {
            findings.add(.certificate, peer: peer, expected: "the certificate of \(party)", found: "none")
            return nil
        }
        let endorsed = TranscriptHeader.endorsedBytes(
            party: party, jobHash: header.jobHash, transcriptKey: announced.transcriptKey)
        guard let key = try? VerificationKey(bytes: announced.transcriptKey),
            certificate.verify(announced.endorsement, of: endorsed)
        else {
            findings.add(
                .endorsement, peer: peer,
                expected: "the signature of \(party)'s certificate key over its transcript key",
                found: "one that does not verify")
            return nil
        }
        return key
    }

    private func check(_ job: JobStatement, _ findings: inout Findings) {
        if job.hash != header.jobHash {
            findings.add(
                .job, expected: "job hash \(job.hash.hexadecimal), as the embedded job has",
                found: header.jobHash.hexadecimal)
        }
        if job.certificates[header.party] == nil {
            findings.add(.job, expected: "a job that \(header.party) takes part in", found: "one without it")
        }
        for (party, fingerprint) in job.certificates.sorted(by: { $0.key < $1.key }) {
            let found = header.certificates[party].map { SHA256.hash($0).hexadecimal }
            if found != fingerprint {
                findings.add(
                    .certificate, expected: "\(party)'s certificate with SHA-256 \(fingerprint), as in the job",
                    found: found ?? "none")
            }
        }
        for (name, specification) in specifications.sorted(by: { $0.key < $1.key }) {
            let hash = specification.hash.hexadecimal
            guard job.specifications[name] != hash else { continue }
            findings.add(
                .specification, expected: "\(name) as in the job: \(job.specifications[name] ?? "none")", found: hash)
        }
    }

    private static func certificates(_ header: TranscriptHeader, _ findings: inout Findings) -> [Party: Certificate] {
        var result: [Party: Certificate] = [:]
        for (party, der) in header.certificates.sorted(by: { $0.key < $1.key }) {
            do {
                let certificate = try Certificate(der: der)
                result[party] = certificate
                if certificate.commonName != party.name {
                    findings.add(
                        .certificate, expected: "a certificate that names \(party)",
                        found: "one that names \(certificate.commonName ?? "nobody")")
                }
            } catch {
                findings.add(.certificate, expected: "a certificate of \(party)", found: "\(error)")
            }
        }
        return result
    }

    private static func specifications(
        _ header: TranscriptHeader, _ conventions: Conventions, _ findings: inout Findings
    ) -> [SpecificationName: ProtocolSpecification] {
        let known = Dictionary(conventions.specifications.map { (SpecificationName($0), $0) }) { first, _ in first }
        var result: [SpecificationName: ProtocolSpecification] = [:]
        for text in header.specifications {
            do {
                let specification = try ProtocolSpecification(yaml: text)
                let name = SpecificationName(specification)
                if result.updateValue(specification, forKey: name) != nil {
                    findings.add(.specification, expected: "one specification of \(name)", found: "two")
                }
                if let mine = known[name], mine.hash != specification.hash {
                    findings.add(
                        .specification, expected: "\(name) with hash \(mine.hash.hexadecimal), as in this program",
                        found: specification.hash.hexadecimal)
                } else if known[name] == nil {
                    findings.add(
                        .specification, .note, expected: "specifications that this program carries",
                        found: "\(name), held to the transcript's own text only")
                }
            } catch {
                findings.add(.specification, expected: "the text of a protocol.yaml", found: error.description)
            }
        }
        return result
    }
}
