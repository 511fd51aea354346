import AuditedFederation
import Auditing
import Foundation
import PageTesting
import Specification
import Testing
import Transcript

@Suite struct HTMLPageTests {
    @Test func thePageHoldsEverythingThatTheTextDoes() throws {
        let federation = try Federation(features: 2)
        try federation.run()
        let summary = try federation.summary()
        let page = try StrictPage(summary.html)
        for step in summary.protocols.flatMap(\.phases).flatMap(\.messages) {
            #expect(page.text.contains(step.step) && page.text.contains(step.from.name))
            #expect(try page.text.contains(#require(step.carries)))
        }
        for word in summary.certificates.values + [
            summary.jobHash, summary.chainHead, summary.software, "the job flights with airport and weather",
            "[[x]]", "May give away: n.", "shapes, batch order, number of rounds, timing",
            "ciphertext under airline's key",
            "What this page does not show", Verification.meaning,
        ] {
            #expect(page.text.contains(word), "\(word)")
        }
        // Flow, kinds, protocols, and rounds of the one phase that has several.
        #expect(page.elements.count { $0 == "svg" } == 4)
        #expect(!page.elements.contains("script") && !page.text.contains("UNPROTECTED"))
    }

    /// As browsers take it: nothing may be loaded, nothing may run.
    @Test func thePageForbidsWhatItDoesNotNeed() throws {
        let federation = try Federation(.nothing)
        try federation.run()
        let html = try federation.summary().html
        #expect(html.contains(#"<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;;"#))
        for word in ["http:", "https:", "src=", "href", "url(", "@import"] {
            let outside = html.replacing(#"xmlns="http://www.w3.org/2000/svg""#, with: "").replacing(
                "default-src", with: "")
            #expect(!outside.contains(word), "\(word)")
        }
    }

    @Test func unprotectedAndBrokenTranscriptsAreMarked() throws {
        let federation = try Federation(terms: ["unprotected"])
        try federation.run(.init(isUnprotected: true))
        let page = try StrictPage(federation.summary().html)
        #expect(page.text.contains("UNPROTECTED: this job sent plain numbers.") && page.text.contains("PLAIN NUMBERS"))
        let path = federation.path(federation.label)
        var bytes = try Data(contentsOf: URL(filePath: path))
        bytes[bytes.count - 400] ^= 1
        try bytes.write(to: URL(filePath: path))
        #expect(try StrictPage(federation.summary().html).text.contains("BROKEN: only what stands before the damage"))
    }

    /// Whoever writes a transcript must not write the auditor's page: markup in every text that a transcript has.
    @Test(arguments: [
        "<script>alert(1)</script>", "\"><script>alert(1)</script>", "' onload='alert(1)",
        "</style><script>alert(1)</script>",
        "--><script>alert(1)</script><!--", "&lt;script&gt;", "&#60;script&#62;", "]]><script>alert(1)</script>",
        "\u{202E}<script>\u{0}\u{1B}[2K\n</script>",
    ])
    func markupInATranscriptIsText(_ hostile: String) throws {
        let federation = try Federation()
        try federation.run(.init(aborts: true))
        let label = federation.label
        // Names in frames have no spaces, and at most 64 characters.
        let name = String(
            hostile.unicodeScalars.filter { (0x21...0x7E).contains($0.value) }.map(Character.init).prefix(64))
        try federation.forge(label) { records in
            try records.changeHeader { header in
                header.software = hostile
                header.job += "\nname \(hostile.replacing(" ", with: ""))"
                header.certificates[label] = Array(hostile.utf8)
                for key in ["leakage-1", "leakage-2" + hostile, hostile, "cipher"] { header.statements[key] = hostile }
                header.specifications = try header.specifications.map { try Self.poisoned($0, hostile) }
            }
            try records.changePlan("exchange") { plan in
                plan.members[0].role = hostile
                plan.dimensions[hostile] = 1
            }
            try records.changeFrame(try records.index("F1", round: 1)) {
                ($0.header.step, $0.header.phase, $0.header.protocolName) = (name, name, name)
            }
            try records.changeFrame(try records.index("F2", round: 1)) { $0.header.kind = .plain }
            try records.changePlan("hello") { $0.protocolName = hostile }
            records[records.count - 2] = .abort(.init(party: label, step: hostile, reason: hostile))
        }
        let path = federation.folder.appending(path: hostile.replacing("/", with: "").replacing("\u{0}", with: "")).path
        try FileManager.default.copyItem(atPath: federation.path(label), toPath: path)
        var stranger = Federation.conventions
        stranger.specifications = []
        let summary = try federation.summary(path, against: stranger)
        #expect(summary.isIntact && summary.software == hostile && summary.ending.contains(hostile))
        #expect(summary.protocols.flatMap(\.phases).flatMap(\.messages).contains { $0.leaks == hostile })
        #expect(summary.protocols.contains { $0.name == name } && summary.jobName != nil)

        let html = summary.html
        #expect(!html.lowercased().contains("<script"))
        let page = try StrictPage(html)
        // It is shown, as what it is.
        #expect(page.text.contains(name))
    }

    /// A specification with the same names, and a text in each place for words.
    private static func poisoned(_ specification: String, _ hostile: String) throws -> String {
        let escaped = hostile.unicodeScalars.map { scalar in
            (0x20...0x7E).contains(scalar.value) && scalar != "\"" && scalar != "\\"
                ? String(scalar) : String(format: "\\U%08x", scalar.value)
        }
        let quoted = "\"\(escaped.joined())\""
        return specification.replacing(#/summary: [^\n]*/#, with: "summary: \(quoted)")
            .replacing(#/source: [^\n]*/#, with: "source: \(quoted)")
            .replacing(#/learns: [^\n]*/#, with: "learns: {label: \(quoted), feature: \(quoted)}")
            .replacing(#/carries: [^,]*, leaks: [^}]*}/#, with: "carries: \(quoted), leaks: \(quoted)}")
    }
}
