import Cryptography
import Foundation
import Identifiers
import Testing

@Suite struct DeclarationTests {
    @Test func everyPartChangesTheFingerprint() {
        let declarations = [
            KeyDeclaration(columns: [KeyColumn("a"), KeyColumn("b")]),
            KeyDeclaration(columns: [KeyColumn("b"), KeyColumn("a")]),
            KeyDeclaration(columns: [KeyColumn("ab")]),
            KeyDeclaration(columns: [KeyColumn("a")]),
            KeyDeclaration(columns: [KeyColumn("a", .integer)]),
            KeyDeclaration(columns: [KeyColumn("a", .date)]),
            KeyDeclaration(columns: [KeyColumn("a")], trims: false),
            KeyDeclaration(columns: [KeyColumn("a")], foldsCase: true),
            KeyDeclaration(columns: [KeyColumn("a")], unicode: .none),
        ]
        #expect(Set(declarations.map(\.fingerprint)).count == declarations.count)
        #expect(declarations[0].fingerprint.count == 32)
        let versions = ["15.0", "15.1", "16.0"].map { declarations[0].fingerprint(unicodeVersion: $0) }
        #expect(Set(versions).count == versions.count)
    }

    @Test func fingerprintsAreOfTheVersionInUse() throws {
        let declaration = declaration(.text)
        let version = KeyDeclaration.unicodeVersion
        #expect(declaration.fingerprint == declaration.fingerprint(unicodeVersion: version))
        let major = try #require(Int(version.prefix { $0 != "." }))
        #expect(major >= 15)
    }

    @Test func codingHasDefaults() throws {
        let brief = #"{"columns": [{"name": "id", "type": "text"}]}"#
        #expect(
            try JSONDecoder().decode(KeyDeclaration.self, from: Data(brief.utf8))
                == KeyDeclaration(columns: [KeyColumn("id")]))
        let full = #"""
            {"columns": [{"name": "id", "type": "integer"}, {"name": "day", "type": "date"}],
             "trim": false, "fold-case": true, "unicode": "none"}
            """#
        let declaration = KeyDeclaration(
            columns: [KeyColumn("id", .integer), KeyColumn("day", .date)], trims: false, foldsCase: true, unicode: .none
        )
        #expect(try JSONDecoder().decode(KeyDeclaration.self, from: Data(full.utf8)) == declaration)
        #expect(
            try JSONDecoder().decode(KeyDeclaration.self, from: JSONEncoder().encode(declaration)) == declaration)
    }

    @Test(arguments: [
        #"{"columns": []}"#, #"{"columns": [{"name": "", "type": "text"}]}"#,
        #"{"columns": [{"name": "a", "type": "text"}, {"name": "a", "type": "date"}]}"#,
        #"{"columns": [{"name": "a", "type": "float"}]}"#,
    ])
    func noKeysAreRefused(_ text: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(KeyDeclaration.self, from: Data(text.utf8)) }
    }

    @Test func columnsNeverRunIntoEachOther() throws {
        let two = declaration(.text, .text)
        #expect(try hash(two, cell("ab"), cell("c")) != hash(two, cell("a"), cell("bc")))
        #expect(try hash(two, cell("ab"), cell("c")) == reference((1, Array("ab".utf8)), (1, Array("c".utf8))))
        #expect(try hash(declaration(.text), cell("abc")) != hash(two, cell("ab"), cell("c")))
    }

    @Test func seedsGiveOtherOrders() throws {
        let ids = (0..<100).map { ["\($0)"] }
        let one = try collect(ids)
        let other = try collect(ids, seed: SHA256.hash([1]))
        #expect(try one.all.rows != other.all.rows)
        #expect(one.inputHash != other.inputHash)
    }

    @Test func cellsOfAKeyAreMatchedAsIdsAre() {
        func matches(_ text: String, _ cell: String, _ type: KeyType, folds: Bool = false) -> Bool {
            let declaration = KeyDeclaration(columns: [KeyColumn("k", type)], foldsCase: folds)
            return declaration.matcher(of: Array(text.utf8), in: "k")(Array(cell.utf8)[...])
        }
        #expect(matches("7", " 007 ", .integer) && !matches("7", "007", .text))
        #expect(matches("Straße", "STRASSE", .text, folds: true) && !matches("Straße", "STRASSE", .text))
        #expect(!matches("x", "7", .integer) && !matches("7", "x", .integer) && !matches("", "", .text))
        let declaration = KeyDeclaration(columns: [KeyColumn("k")])
        #expect(!declaration.matcher(of: [0x61], in: "other")([0x61]))
    }
}
