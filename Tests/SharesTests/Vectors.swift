import Arithmetic
import Foundation
import Testing

/// A file of the specification's vectors. Large integers are decimal strings.
func vectors<Content: Decodable>(_ name: String, as type: Content.Type = Content.self) throws -> Content {
    let url = try #require(Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Vectors"))
    return try JSONDecoder().decode(Content.self, from: Data(contentsOf: url))
}

/// The matrix that rows of decimal strings spell.
func matrix(_ rows: [[String]]) throws -> Matrix<Integer> {
    try Matrix(rows: rows.count, columns: rows[0].count, elements: rows.joined().map { try Integer(decimal: $0) })
}
