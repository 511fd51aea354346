internal import Pages

/// Rows of a label, a number and a bar in the colours of protections.
struct BarChart {
    struct Row {
        var label: String
        /// The number in words.
        var value: String
        var parts: [Part]
    }

    struct Part {
        var protection: Protection
        var size: Int
    }

    let label: String
    let rows: [Row]

    private static let rowHeight = 38.0

    var markup: Markup {
        let shown = rows.prefix(Chart.rowLimit)
        let largest = shown.map { $0.parts.reduce(0.0) { $0 + Double($1.size) } }.max() ?? 0
        let lines = shown.enumerated().map { index, row in
            line(row, at: Double(index) * Self.rowHeight, scale: largest > 0 ? Chart.width / largest : 0)
        }
        let omitted = rows.count - shown.count
        let rest =
            omitted > 0 ? [Chart.text(0, Double(shown.count) * Self.rowHeight + 14, "and \(omitted.grouped) more")] : []
        return Chart.drawing(
            height: Double(shown.count + rest.count) * Self.rowHeight, label, lines.map { .all($0) } + rest)
    }

    private func line(_ row: Row, at top: Double, scale: Double) -> [Markup] {
        var x = 0.0
        var parts = [
            Chart.text(0, top + 14, Chart.short(row.label, 40)),
            Chart.text(Chart.width, top + 14, row.value, anchor: "end", of: "number"),
            Markup.empty(
                "rect",
                [
                    "x": "0", "y": (top + 20).coordinate, "width": Chart.width.coordinate, "height": "8", "rx": "2",
                    "class": "track",
                ]),
        ]
        for part in row.parts where part.size > 0 {
            // A hair where there is anything at all.
            let width = min(max(Double(part.size) * scale, 1), Chart.width - x)
            parts.append(
                .empty(
                    "rect",
                    [
                        "x": x.coordinate, "y": (top + 20).coordinate, "width": width.coordinate, "height": "8",
                        "rx": "2",
                        "class": part.protection.rawValue,
                    ]))
            x += width
        }
        return parts
    }
}

extension Chart {
    /// A colour's meaning. Charts that have several protections share one legend.
    static func legend(_ protections: [Protection]) -> Markup {
        .element(
            "ul", ["class": "legend"],
            protections.map { protection in
                .element(
                    "li", [:],
                    [
                        .element("i", ["class": "dot \(protection.rawValue)"], ""),
                        .element("b", [:], protection.name), .text(" "), .text(protection.meaning),
                    ])
            })
    }
}
