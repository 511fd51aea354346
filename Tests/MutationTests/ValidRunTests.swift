import AuditedFederation
import Auditing
import Jobs
import Specification
import Testing

/// Real jobs of every shape, as parties record them, raise no finding: `VerificationTests` has ninety made-up ones beside these ten.
@Suite struct ValidRunTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        let features: Int
        var overrides: [String] = []
        var categories: Set<String> = []

        var testDescription: String { "\(features + 1) parties \(overrides.joined(separator: " "))" }
    }

    private static let deep = "model={kind: wide-deep, embed: {dimension: 2}, source: {width: 2}, hidden: [4]}"
    private static let categories: Set = ["shop0", "shop1", "phone0", "phone1"]

    static let shapes = [
        Shape(features: 1), Shape(features: 2),
        Shape(features: 1, overrides: ["align.protocol=ecdh"]), Shape(features: 1, overrides: ["align.protocol=vole"]),
        Shape(features: 1, overrides: ["touched-rows=padded"]), Shape(features: 2, overrides: ["touched-rows=padded"]),
        Shape(features: 1, overrides: ["model={kind: logistic}"]),
        Shape(features: 1, overrides: ["local-updates={workset: 2, reuse: 2}"]),
        Shape(features: 1, overrides: ["align.result=label", "align.decoys=1"]),
        Shape(features: 1, overrides: [deep], categories: categories),
    ]

    @Test(arguments: shapes) func raisesNoFinding(shape: Shape) throws {
        let federation = try MadeUpFederation(features: shape.features, categories: shape.categories)
        let run = try AuditedRun(of: federation, federation.runAudited(AuditedRun.brief + shape.overrides))
        for run in [run, try run.headers()] {
            let verification = try AuditedRunFiles(run).verify()
            #expect(verification.verdict == .accepted)
            #expect(verification.findings.isEmpty)
            for transcript in verification.transcripts {
                #expect(transcript.findings.isEmpty, "\(transcript.findings)")
                #expect(transcript.frames > 20)
            }
        }
    }

    /// Whatever does not change what a specification enforces is no finding.
    @Test func aCommentInASpecificationIsNone() throws {
        var run = try AuditedRun.shared(features: 1, isFull: false)
        for party in run.parties {
            try run.records[party]?.changeHeader { header in
                header.specifications = header.specifications.map { "# Read by \(party).\n" + $0 }
            }
        }
        let verification = try AuditedRunFiles(run).verify()
        #expect(verification.verdict == .accepted && verification.findings.isEmpty)
        #expect(verification.transcripts.allSatisfy { $0.findings.isEmpty })
    }

    /// Chained, signed and sealed anew, unchanged records are what they were.
    @Test func whatIsForgedWithoutAChangeIsAccepted() throws {
        for features in 1...2 {
            let run = try AuditedRun.shared(features: features, isFull: true)
            for party in run.parties {
                let files = try run.forger.forge([party: try #require(run.records[party])])
                let together = try run.forger.forge(run.records)
                #expect(files[party] == together[party])
            }
        }
    }
}
