/// A piece of an HTML page. Whatever text is in it went through ``text(_:limit:)``: names of elements and attributes are literals
/// of this program, so that nothing from a transcript or a report can open or close one.
package struct Markup {
    /// As it stands in the file.
    package let source: String

    private init(source: String) { self.source = source }

    /// Text as people read it: no control characters (``printable(_:limit:)``), none of HTML's.
    package static func text(_ text: some StringProtocol, limit: Int = textLimit) -> Markup {
        Markup(source: escaped(text, limit: limit))
    }

    /// `<name ...>children</name>`.
    package static func element(
        _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:], _ children: [Markup]
    ) -> Markup {
        let inside = children.map(\.source).joined()
        return Markup(source: "<\(name)\(written(attributes))>\(inside)</\(name)>")
    }

    /// `<name ...>text</name>`.
    package static func element(
        _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:], _ text: String
    ) -> Markup {
        element(name, attributes, [.text(text)])
    }

    /// `<name .../>`: an element of HTML that has no end, or one of SVG that has nothing in it.
    package static func empty(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String>) -> Markup {
        Markup(source: "<\(name)\(written(attributes))/>")
    }

    /// Several pieces, one after the other.
    package static func all(_ parts: [Markup], separator: String = "") -> Markup {
        Markup(
            source: parts.map(\.source).joined(separator: separator.isEmpty ? "" : escaped(separator, limit: textLimit))
        )
    }

    /// What this program wrote itself, as it is: the style sheet, the first line.
    package static func literal(_ source: StaticString) -> Markup { Markup(source: "\(source)") }

    private static func written(_ attributes: KeyValuePairs<StaticString, String>) -> String {
        attributes.map { " \($0.key)=\"\(escaped($0.value, limit: attributeLimit))\"" }.joined()
    }

    /// Coordinates of a curve are long; names are not.
    private static let attributeLimit = 100_000

    private static func escaped(_ text: some StringProtocol, limit: Int) -> String {
        var result = ""
        for scalar in printable(text, limit: limit).unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
