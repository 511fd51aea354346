public import Specification
internal import Foundation

/// The README of a protocol, whose message table must be the specification's.
public enum Readme {
    /// The text of `protocols/<folder>/README.md`.
    public static func text(of folder: String, file: StaticString = #filePath) throws -> String {
        let root = URL(filePath: "\(file)").deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: "protocols/\(folder)/README.md"), encoding: .utf8)
    }

    /// All messages as a table.
    public static func table(of specification: ProtocolSpecification) -> String {
        let head = [
            "| step | from | to | kind | shape | bytes | carries | leaks |", "|---|---|---|---|---|---|---|---|",
        ]
        let rows = specification.messages.values.sorted { $0.step < $1.step }.map { message in
            let shape = message.shape.map(\.description).joined(separator: " x ")
            let kind = [
                message.kind.name, message.key.map { "key: \($0)" }, message.weights.map { "weights: \($0.rawValue)" },
            ].compactMap(\.self).joined(separator: ", ")
            let fields = [
                message.step, message.from.name, message.to.name, kind, shape,
                message.bytes.description, message.carries, message.leaks,
            ]
            return "| " + fields.joined(separator: " | ") + " |"
        }
        return (head + rows).joined(separator: "\n")
    }
}
