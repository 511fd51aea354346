import Foundation
import Fuzzing
import Testing

/// Every input of the corpora, without the fuzzer: what was found once is never forgotten.
@Suite struct CorpusTests {
    /// The inputs of a parser, by the names of their files.
    private func inputs(_ parser: Parser) throws -> [String: [UInt8]] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fuzzing/Corpora/\(parser.rawValue)")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return try Dictionary(
            uniqueKeysWithValues: files.map { ($0.lastPathComponent, [UInt8](try Data(contentsOf: $0))) })
    }

    @Test(arguments: Parser.allCases) func everyInputIsReadOrRefused(parser: Parser) throws {
        let verdicts = try inputs(parser).mapValues(parser.accepts)
        #expect(
            verdicts.values.contains(true),
            "no input of \(parser) is accepted: its format has changed; make others with Tests/Fuzzing/make_seeds.py")
        #expect(verdicts.values.contains(false), "no input of \(parser) is refused")
    }

    /// Beginnings of an accepted input, and the input with one byte changed: the least that a fuzzer would try.
    @Test(arguments: Parser.allCases) func shortenedAndChangedInputs(parser: Parser) throws {
        let accepted = try inputs(parser).values.filter(parser.accepts).min { $0.count < $1.count }
        let input = try #require(accepted)
        let places = stride(from: 0, to: input.count, by: max(1, input.count / 40))
        for place in places {
            _ = parser.accepts(Array(input[..<place]))
            var changed = input
            changed[place] ^= 1 << (place % 8)
            _ = parser.accepts(changed)
        }
        #expect(!parser.accepts([]))
    }
}
