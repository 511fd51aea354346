import Foundation

/// Two drawings side by side: the area under the curve against rounds and against seconds.
struct CeluPlot {
    private let rows: [CeluRow]
    private let targets: [Double]

    private static let (width, height) = (440.0, 320.0)
    private static let (left, top) = (56.0, 40.0)
    private static let gap = 80.0
    private static let colours: [CeluMethod: String] = [
        .plain: "#777777", .plainTuned: "#111111", .fedBCD: "#d08000", .celu: "#4a90d9", .celuTuned: "#0b5394",
    ]

    init(_ rows: [CeluRow], targets: [Double]) { (self.rows, self.targets) = (rows, targets) }

    /// The file's text.
    var svg: String {
        let (width, height) = (2 * Self.width + Self.gap + Self.left + 24, Self.height + 120)
        let title = rows.first.map { "\($0.set), protection: \($0.protection)" } ?? ""
        let auc = range
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(width)) \(Int(height))" font-family="sans-serif" font-size="12">
            <rect width="100%" height="100%" fill="white"/>
            <text x="\(Self.left)" y="22" font-size="15">\(title)</text>
            \(panel(at: Self.left, "rounds", auc) { point, _ in Double(point.round) })
            \(panel(at: Self.left + Self.width + Self.gap, "seconds", auc) { point, seconds in Double(point.round) * seconds })
            \(legend)
            </svg>

            """
    }

    /// From a little below where curves leave their first points to a little above the best.
    private var range: ClosedRange<Double> {
        let values = rows.flatMap { $0.curve.map(\.auc) }
        let highest = ((values.max() ?? 1) * 100).rounded(.up) / 100
        let lowest = ((targets.min() ?? highest) * 100).rounded(.down) / 100 - 0.06
        return lowest...max(highest, lowest + 0.01)
    }

    private func panel(
        at left: Double, _ name: String, _ auc: ClosedRange<Double>,
        _ place: (CeluRow.CurvePoint, _ secondsPerRound: Double) -> Double
    ) -> String {
        let lines = rows.map { row in (row, row.curve.map { (place($0, row.secondsPerRound), $0.auc) }) }
        let end = lines.flatMap { $0.1.map(\.0) }.max() ?? 1
        func x(_ value: Double) -> Double { left + value / end * Self.width }
        func y(_ value: Double) -> Double {
            let share = (value - auc.lowerBound) / (auc.upperBound - auc.lowerBound)
            return Self.top + (1 - min(max(share, 0), 1)) * Self.height
        }
        var parts = [
            ##"<rect x="\##(left)" y="\##(Self.top)" width="\##(Self.width)" height="\##(Self.height)" fill="none" stroke="#999"/>"##
        ]
        for tick in Self.ticks(to: end) {
            parts.append(line(x(tick), Self.top, x(tick), Self.top + Self.height, "#eee"))
            parts.append(text(x(tick), Self.top + Self.height + 16, "\(Int(tick))", anchor: "middle"))
        }
        for tick in stride(from: auc.lowerBound, through: auc.upperBound + 1e-9, by: 0.01) {
            parts.append(line(left, y(tick), left + Self.width, y(tick), "#eee"))
            parts.append(text(left - 6, y(tick) + 4, String(format: "%.2f", tick), anchor: "end"))
        }
        for target in targets {
            parts.append(line(left, y(target), left + Self.width, y(target), "#c33", dashes: "4 4"))
        }
        for (row, points) in lines {
            // What lies below the drawing is left out.
            let visible = points.filter { $0.1 >= auc.lowerBound }
            let path = visible.map { String(format: "%.1f,%.1f", x($0.0), y($0.1)) }.joined(separator: " ")
            parts.append(
                #"<polyline fill="none" stroke="\#(Self.colours[row.method] ?? "black")" stroke-width="1.6" points="\#(path)"/>"#
            )
        }
        parts.append(text(left + Self.width / 2, Self.top + Self.height + 34, name, anchor: "middle"))
        parts.append(text(left - 44, Self.top - 8, "AUC", anchor: "start"))
        return parts.joined(separator: "\n")
    }

    private var legend: String {
        rows.enumerated().map { index, row in
            let (x, y) = (Self.left + Double(index) * 170, Self.top + Self.height + 62)
            return line(x, y, x + 26, y, Self.colours[row.method] ?? "black", width: 2.5)
                + text(x + 32, y + 4, row.method.rawValue, anchor: "start")
        }
        .joined(separator: "\n")
    }

    private func line(
        _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ colour: String, width: Double = 1,
        dashes: String = "none"
    ) -> String {
        String(format: #"<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f""#, x1, y1, x2, y2)
            + #" stroke="\#(colour)" stroke-width="\#(width)" stroke-dasharray="\#(dashes)"/>"#
    }

    private func text(_ x: Double, _ y: Double, _ text: String, anchor: String) -> String {
        String(format: #"<text x="%.1f" y="%.1f""#, x, y) + #" text-anchor="\#(anchor)">\#(text)</text>"#
    }

    /// Round numbers from 0, five to ten of them.
    private static func ticks(to end: Double) -> StrideThrough<Double> {
        let power = pow(10, (log10(end)).rounded(.down))
        let step = [0.1, 0.2, 0.5, 1].map { $0 * power }.first { end / $0 <= 10 } ?? power
        return stride(from: 0, through: end, by: step)
    }
}
