import Documents
import Testing

@Suite struct DocumentTests {
    private enum Colour: String, CaseIterable { case red, green }

    @Test func fieldsAreReadOnceAndLeftoversRefused() throws {
        var document = try Document(
            yaml: """
                name: flights
                rows: 12
                rate: 0.5
                colour: green
                on: true
                list: [a, b]
                nested:
                  one: x
                  two: y
                """, file: "job.yaml")
        #expect(try document.text("name") == "flights")
        #expect(try document.integer("rows", in: 1...20) == 12)
        #expect(try document.optionalNumber("rate", in: 0...1) == 0.5)
        #expect(try document.optionalChoice("colour", of: Colour.self) == .green)
        #expect(try document.optionalFlag("on") == true)
        #expect(try document.optionalTexts("list") == ["a", "b"])
        #expect(throws: DocumentError(file: "job.yaml", line: 7, field: "nested", problem: "is not a field here")) {
            try document.end()
        }
        #expect(try document.optionalTextMapping("nested") == ["one": "x", "two": "y"])
        try document.end()
        #expect(try document.optionalText("name") == nil)
    }

    @Test func problemsNameFileLineAndField() throws {
        var document = try Document(yaml: "a: 1\nb:\n  c: 30\n  d: []\n", file: "x.yaml")
        var inner = try document.mapping("b")
        #expect(
            throws: DocumentError(
                file: "x.yaml", line: 3, field: "b.c", problem: "a whole number from 1 to 20 is expected, not '30'")
        ) { try inner.integer("c", in: 1...20) }
        #expect(throws: DocumentError(file: "x.yaml", line: 4, field: "b.d", problem: "a text is expected")) {
            try inner.text("d")
        }
        #expect(throws: DocumentError(file: "x.yaml", line: 1, field: "missing", problem: "is missing")) {
            try document.text("missing")
        }
    }

    @Test(arguments: ["", "[1, 2]", "a: 1\na: 2", "a: [", "\"x", "? [1]\n: 2"])
    func whatIsNotAMapping(yaml: String) {
        #expect(throws: DocumentError.self) { try Document(yaml: yaml, file: "x.yaml") }
    }

    @Test func fieldsCanBeOverridden() throws {
        var document = try Document(
            yaml: "a: 1\nb: {c: 2}\n", file: "x.yaml", overrides: ["b.c=3", "b.d=[x, y]", "e.f.g=new"])
        var inner = try document.mapping("b")
        #expect(try inner.text("c") == "3")
        #expect(try inner.optionalTexts("d") == ["x", "y"])
        var added = try document.mapping("e")
        #expect(try added.optionalTextMapping("f") == ["g": "new"])
        for bad in ["a", "=1", "a..b=1", "a.b=1"] {
            #expect(throws: DocumentError.self) { try Document(yaml: "a: 1", file: "x.yaml", overrides: [bad]) }
        }
    }

    @Test func aMissingFileIsNamed() {
        #expect(throws: DocumentError.self) { try Document(path: "/nonexistent/job.yaml") }
    }
}
