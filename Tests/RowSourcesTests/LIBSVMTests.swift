import RowSources
import Testing

@Suite struct LIBSVMTests {
    private func libsvm(_ text: String, features: Int? = nil, piece: Int = 1 << 20) throws -> LIBSVMReader {
        try LIBSVMReader(file: "a.svm", features: features) {
            var rest = Array(text.utf8)[...]
            return {
                defer { rest = rest.dropFirst(piece) }
                return Array(rest.prefix(piece))
            }
        }
    }

    @Test(arguments: [1, 3, 1000]) func formsOfLines(piece: Int) throws {
        let text = "# a comment\n+1 1:0.5 3:-2e1\r\n\n-1 \t2:7 # two\n0\n1 4:1 "
        let source = try libsvm(text, piece: piece)
        #expect(source.columns == ["row", "label", "f1", "f2", "f3", "f4"])
        #expect(
            try rows(source) == [
                ["2", "+1", "0.5", "0", "-2e1", "0"], ["4", "-1", "0", "7", "0", "0"], ["5", "0", "0", "0", "0", "0"],
                ["6", "1", "0", "0", "0", "1"],
            ])
    }

    @Test func queries() throws {
        let source = try libsvm("3 qid:1 1:5\n2 qid:2 2:6\n")
        #expect(source.columns == ["row", "label", "qid", "f1", "f2"])
        #expect(try rows(source) == [["1", "3", "1", "5", "0"], ["2", "2", "2", "0", "6"]])
    }

    @Test func featuresThatAreGiven() throws {
        #expect(try libsvm("1 2:5\n", features: 3).columns == ["row", "label", "f1", "f2", "f3"])
        #expect(throws: RowSourceError.libsvm(file: "a.svm", line: 2, entry: 1, .tooLarge)) {
            try rows(libsvm("1 2:5\n1 4:1\n", features: 3))
        }
    }

    @Test(arguments: [
        ("x 1:1", 0, LIBSVMProblem.label), ("1,2 1:1", 0, .label), ("nan 1:1", 0, .label), ("1:1 2:1", 0, .label),
        ("1 1", 1, .pair), ("1 1:1 2", 2, .pair), ("1 0:1", 1, .index), ("1 -1:1", 1, .index), ("1 :1", 1, .index),
        ("1 a:1", 1, .index), ("1 1.5:1", 1, .index), ("1 2:1 2:1", 2, .order), ("1 2:1 1:1", 2, .order),
        ("1 1:", 1, .value), ("1 1:x", 1, .value), ("1 1:inf", 1, .value), ("1 1:1e999", 1, .value),
        ("1 65537:1", 1, .tooLarge), ("1 99999999999999999999999:1", 1, .tooLarge),
        ("1 qid:7 1:1", 1, .queryUnexpected),
        ("1 1:1 qid:7", 2, .queryUnexpected),
    ]) func badLines(line: String, entry: Int, problem: LIBSVMProblem) {
        let error = RowSourceError.libsvm(file: "a.svm", line: 2, entry: entry, problem)
        #expect(throws: error) { try rows(libsvm("1 1:1\n\(line)\n")) }
        #expect(throws: error) { try rows(libsvm("1 1:1\n\(line)", features: 1 << 16, piece: 2)) }
    }

    @Test func aQueryThatIsMissing() {
        #expect(throws: RowSourceError.libsvm(file: "a.svm", line: 2, entry: 1, .queryAbsent)) {
            try rows(libsvm("1 qid:1 1:1\n1 1:1\n"))
        }
    }

    @Test func emptyAndEndless() {
        #expect(throws: RowSourceError.empty(file: "a.svm")) { try libsvm("") }
        #expect(throws: RowSourceError.empty(file: "a.svm")) { try libsvm("# nothing\n\n") }
        #expect(throws: RowSourceError.recordTooLong(file: "a.svm", line: 1, limit: 1 << 20)) {
            try libsvm(String(repeating: "1 ", count: 1 << 20), piece: 1 << 18)
        }
    }

    @Test func messagesNameFileLineAndEntry() {
        #expect(
            RowSourceError.libsvm(file: "a.svm", line: 3, entry: 2, .pair).description
                == "a.svm, line 3, entry 2: 'index:value' is expected")
    }
}
