import AuditedFederation
import Auditing
import Foundation
import Specification
import Testing
import Transcript

@Suite struct PageTests {
    @Test func aSummaryAddsUpWhatWasSent() throws {
        let federation = try Federation(features: 2)
        try federation.run(.init(rounds: 2, rows: 3))
        let summary = try federation.summary()
        #expect(summary.protocols.map(\.name) == ["hello", "exchange", "seal"])
        #expect(summary.protocols.allSatisfy { $0.sessions == 1 && $0.members.count == 3 })
        let train = try #require(summary.protocols[1].phases.last)
        #expect(train.name == "train" && train.rounds == 3)
        // Three frames a round and partner; F1 has 3, 3 and 2 rows of 16 bytes.
        #expect(train.frames == 18)
        let ciphertexts = train.messages.filter { $0.step == "F1" }
        #expect(ciphertexts.map(\.bytes) == [128, 128])
        #expect(ciphertexts.allSatisfy { $0.shape == [3, 1] && $0.shapeVaries && $0.keyOwner == federation.label })
        // H1, S0, train, S1, S2.
        #expect(summary.frames == 4 + 2 + 18 + 8)
        #expect(summary.links.count == 4)
        #expect(summary.links.map(\.frames).reduce(0, +) == summary.frames)
        #expect(summary.kinds.map(\.bytes).reduce(0, +) == summary.bytes)
        #expect(summary.ending == "complete" && summary.isIntact && summary.unprotected.isEmpty)
        #expect(!summary.text.contains("UNPROTECTED"))
    }

    @Test func everyFrameIsListed() throws {
        let federation = try Federation()
        try federation.run()
        var lines: [FrameLine] = []
        let summary = try federation.summary { lines.append($0) }
        #expect(lines.map(\.frame) == Array(0..<summary.frames))
        let records = try [TranscriptRecord](path: federation.path(federation.label))
        for line in lines {
            guard case .frame(let frame) = records[line.record] else {
                Issue.record("record \(line.record) is no frame")
                continue
            }
            #expect(frame.length == line.bytes && frame.header.step == line.step && frame.peer != federation.label)
            #expect((line.from == federation.label) == frame.isOutgoing)
            #expect(line.weightVersion == frame.header.weightVersion)
            #expect(line.text.contains("weights after") == ["F1", "F3"].contains(line.step))
        }
    }

    @Test func unprotectedJobsAreMarkedInCapitals() throws {
        let federation = try Federation(terms: ["unprotected"])
        try federation.run(.init(isUnprotected: true))
        let summary = try federation.summary()
        #expect(summary.unprotected == ["open"])
        #expect(summary.text.contains("UNPROTECTED: this job sent plain numbers, in the protocol open."))
        #expect(federation.verify().text.contains("airline: ACCEPTED, UNPROTECTED"))
    }

    @Test func aBrokenOrCutTranscriptSaysSo() throws {
        let federation = try Federation()
        try federation.run()
        let path = federation.path(federation.label)
        let whole = try Data(contentsOf: URL(filePath: path))
        try whole.dropLast(10).write(to: URL(filePath: path))
        #expect(try federation.summary().ending.hasPrefix("a prefix: the file ends inside record"))
        var changed = whole
        changed[whole.count - 400] ^= 1
        try changed.write(to: URL(filePath: path))
        let summary = try federation.summary()
        #expect(!summary.isIntact && summary.ending.hasPrefix("BROKEN"))
        #expect(throws: AuditingError.self) { try federation.summary(path + ".missing") }
        #expect(throws: AuditingError.self) { try federation.summary(federation.folder.path) }
    }

    /// Whoever writes a transcript must not write the auditor's screen.
    @Test func noControlCharacterOfATranscriptReachesTheScreen() throws {
        let federation = try Federation()
        try federation.run(.init(aborts: true))
        let escape = "\u{1B}[2K\u{202E}ACCEPTED\n"
        try federation.forge(federation.label) { records in
            try records.changeHeader {
                $0.software = escape
                $0.statements[escape] = escape
            }
            try records.changeFrame(try records.index("F1")) {
                $0.header.step = escape
                $0.header.phase = escape
                $0.header.protocolName = escape
            }
            try records.changePlan("hello") { $0.protocolName = escape }
            records[records.count - 2] = .abort(.init(party: federation.label, step: escape, reason: escape))
        }
        let path = federation.path(federation.label)
        var pages = [federation.verify([path]).text]
        pages.append(try federation.summary { pages.append($0.text) }.text)
        #expect(pages[0].contains("\\u{1b}") && pages[5].contains("\\u{1b}"))
        #expect(pages[pages.count - 1].contains("\\u{1b}"))
        for page in pages {
            #expect(!page.contains("\u{1B}") && !page.contains("\u{202E}"))
            #expect(!page.split(separator: "\n").contains { $0.hasPrefix("ACCEPTED") })
        }
    }

    @Test func findingsAreShownAsTableAndAsJSON() throws {
        let federation = try Federation()
        try federation.run()
        let weather = federation.parties[1]
        try federation.forge(weather) { records in
            try records.changeFrame(try records.index("F1")) { $0.header.keyOwner = weather }
        }
        let verification = federation.verify()
        #expect(verification.text.contains("expected  key owner airline"))
        #expect(verification.text.contains("weather: REJECTED"))
        #expect(verification.text.contains(Verification.meaning))
        let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(verification)) as? [String: Any]
        let transcripts = try #require(object?["transcripts"] as? [[String: Any]])
        let finding = try #require((transcripts[1]["findings"] as? [[String: Any]])?.first)
        #expect(finding["check"] as? String == "fields" && finding["severity"] as? String == "failure")
        #expect(finding["level"] as? String == "headers" && finding["party"] as? String == "weather")
        #expect(finding["expected"] as? String == "key owner airline")
        #expect(object?["verdict"] as? String == "rejected")
    }

    @Test func aSpecificationIsShownWhole() throws {
        let pages = Federation.conventions.specifications.map(SpecificationPage.init)
        let exchange = try #require(pages.first { $0.name == "exchange" })
        #expect(exchange.messages.map(\.step) == ["S0", "F1", "F2", "F3"])
        #expect(exchange.overview.contains(exchange.hash))
        for word in [
            "ciphertext", "columns[feature] x 1", "14 of 218 bits", "F1 and F2, then F3", "each feature party",
            "weights are updated by each round of train", "as they are after their round's update",
        ] {
            #expect(exchange.text.contains(word), "\(word)")
        }
        #expect(exchange.messages.filter { !$0.hasFixedLength }.map(\.step) == ["F3"])
        #expect(exchange.overview.hasSuffix("all parties know, but for F3, of which a limit is known"))
        #expect(pages.first?.overview.hasSuffix("all parties know") == true)
        #expect(!exchange.overview.contains("UNPROTECTED"))
        #expect(pages.first { $0.name == "open" }?.overview.contains("UNPROTECTED") == true)
    }

    @Test func everyCheckIsExplainedInHelpAndREADME() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let readme = try String(contentsOf: root.appending(path: "Sources/Auditing/README.md"), encoding: .utf8)
        for check in Check.allCases {
            #expect(Check.overview.contains("\n  \(check.rawValue): \(check.meaning)"))
            #expect(Check.overview.contains("\(check.level.rawValue): needs \(check.level.need)."))
            #expect(readme.contains("| \(check.rawValue) | \(check.level.rawValue) | \(check.meaning) |"))
        }
    }
}
