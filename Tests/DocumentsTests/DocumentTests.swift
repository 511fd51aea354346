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

    @Test func entriesAreNamesWithOrWithoutValues() throws {
        var document = try Document(
            yaml:
                "steps:\n  - log\n  - clip: [0, 1]\n  - {fill: {constant: 0}}\nother: [[a]]\nword: x\nmore: [{a: 1, b: 2}]\n",
            file: "job.yaml")
        var entries = try #require(try document.optionalEntries("steps"))
        #expect(entries.map(\.names) == [["log"], ["clip"], ["fill"]])
        #expect(entries[0].isBare("log") && !entries[1].isBare("clip") && entries[1].isList("clip"))
        #expect(entries[2].isMapping("fill") && !entries[1].isMapping("clip"))
        try entries[0].bare("log")
        try entries[0].end()
        #expect(
            throws: DocumentError(
                file: "job.yaml", line: 3, field: "steps[2].clip", problem: "no value is expected here")
        ) { try entries[1].bare("clip") }
        #expect(try entries[1].optionalTexts("clip") == ["0", "1"])
        #expect(try document.optionalEntries("none") == nil)
        #expect(throws: DocumentError.self) { try document.optionalEntries("other") }
        #expect(throws: DocumentError(file: "job.yaml", line: 6, field: "word", problem: "a list is expected")) {
            try document.optionalEntries("word")
        }
        #expect(throws: DocumentError.self) { try document.optionalEntries("more") }
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

    /// Ten anchors, each of ten aliases of the one before, as the name of a field: Yams would compare ten thousand million parts.
    @Test func anchorsAreRefused() throws {
        var bomb = "a0: &a0 [x, x]\n"
        for level in 1...10 {
            bomb +=
                "a\(level): &a\(level) [" + repeatElement("*a\(level - 1)", count: 10).joined(separator: ", ") + "]\n"
        }
        for (yaml, line) in [
            (bomb + "? *a10\n: x\n", 1), ("a: 1\nb: {c:\n  &d [x]}\n", 3), ("\"a\":&b c", 1), ("&a b: c", 1),
            ("a: !!str\t&b c", 1),
        ] { expectRefusal(yaml, line, "anchors ('&name') are not read; what they stand for is written out") }
    }

    /// Names within names within names: Yams would compare those that stand twice in time exponential in their depth.
    @Test func namesAreTexts() throws {
        var name = "x"
        for _ in 0..<40 { name = "{\(name): y}" }
        let twice = (0...1).map { "{\(name): \($0)}: a, {\(name): \($0)}: b" }.joined(separator: ", ")
        for (yaml, line) in [
            ("{\(twice)}", 1), ("a: b\n? c\n: d", 2), ("[a]: b", 1), ("a: {{b: c}\t: d}", 1), ("[?{a: b}]", 1),
        ] { expectRefusal(yaml, line, "names of fields are texts; lists, mappings and '?' are not read as names") }
    }

    @Test func likeWhatIsRefused() throws {
        var document = try Document(
            yaml: "a: R&D\nb: this & that\nc: x&\nd: what?\ne: \"?\"\nf: columns[feature] x 1", file: "x.yaml")
        let texts = try ["a", "b", "c", "d", "e", "f"].map { (name) throws in try document.text(name) }
        #expect(texts == ["R&D", "this & that", "x&", "what?", "?", "columns[feature] x 1"])
    }

    private func expectRefusal(_ yaml: String, _ line: Int, _ problem: String) {
        #expect(throws: DocumentError(file: "x.yaml", line: line, problem: problem)) {
            try Document(yaml: yaml, file: "x.yaml")
        }
        #expect(throws: DocumentError.self) {
            try Document(yaml: "a: 1", file: "x.yaml", overrides: ["b=\(yaml)"])
        }
    }

    @Test func aLongTextIsRefused() {
        let text = "a: " + String(repeating: "x", count: Document.sizeLimit)
        #expect(throws: DocumentError(file: "x.yaml", problem: "is larger than \(Document.sizeLimit) bytes")) {
            try Document(yaml: text, file: "x.yaml")
        }
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
