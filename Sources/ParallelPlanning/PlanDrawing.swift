/// A plan as a picture: ranks from top to bottom, layers from left to right, coloured by strategy; at the right, each
/// rank's memory. Readable on light and on dark ground, and without colours too.
public struct PlanDrawing: Sendable {
    private let plan: ParallelPlan
    private let names: [String]
    private let budgetPerRank: Int?
    private let measuredSeconds: Double?

    /// - Parameters:
    ///   - names: By layer, shown when one points at it.
    ///   - budgetPerRank: In bytes: the full length of a bar of memory; the highest rank's, if there is none.
    ///   - measuredSeconds: Of a step, after a run.
    public init(
        _ plan: ParallelPlan, names: [String] = [], budgetPerRank: Int? = nil, measuredSeconds: Double? = nil
    ) {
        self.plan = plan
        self.names = names
        self.budgetPerRank = budgetPerRank
        self.measuredSeconds = measuredSeconds
    }

    private static let rowHeight = 28
    private static let stageGap = 12
    private static let left = 130
    private static let barWidth = 150
    /// Of middle lightness, told apart by people who see few colours (Okabe and Ito).
    private static let colours = [
        "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9", "#8a5fbf", "#6b7280",
    ]

    private var cellWidth: Int { max(10, min(56, 640 / max(1, plan.layers.count))) }
    private var right: Int { Self.left + cellWidth * plan.layers.count }
    private var width: Int {
        // Bold letters of the summary are some 9 wide.
        let summary = plan.summary(measuredSeconds: measuredSeconds).map(\.count).max() ?? 0
        return max(right + 24 + Self.barWidth + 150, 32 + 9 * summary)
    }

    /// The strategies in the order in which they first occur.
    private var strategies: [LayerStrategy] {
        plan.layers.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// An SVG document.
    public var svg: String {
        var body: [String] = []
        var top = 24
        for line in plan.summary(measuredSeconds: measuredSeconds) {
            body.append(Self.text(line, x: 16, y: top, class: "title"))
            top += 20
        }
        top += 14
        body.append(Self.text("layer", x: Self.left - 10, y: top, class: "small end"))
        let every = max(1, divided(28, cellWidth))
        for layer in plan.layers.indices where layer % every == 0 {
            body.append(
                Self.text("\(layer)", x: Self.left + layer * cellWidth + cellWidth / 2, y: top, class: "small mid"))
        }
        body.append(Self.text("memory", x: right + 24, y: top, class: "small"))
        top += 8
        for (index, stage) in plan.stages.enumerated() {
            body.append(contentsOf: drawing(stage, index, top))
            top += stage.ranks.count * Self.rowHeight + Self.stageGap
        }
        top += 16
        for (index, strategy) in strategies.enumerated() {
            let colour = Self.colours[index % Self.colours.count]
            body.append(#"<rect x="16" y="\#(top - 11)" width="14" height="14" rx="2" fill="\#(colour)"/>"#)
            let layers = plan.layers.count { $0 == strategy }
            let count = "\(layers) \(layers == 1 ? "layer" : "layers")"
            body.append(Self.text("\(Self.letter(index)): \(strategy.label) (\(count))", x: 38, y: top, class: ""))
            top += 20
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(top)" width="\(width)" \
            height="\(top)" role="img">
            <title>How layers are spread over ranks</title>
            <style>
            text { font: 13px system-ui, sans-serif; fill: #333 }
            .title { font-weight: 600 } .small { font-size: 11px } .in { fill: #fff; font-size: 11px }
            .mid { text-anchor: middle } .end { text-anchor: end } .line { stroke: #888; fill: none }
            .bar { fill: #888; fill-opacity: 0.35 } .used { fill: #56708f } .over { fill: #c0392b }
            @media (prefers-color-scheme: dark) { text { fill: #ddd } .in { fill: #fff } }
            </style>
            \(body.joined(separator: "\n"))
            </svg>

            """
    }

    private func drawing(_ stage: ParallelPlan.Stage, _ index: Int, _ top: Int) -> [String] {
        let height = stage.ranks.count * Self.rowHeight
        var parts = [
            Self.text("stage \(index)", x: 16, y: top + height / 2 + 4, class: ""),
            #"<path class="line" d="M 76 \#(top + 2) h -6 v \#(height - 4) h 6"/>"#,
        ]
        for (row, rank) in stage.ranks.enumerated() {
            let y = top + row * Self.rowHeight
            parts.append(Self.text("rank \(rank)", x: Self.left - 10, y: y + 18, class: "small end"))
            for layer in stage.layers { parts.append(cell(layer, y)) }
            parts.append(contentsOf: memory(rank, y))
        }
        return parts
    }

    private func cell(_ layer: Int, _ y: Int) -> String {
        let index = strategies.firstIndex(of: plan.layers[layer]) ?? 0
        let x = Self.left + layer * cellWidth
        let name = names.indices.contains(layer) ? "layer \(layer), \(names[layer])" : "layer \(layer)"
        // Narrow cells would run letters together: one for each run of layers.
        let isFirst =
            !plan.stages.contains { $0.layers.contains(layer) && $0.layers.contains(layer - 1) }
            || plan.layers[layer - 1] != plan.layers[layer]
        let letter =
            cellWidth >= 14 || isFirst
            ? Self.text(Self.letter(index), x: x + cellWidth / 2, y: y + 18, class: "in mid") : ""
        return """
            <g><title>\(Self.escaped("\(name): \(plan.layers[layer].label)"))</title><rect x="\(x)" y="\(y + 2)" \
            width="\(cellWidth - 1)" height="\(Self.rowHeight - 4)" rx="2" \
            fill="\(Self.colours[index % Self.colours.count])"/>\(letter)</g>
            """
    }

    private func memory(_ rank: Int, _ y: Int) -> [String] {
        let bytes = plan.bytes[rank]
        let whole = max(budgetPerRank ?? plan.bytes.max() ?? 1, 1)
        let used = min(Self.barWidth, Int((Double(bytes) / Double(whole) * Double(Self.barWidth)).rounded()))
        let x = right + 24
        let amount = budgetPerRank.map { "\(Bytes(bytes)) of \(Bytes($0))" } ?? "\(Bytes(bytes))"
        return [
            """
            <rect class="bar" x="\(x)" y="\(y + 6)" width="\(Self.barWidth)" \
            height="\(Self.rowHeight - 12)" rx="2"/>
            """,
            """
            <rect class="\(bytes > whole ? "over" : "used")" x="\(x)" y="\(y + 6)" width="\(used)" \
            height="\(Self.rowHeight - 12)" rx="2"/>
            """,
            Self.text(amount, x: x + Self.barWidth + 8, y: y + 18, class: "small"),
        ]
    }

    private static func letter(_ index: Int) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        return index < letters.count ? String(letters[index]) : "\(index)"
    }

    private static func text(_ text: String, x: Int, y: Int, class name: String) -> String {
        #"<text class="\#(name)" x="\#(x)" y="\#(y)">\#(escaped(text))</text>"#
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
    }
}
