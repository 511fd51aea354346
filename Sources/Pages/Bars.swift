/// Rows of a name, a number and one bar or several, the longest as wide as the drawing.
package struct Bars {
    /// A name, and its bars under each other.
    package struct Row {
        var name: String
        /// The number in words.
        var value: String
        var bars: [(size: Double, style: String)]
        /// A limit, as a line across.
        var limit: Double?

        /// - Parameter bars: Sizes, 0 or more, each with a colour's name in the style sheet.
        package init(_ name: String, _ value: String, _ bars: [(size: Double, style: String)], limit: Double? = nil) {
            (self.name, self.value, self.bars, self.limit) = (name, value, bars, limit)
        }
    }

    private let label: String
    private let rows: [Row]

    private static let barHeight = 8.0

    /// - Parameter label: For people who do not see it.
    package init(_ label: String, _ rows: [Row]) { (self.label, self.rows) = (label, rows) }

    package var markup: Markup {
        let shown = rows.prefix(Chart.rowLimit)
        let largest = shown.flatMap { row in row.bars.map(\.size) + [row.limit ?? 0] }.filter(\.isFinite).max() ?? 0
        func width(_ size: Double) -> Double {
            largest > 0 && size.isFinite ? min(max(size / largest, 0), 1) * Chart.width : 0
        }
        var (top, parts): (Double, [Markup]) = (0, [])
        for row in shown {
            parts += [
                Chart.text(0, top + 14, Chart.short(row.name, 40)),
                Chart.text(Chart.width, top + 14, row.value, anchor: "end", of: "number"),
            ]
            for (index, bar) in row.bars.enumerated() {
                let y = top + 20 + Double(index) * (Self.barHeight + 2)
                parts.append(rectangle(y, Chart.width, "track"))
                // A hair where there is anything at all.
                if bar.size > 0 { parts.append(rectangle(y, max(width(bar.size), 1), bar.style)) }
            }
            let height = Double(row.bars.count) * (Self.barHeight + 2)
            if let limit = row.limit {
                let x = min(width(limit), Chart.width - 1)
                parts.append(Chart.line(x, top + 17, x, top + 21 + height, of: "mark"))
            }
            top += height + 28
        }
        if rows.count > shown.count {
            parts.append(Chart.text(0, top + 14, "and \((rows.count - shown.count).grouped) more"))
            top += 22
        }
        return Chart.drawing(height: top, label, parts)
    }

    private func rectangle(_ y: Double, _ width: Double, _ style: String) -> Markup {
        .empty(
            "rect",
            [
                "x": "0", "y": y.coordinate, "width": width.coordinate, "height": Self.barHeight.coordinate, "rx": "2",
                "class": style,
            ])
    }
}
