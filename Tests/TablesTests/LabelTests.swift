import RowSources
import Tables
import Testing

@Suite struct LabelTests {
    private let text = "id,number,text\na,2,no\nb,10,yes\nc,,\nd,-1,no\n"

    @Test func classesAreCountedInTheirOrder() throws {
        let table = try table(text)
        #expect(try table.classes("number") == ["-1", "2", "10"] && table.classes("text") == ["no", "yes"])
        #expect(try table.classLabels("number", classes: ["-1", "2", "10"], rows: [0, 3, 1]) == [1, 0, 2])
        #expect(try table.classLabels("text", classes: ["no", "yes"], rows: [1, 0]) == [1, 0])
        #expect(throws: TablesError.missingLabel(file: "a.csv", at: .line(4), column: "text")) {
            try table.classLabels("text", classes: ["no", "yes"], rows: [2])
        }
        #expect(throws: TablesError.unknownClass(file: "a.csv", at: .line(3), column: "text")) {
            try table.classLabels("text", classes: ["no"], rows: [0, 1])
        }
    }

    /// As texts are compared, not as bytes: two forms of one letter are one class, called by the first.
    @Test func formsOfOneTextAreOneClass() throws {
        let table = try table("id,text\na,e\u{301}\nb,\u{E9}\nc,z\n")
        let classes = try table.classes("text")
        #expect(
            classes.map { Array($0.utf8) }
                == [Array("z".utf8), Array("e\u{301}".utf8)].sorted { $0.lexicographicallyPrecedes($1) })
        #expect(try table.classLabels("text", classes: classes, rows: 0..<3) == [0, 0, 1])
    }

    @Test func countsAreNotNegative() throws {
        let table = try table(text)
        #expect(try table.counts("number", rows: [1, 0]) == [10, 2])
        #expect(throws: TablesError.negativeCount(file: "a.csv", at: .line(5), column: "number")) {
            try table.counts("number", rows: [0, 3])
        }
    }
}
