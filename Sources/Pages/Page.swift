/// The frame of a page: one file that asks for no other and runs no script. Texts in it are escaped and without control characters;
/// and should one ever get through, the page's policy forbids it to load or run anything.
package struct Page {
    private let title: String
    private let sections: [Markup]

    /// - Parameter sections: What the page shows, from top to bottom.
    package init(title: String, _ sections: [Markup]) { (self.title, self.sections) = (title, sections) }

    /// As it stands in the file.
    package var html: String {
        let head = Markup.element(
            "head", [:],
            [
                .empty("meta", ["charset": "utf-8"]),
                .empty(
                    "meta",
                    [
                        "http-equiv": "Content-Security-Policy",
                        "content": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
                    ]),
                .empty("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
                .empty("meta", ["name": "color-scheme", "content": "light dark"]),
                .element("title", [:], title),
                .element("style", [:], [PageStyle.sheet]),
            ])
        let body = Markup.element("body", [:], [.element("main", [:], sections)])
        let page = Markup.element("html", ["lang": "en"], [head, body])
        return "<!DOCTYPE html>\n" + page.source + "\n"
    }

    /// A part under its heading.
    package static func section(_ title: String, _ contents: [Markup]) -> Markup {
        .element("section", [:], [.element("h2", [:], title)] + contents)
    }

    /// A drawing under its caption, and what is to be said of it.
    package static func figure(_ caption: String, _ drawing: Markup, notes: [String] = []) -> Markup {
        let lines = notes.prefix(Chart.rowLimit).map { Markup.element("span", [:], $0) }
        return .element("figure", [:], [.element("figcaption", [:], [.text(caption)] + lines), drawing])
    }

    /// Names and what belongs to them.
    package static func facts(_ facts: [(name: String, value: String)]) -> Markup {
        .element(
            "dl", ["class": "facts"],
            facts.flatMap { name, value -> [Markup] in
                [.element("dt", [:], name), .element("dd", [:], [.text(value, limit: sentenceLimit)])]
            })
    }
}
