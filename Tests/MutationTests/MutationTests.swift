import AuditedFederation
import Auditing
import Foundation
import Specification
import Testing

/// One thing is changed in the transcripts of a real job, which are then chained, signed, sealed and counter-signed anew, and
/// verification must find it: the right check first, at the right party and frame.
@Suite struct MutationTests {
    /// Of each kind, drawn over all places where it can be made, over all parties, of jobs of two and of three.
    private static let mutants = ProcessInfo.processInfo.environment["COLONNADE_LONG_TESTS"] == nil ? 12 : 120

    /// Fewer where keys are used, or proved.
    private static func mutants(of mutation: Mutation) -> Int {
        switch mutation.material {
        case .headers, .full: mutants
        case .contents: mutants / 6
        case .views: mutants / 4
        }
    }

    @Test func thereAreManyKindsAndManyMutants() {
        #expect(Set(Mutation.all.map(\.name)).count == Mutation.all.count)
        #expect(Mutation.all.count >= 25)
        #expect(Mutation.all.reduce(0) { $0 + Self.mutants(of: $1) } >= 1_000)
    }

    @Test func theReadmeNamesThem() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let readme = try String(contentsOf: root.appending(path: "Sources/Auditing/README.md"), encoding: .utf8)
        for row in Mutation.table { #expect(readme.contains(row), "\(row)") }
    }

    @Test(arguments: Mutation.all) func isFoundWhereItIs(mutation: Mutation) throws {
        for number in 0..<Self.mutants(of: mutation) {
            let mutant = try mutation.mutant(number)
            try check(mutant, of: mutation, name: "mutant \(number) of \(mutant.run.parties.count) parties")
        }
    }

    /// Whatever was encrypted or drawn amiss, transcripts without payloads are those of a sound job.
    @Test(arguments: Mutation.contents + Mutation.masks) func headersAloneDoNotShowIt(mutation: Mutation) throws {
        let mutant = try mutation.mutant(0)
        var run = mutant.run
        run.records = mutant.transcripts
        let verification = try AuditedRunFiles(run.headers()).verify()
        #expect(verification.verdict == .accepted && verification.findings.isEmpty)
        #expect(verification.transcripts.allSatisfy { $0.findings.isEmpty })
    }

    private func check(_ mutant: Mutant, of mutation: Mutation, name: Comment) throws {
        let verification = try mutant.verify()
        let expected = mutant.expectation
        #expect(verification.verdict == expected.verdict, name)
        let severity: Severity = expected.verdict == .incomplete ? .incomplete : .failure
        let findings = (verification.transcripts.flatMap(\.findings) + verification.findings)
            .filter { $0.severity == severity }
        let first = try #require(findings.first, name)
        let found = expected.isFirst ? first : try #require(findings.first { $0.check == mutation.check }, name)
        for finding in [first, found] {
            #expect(finding.party == expected.party, name)
            #expect(
                expected.records.isEmpty ? finding.record == nil : expected.records.contains(finding.record ?? -1), name
            )
        }
        #expect(found.check == mutation.check, name)
        #expect(found.level == mutation.check.level, name)
        if let party = expected.party, let record = found.record, expected.records == [record] {
            #expect(found.frame == (expected.namesFrame ? mutant.frame(of: record, in: party) : nil), name)
        }
    }
}

extension Mutant {
    /// The number of the frame that a record is; `nil` for other records.
    fileprivate func frame(of record: Int, in party: Party) -> Int? {
        guard let records = transcripts[party], records.indices.contains(record), records[record].frame != nil else {
            return nil
        }
        return records.frames(before: record)
    }
}
