import Specification
import Testing

@Suite struct ExpressionTests {
    private func value(_ text: String, _ names: [String: Int] = [:]) throws -> Int {
        try Expression(text).value { (name, scope) throws(SpecificationError) in
            let key = scope.map { "\(name)[\($0)]" } ?? name
            guard let value = names[key] else { throw .unknownDimension(key) }
            return value
        }
    }

    @Test func precedenceAndNames() throws {
        #expect(try value("2 + 3 * 4") == 14)
        #expect(try value("(2 + 3) * 4") == 20)
        #expect(try value("10 - 2 - 3") == 5)
        #expect(try value("ceil(7 / 2) * key-bytes", ["key-bytes": 10]) == 40)
        #expect(try value("columns[feature] * max(width, 4)", ["columns[feature]": 5, "width": 2]) == 20)
    }

    @Test(arguments: ["", "2 +", "* 3", "ceil(1)", "a b", "x[", "x[]", "1 / 2", "(1", "max(1 2)"])
    func whatIsNotAnExpression(text: String) {
        #expect(throws: SpecificationError.self) { try Expression(text) }
    }

    @Test(arguments: ["1 - 2", "4611686018427387904", "big * big", "ceil(1 / 0)", "unknown"])
    func whatHasNoValue(text: String) throws {
        let expression = try Expression(text)
        #expect(throws: SpecificationError.self) {
            try expression.value { (name, _) throws(SpecificationError) in
                guard name == "big" else { throw .unknownDimension(name) }
                return 1 << 40
            }
        }
    }

    @Test func nestingHasALimit() {
        #expect(throws: SpecificationError.self) {
            try Expression(String(repeating: "(", count: 10_000) + "1" + String(repeating: ")", count: 10_000))
        }
    }
}
