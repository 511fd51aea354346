import AttackAudit
import Foundation
import Jobs
import Specification
import Testing

@Suite struct RegistryTests {
    /// Every message of this build has attacks, be it in the first protocol or in the last.
    @Test func everyMessageIsAttacked() {
        for specification in Software.specifications {
            for message in specification.messages.values {
                let attacks = Registry.attacks(on: message.kind, ShapeClass(message))
                #expect(attacks?.isEmpty == false, "\(specification.name) \(message.step)")
            }
        }
    }

    /// What carries numbers of rows or of weights in matmul, embed-matmul and unprotected is known for what it is.
    @Test(arguments: [
        ("matmul", "B1", ShapeClass.rows), ("matmul", "F3", .rows), ("matmul", "B2", .weights),
        ("matmul", "B4", .weights),
        ("matmul", "L1", .other), ("embed-matmul", "E1", .lookups), ("embed-matmul", "G1c", .lookups),
        ("embed-matmul", "G4", .weights), ("embed-matmul", "G6g", .weights), ("unprotected", "Z2", .rows),
        ("alignment", "blinded", .other), ("alignment", "masked-store", .other), ("key-exchange", "K1", .other),
    ])
    func shapes(protocolName: String, step: String, expected: ShapeClass) throws {
        let specification = try #require(Software.specifications.first { $0.name == protocolName })
        #expect(ShapeClass(try #require(specification.messages[step])) == expected)
    }

    @Test func whatNobodyThoughtOfIsNotThere() {
        #expect(Registry.attacks(on: .ciphertext, .other) == nil)
        #expect(Registry.attacks(on: .plain, .other) == nil)
    }

    /// The README's table is the registry.
    @Test func readme() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let readme = try String(contentsOf: root.appending(path: "Sources/AttackAudit/README.md"), encoding: .utf8)
        for kind in Kind.allCases {
            for shape in ShapeClass.allCases {
                guard let attacks = Registry.attacks(on: kind, shape) else { continue }
                #expect(
                    readme.contains(
                        "| \(kind.name) | \(shape.rawValue) | \(attacks.map(\.rawValue).joined(separator: ", ")) |"))
            }
        }
    }
}
