import Cryptography
import Identifiers
import Testing

@Suite struct TextTests {
    /// Cells, and the texts that they become.
    @Test(arguments: [
        ("C0000042", "C0000042", "c0000042"),
        (" \t\r\n\u{0B}\u{0C}a b\t ", "a b", "a b"),
        ("\u{A0}a\u{A0}b\u{2003}", "a\u{A0}b", "a\u{A0}b"),
        ("\u{3000}\u{85}\u{2028}Z\u{FEFF}", "Z\u{FEFF}", "z\u{FEFF}"),
        ("M\u{FC}ller", "M\u{FC}ller", "m\u{FC}ller"),
        ("Mu\u{308}ller", "M\u{FC}ller", "m\u{FC}ller"),
        ("A\u{301}\u{327}", "\u{C1}\u{327}", "\u{E1}\u{327}"),
        ("A\u{327}\u{301}", "\u{C1}\u{327}", "\u{E1}\u{327}"),
        ("\u{1112}\u{1161}\u{11AB}", "\u{D55C}", "\u{D55C}"),
        ("\u{212B}\u{2126}\u{212A}", "\u{C5}\u{3A9}K", "\u{E5}\u{3C9}k"),
        ("Straße", "Straße", "strasse"),
        ("STRASSE", "STRASSE", "strasse"),
        ("STRAẞE", "STRAẞE", "strasse"),
        ("ΣΊΣΥΦΟΣ", "ΣΊΣΥΦΟΣ", "σίσυφοσ"),
        ("Σίσυφος", "Σίσυφος", "σίσυφοσ"),
        ("ﬁnal", "ﬁnal", "final"),
        ("\u{130}I\u{131}i", "\u{130}I\u{131}i", "i\u{307}i\u{131}i"),
        ("J\u{30C}", "J\u{30C}", "\u{1F0}"),
        ("\u{1F0}", "\u{1F0}", "\u{1F0}"),
        ("\u{13A0}\u{AB70}", "\u{13A0}\u{AB70}", "\u{13A0}\u{13A0}"),
        ("日本語 ｶﾅ", "日本語 ｶﾅ", "日本語 ｶﾅ"),
    ])
    func normalisation(_ text: String, composed: String, folded: String) throws {
        #expect(try hash(declaration(.text), cell(text)) == reference((1, Array(composed.utf8))))
        #expect(try hash(declaration(.text, foldsCase: true), cell(text)) == reference((1, Array(folded.utf8))))
    }

    @Test func whatIsNotDeclaredIsNotDone() throws {
        let plain = KeyDeclaration(columns: [KeyColumn("id")], trims: false, unicode: .none)
        for text in [" a ", "Mu\u{308}ller\u{A0}", "\u{212B}"] {
            #expect(try hash(plain, cell(text)) == reference((1, Array(text.utf8))))
        }
        let folding = KeyDeclaration(columns: [KeyColumn("id")], foldsCase: true, unicode: .none)
        #expect(try hash(folding, cell(" MU\u{308} ")) == reference((1, Array("mu\u{308}".utf8))))
    }

    /// ASCII takes a way of its own, which a character that is trimmed away keeps it from.
    @Test func bothWaysGiveTheSame() throws {
        var numbers = Numbers()
        for foldsCase in [false, true] {
            for _ in 0..<2000 {
                let text = (0..<1 + numbers.below(6)).map { _ in UInt8(numbers.below(128)) }
                let declaration = declaration(.text, foldsCase: foldsCase)
                #expect(try hash(declaration, text[...]) == hash(declaration, text + cell("\u{3000}")))
            }
        }
    }

    @Test(
        arguments: [
            [0x61, 0xFF], [0x80], [0xC3], [0xE2, 0x82], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0xAF],
            [0xF0, 0x80, 0x80, 0xAF], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0x4D, 0xFC, 0x6C], [0xFE, 0xFF, 0x00, 0x61],
        ] as [[UInt8]])
    func whatIsNotUTF8IsRefused(_ bytes: [UInt8]) {
        for type in KeyType.allCases {
            #expect(throws: IdentifiersError.cell(row: 0, column: "column 0", problem: .notUTF8)) {
                try hash(declaration(type), bytes[...])
            }
        }
    }

    @Test func cellsAreBounded() throws {
        let longest = [UInt8](repeating: 0x61, count: 1 << 16)
        #expect(try hash(declaration(.text), longest[...]) == reference((1, longest)))
        #expect(throws: IdentifiersError.cell(row: 0, column: "column 0", problem: .tooLong(limit: 1 << 16))) {
            try hash(declaration(.text), (longest + [0x61])[...])
        }
    }

    /// Foundation composes by older tables than Swift's library has: what it leaves as it is must be refused, not passed on.
    @Test func whatCannotBeComposedIsRefused() throws {
        // Todhri letter EI, of Unicode 16, as one character and as two.
        let (one, two) = (cell("\u{105C9}"), cell("\u{105D2}\u{307}"))
        let composed = try #require(try hash(declaration(.text), one))
        do {
            #expect(try hash(declaration(.text), two) == composed)
        } catch {
            #expect(error as? IdentifiersError == .cell(row: 0, column: "column 0", problem: .unknownComposition))
        }
    }
}
