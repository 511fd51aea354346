internal import Glibc

/// A drawing of ours: 400 units wide, so that its letters are as large as the page's where a page is as narrow as a phone.
package enum Chart {
    package static let width = 400.0
    /// More rows or curtains than this nobody would read: charts say what they leave out.
    package static let rowLimit = 24

    /// The drawing, with a text for people who do not see it.
    package static func drawing(height: Double, _ label: String, _ parts: [Markup]) -> Markup {
        .element(
            "svg",
            [
                "xmlns": "http://www.w3.org/2000/svg", "viewBox": "0 0 \(width.coordinate) \(height.coordinate)",
                "role": "img",
                "aria-label": label,
            ], parts)
    }

    package static func text(
        _ x: Double, _ y: Double, _ text: String, anchor: String = "start", of name: String = ""
    ) -> Markup {
        .element("text", ["x": x.coordinate, "y": y.coordinate, "text-anchor": anchor, "class": name], text)
    }

    /// A name that fits beside a chart: whole in a tooltip, and in the table below.
    package static func short(_ name: String, _ limit: Int) -> String {
        name.count > limit ? name.prefix(limit - 1) + "…" : name
    }

    /// A line of the grid, or of another style.
    package static func line(
        _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, of name: String = "grid"
    ) -> Markup {
        .empty(
            "line",
            ["x1": x1.coordinate, "y1": y1.coordinate, "x2": x2.coordinate, "y2": y2.coordinate, "class": name])
    }

    /// From 0 in two to five round steps, none below `least`, the last at or above `end`.
    package static func ticks(to end: Double, least: Double = 0) -> [Double] {
        let power = pow(10, log10(end / 4).rounded(.down))
        let step = max([1, 2, 5, 10].map { $0 * power }.first { end / $0 <= 4 } ?? power * 10, least)
        return Array(stride(from: 0, through: (end / step).rounded(.up) * step, by: step))
    }
}

extension Double {
    /// As SVG has it, to a tenth.
    package var coordinate: String {
        let tenths = Int((self * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }
}
