import Foundation

/// Reads a page of ours as strictly as no browser does: every element of a closed list and closed in its turn, every attribute of
/// a closed list and quoted, no character of HTML's in a text. Whatever a transcript could bring in is an error here.
public struct StrictPage {
    /// Names of the elements, in their order.
    public private(set) var elements: [String] = []
    /// All that people read, but the style sheet.
    public private(set) var text = ""

    public struct Malformed: Error { public let problem: String }

    private static let allowed: [String: Set<String>] = [
        "html": ["lang"], "head": [], "meta": ["charset", "http-equiv", "content", "name"], "title": [], "style": [],
        "body": [], "main": [], "header": [], "section": [], "h1": [], "h2": [], "h3": [], "small": [], "p": ["class"],
        "ul": ["class"], "li": [], "b": [], "i": ["class"], "dl": ["class"], "dt": [], "dd": [],
        "div": ["class", "tabindex"],
        "span": ["class"], "figure": [], "figcaption": [], "table": ["class"], "thead": [], "tbody": [], "tfoot": [],
        "tr": ["class"],
        "th": ["class", "scope", "colspan"], "td": ["class", "colspan"],
        "svg": ["xmlns", "viewBox", "role", "aria-label"], "text": ["x", "y", "text-anchor", "class"],
        "rect": ["x", "y", "width", "height", "rx", "class"], "path": ["d", "class"], "polygon": ["points", "class"],
        "circle": ["cx", "cy", "r", "class"], "line": ["x1", "y1", "x2", "y2", "class"],
    ]
    private static let empty: Set<String> = ["meta", "rect", "line", "polygon", "circle"]

    public init(_ page: String) throws {
        let start = "<!DOCTYPE html>\n"
        guard page.hasPrefix(start) else { throw Malformed(problem: "no document type") }
        var rest = page.dropFirst(start.count)
        var open: [String] = []
        while let next = rest.firstIndex(of: "<") {
            let text = rest[..<next]
            if open.isEmpty, !text.allSatisfy(\.isWhitespace) {
                throw Malformed(problem: "text outside: \(text.prefix(80))")
            }
            try take(text, isStyle: open.last == "style")
            guard let end = rest[next...].firstIndex(of: ">") else { throw Malformed(problem: "an open tag") }
            var tag = rest[rest.index(after: next)..<end]
            rest = rest[rest.index(after: end)...]
            if tag.first == "/" {
                guard open.popLast() == String(tag.dropFirst()) else {
                    throw Malformed(problem: "</\(tag.prefix(80))>")
                }
                continue
            }
            let isEmpty = tag.last == "/"
            if isEmpty { tag.removeLast() }
            let name = try element(tag)
            guard isEmpty == Self.empty.contains(name) else { throw Malformed(problem: "<\(name)>, closed or not") }
            elements.append(name)
            if !isEmpty { open.append(name) }
        }
        guard open.isEmpty, rest.allSatisfy(\.isWhitespace) else {
            throw Malformed(problem: "open at the end: \(open)")
        }
    }

    private mutating func take(_ text: Substring, isStyle: Bool) throws {
        if isStyle {
            guard !text.contains("@import"), !text.contains("url(") else {
                throw Malformed(problem: "a style from elsewhere")
            }
        } else {
            self.text += try Self.decoded(text)
        }
    }

    /// The name of a tag whose attributes are allowed and well written.
    private func element(_ tag: Substring) throws -> String {
        let name = String(tag.prefix { $0 != " " })
        guard let attributes = Self.allowed[name] else { throw Malformed(problem: "<\(name.prefix(80))>") }
        var rest = tag.dropFirst(name.count)
        while !rest.isEmpty {
            guard let match = rest.prefixMatch(of: #/ ([A-Za-z0-9-]+)="([^"<>]*)"/#),
                attributes.contains(String(match.1))
            else {
                throw Malformed(problem: "<\(name)\(rest.prefix(80))>")
            }
            _ = try Self.decoded(match.2)
            rest = rest[match.range.upperBound...]
        }
        return name
    }

    private static let entities = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "#39": "'"]

    private static func decoded(_ text: Substring) throws -> String {
        var result = ""
        for (index, part) in text.split(separator: "&", omittingEmptySubsequences: false).enumerated() {
            if index == 0 {
                result += part
                continue
            }
            guard let end = part.firstIndex(of: ";"), let character = entities[String(part[..<end])] else {
                throw Malformed(problem: "&\(part.prefix(20))")
            }
            result += character + part[part.index(after: end)...]
        }
        let isClean = result.unicodeScalars.allSatisfy { $0 == "\n" || !["Cc", "Cf"].contains($0.category) }
        guard isClean, !text.contains(">"), !text.contains("\"") else { throw Malformed(problem: "\(text.prefix(80))") }
        return result
    }
}

extension Unicode.Scalar {
    fileprivate var category: String {
        switch properties.generalCategory {
        case .control: "Cc"
        case .format: "Cf"
        default: ""
        }
    }
}
