import AuditedFederation
import Auditing
import Foundation
import PageTesting
import Specification
import Testing
import Transcript

@Suite struct SummaryTests {
    @Test func bytesStandByLinkKindAndKeyOwner() throws {
        let federation = try Federation(features: 2)
        try federation.run(.init(rounds: 2, rows: 3))
        let summary = try federation.summary()
        #expect(summary.flows.map(\.bytes).reduce(0, +) == summary.bytes)
        #expect(summary.flows.map(\.frames).reduce(0, +) == summary.frames)
        let ciphertexts = summary.flows.filter { $0.kind == "ciphertext" }
        #expect(ciphertexts.map(\.from) == [federation.parties[2], federation.parties[1]])
        #expect(ciphertexts.allSatisfy { $0.keyOwner == federation.label && $0.bytes == 128 })
        #expect(
            summary.certificates[federation.label]
                == federation.identities[federation.label]?.certificate.fingerprint.hex)
        let verified = try #require(federation.verify().transcripts.first)
        #expect(summary.chainHead == verified.head && summary.records == verified.records)
    }

    @Test func thePageSaysInWordsWhatTheFileIs() throws {
        let federation = try Federation(features: 2)
        try federation.run()
        let text = try federation.summary().text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        for words in [
            "This is airline's own record of the job flights with airport and weather: every message that airline sent or took",
            "Of the bytes,", "were encrypted under airline's key", "It says that the job ran to its end.",
            "label learns rows", "F1 [[x]] may give away: nothing", "S0 n may give away: n", "constant", "by shape",
            "'colonnade-audit verify' checks",
        ] {
            #expect(text.contains(words), "\(words)")
        }
    }

    /// What people were told is not cut short.
    @Test func leakageIsShownInOrderAndWhole() throws {
        let federation = try Federation()
        try federation.run()
        try federation.forge(federation.label) { records in
            try records.changeHeader { header in
                for number in 1...11 {
                    header.statements["leakage-\(number)"] =
                        String(repeating: "word ", count: 100) + "end of \(number)."
                }
            }
        }
        let summary = try federation.summary()
        let places = try (1...11).map { number in
            try #require(summary.text.range(of: "end of \(number).")?.lowerBound)
        }
        #expect(places == places.sorted())
        for number in 1...11 { #expect(summary.html.contains("end of \(number).")) }
    }

    @Test func sizesAreHeldAgainstShapes() throws {
        let federation = try Federation()
        try federation.run(.init(rounds: 4))
        func rules() throws -> [String: SizeRule] {
            let phase = try #require(try federation.summary().protocols[1].phases.last)
            return Dictionary(uniqueKeysWithValues: phase.messages.map { ($0.step, $0.sizes) })
        }
        #expect(try rules() == ["F1": .byShape, "F2": .constant, "F3": .constant])
        // Two rounds of the same three rows, of which one is longer.
        try federation.forge(federation.label) { records in
            try records.changeFrame(try records.index("F1", round: 2)) { $0.length += 1 }
        }
        #expect(try rules() == ["F1": .varying, "F2": .constant, "F3": .constant])
        let phase = try #require(try federation.summary().protocols[1].phases.last)
        #expect(phase.messages.map(\.leastBytes) == [32, 24, 7])
        #expect(phase.messages[0].mostBytes == 49)
    }

    /// A hundred rounds have a bucket each; more are merged, and what was the least and the most in one stays.
    @Test(arguments: [
        (rounds: 99, width: 1), (rounds: 255, width: 1), (rounds: 256, width: 2), (rounds: 1_500, width: 8),
    ])
    func roundsAreFolded(_ course: (rounds: Int, width: Int)) throws {
        let federation = try Federation(features: 2)
        try federation.run(.init(rounds: course.rounds))
        let phase = try #require(try federation.summary().protocols[1].phases.last)
        #expect(phase.rounds == course.rounds + 1)
        #expect(Set(phase.series.map(\.partner)) == Set(federation.parties.dropFirst()))
        for link in phase.series {
            let buckets = link.rounds.buckets
            #expect(link.rounds.width == course.width && buckets.count <= 256)
            #expect(buckets.dropLast().allSatisfy { $0.rounds == course.width })
            #expect(buckets.map(\.rounds).reduce(0, +) == phase.rounds)
            // F1 has 16 bytes for each of three rows, in the last round of two; F3 has 7.
            #expect(buckets.allSatisfy { $0.taken.most == 55 || $0.rounds == 1 })
            #expect(buckets.dropLast().allSatisfy { $0.taken.least == 55 && $0.sent.least == $0.sent.most })
            #expect(buckets.last?.taken.least == 39)
        }
    }

    /// A transcript's words stand in no hash: where the program knows the specification, it uses its own.
    @Test func wordsAreTheProgramsOwnWhereItKnowsTheSpecification() throws {
        let federation = try Federation()
        try federation.run()
        try federation.forge(federation.label) { records in
            try records.changeHeader { header in
                header.specifications = header.specifications.map {
                    $0.replacing("carries: n, leaks: n}", with: "carries: noise, leaks: nothing at all}")
                        .replacing("label: rows", with: "label: nothing at all")
                }
            }
        }
        let entry = try federation.summary().protocols[1]
        #expect(entry.isKnown && entry.learns["label"] == "rows")
        #expect(entry.phases[0].messages[0].carries == "n" && entry.phases[0].messages[0].leaks == "n")
        var stranger = Federation.conventions
        stranger.specifications = []
        let summary = try federation.summary(against: stranger)
        #expect(!summary.protocols[1].isKnown && summary.protocols[1].phases[0].messages[0].leaks == "nothing at all")
        #expect(
            summary.text.contains("the transcript's own") && summary.html.contains("the transcript&#39;s own words"))
    }

    /// Sizes that no memory has, more messages than any protocol, and names in all of them.
    @Test func aHostileTranscriptHasAShortPage() throws {
        let federation = try Federation()
        try federation.run(.init(rounds: 2_000))
        try federation.forge(federation.label) { records in
            for index in records.indices {
                guard case .frame(let frame) = records[index], frame.header.phase == "train" else { continue }
                try records.changeFrame(index) {
                    $0.header.step = "step-\(index)"
                    $0.header.phase = "phase-\(index)"
                    $0.length = 1 << 61
                    $0.peer = (try? Party("party-\(index)")) ?? $0.peer
                }
            }
            try records.changeHeader { header in
                for index in 0..<1_000 {
                    header.statements["leakage-\(index)"] = String(repeating: "x", count: 10_000)
                    header.statements["other-\(index)"] = String(repeating: "x", count: 10_000)
                }
            }
        }
        let summary = try federation.summary()
        #expect(summary.bytes == .max && summary.omittedFrames > 4_000)
        #expect(summary.flows.map(\.frames).reduce(0, +) + summary.omittedFrames == summary.frames)
        #expect(summary.text.contains("\(summary.omittedFrames / 1_000),"))
        #expect(summary.html.utf8.count < 2_000_000 && summary.text.utf8.count < 1_000_000)
        _ = try StrictPage(summary.html)
    }
}

extension [UInt8] {
    fileprivate var hex: String { map { String(format: "%02x", $0) }.joined() }
}
