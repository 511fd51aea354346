/// Lines over an axis each, with what the ends of the axes are.
package struct LineChart {
    /// Points in their order; a line, or dots on it.
    package struct Line {
        var points: [(x: Double, y: Double)]
        var style: String
        var hasDots: Bool

        /// - Parameter style: A colour's name in the style sheet: `sent`, `taken`, `open`.
        package init(_ points: [(x: Double, y: Double)], style: String, hasDots: Bool = false) {
            (self.points, self.style, self.hasDots) = (points, style, hasDots)
        }
    }

    private let label: String
    private let lines: [Line]
    private let x: (from: Double, to: Double)
    private let ends: (String, String)
    private let ticks: [Double]
    private let tickName: (Double) -> String

    private static let (left, top, height) = (44.0, 10.0, 190.0)
    private static let width = Chart.width - left - 8

    /// - Parameters:
    ///   - label: For people who do not see it.
    ///   - x: What the axis to the right covers; the points are between.
    ///   - ends: What stands under its ends.
    ///   - ticks: Of the axis upwards, at least two, ascending.
    ///   - tickName: How a tick is written.
    package init(
        _ label: String, _ lines: [Line], x: (from: Double, to: Double), ends: (String, String), ticks: [Double],
        tickName: @escaping (Double) -> String
    ) {
        precondition(x.to > x.from && ticks.count > 1, "\(label): axes of some length are expected")
        (self.label, self.lines, self.x, self.ends) = (label, lines, x, ends)
        (self.ticks, self.tickName) = (ticks, tickName)
    }

    package var markup: Markup {
        let (low, high) = (ticks[0], ticks[ticks.count - 1])
        // Whatever a report claims, it stays in the drawing.
        func place(_ point: (x: Double, y: Double)) -> (x: Double, y: Double) {
            (
                Self.left + (min(max(point.x, x.from), x.to) - x.from) / (x.to - x.from) * Self.width,
                Self.top + (1 - (min(max(point.y, low), high) - low) / (high - low)) * Self.height
            )
        }
        let bottom = Self.top + Self.height
        var parts = ticks.flatMap { tick in
            let y = place((x.from, tick)).y
            return [
                Chart.line(Self.left, y, Self.left + Self.width, y),
                Chart.text(Self.left - 6, y + 4, tickName(tick), anchor: "end", of: "number"),
            ]
        }
        parts += [
            Chart.text(Self.left, bottom + 18, ends.0, of: "number"),
            Chart.text(Chart.width - 8, bottom + 18, ends.1, anchor: "end", of: "number"),
        ]
        for line in lines {
            let places = line.points.map(place)
            let path = places.map { "\($0.x.coordinate) \($0.y.coordinate)" }.joined(separator: "L")
            if !path.isEmpty { parts.append(.element("path", ["d": "M\(path)", "class": "curve \(line.style)"], [])) }
            guard line.hasDots else { continue }
            parts += places.map {
                .empty(
                    "circle", ["cx": $0.x.coordinate, "cy": $0.y.coordinate, "r": "3.5", "class": line.style])
            }
        }
        return Chart.drawing(height: bottom + 26, label, parts)
    }
}
