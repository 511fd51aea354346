internal import Pages
internal import Specification

/// Who sent how much to whom: senders on the left, receivers on the right, bands as wide as their bytes.
struct FlowChart {
    /// The transcript's writer stands at the top left and at the bottom right, so that few bands cross.
    let party: Party
    let flows: [TranscriptSummary.FlowTotal]

    private static let (left, right) = (96.0, 304.0)
    private static let nodeWidth = 8.0
    /// What all bytes together are as wide as.
    private static let span = 170.0
    /// Room for a name and a number at the smallest node.
    private static let pitch = 34.0

    private struct Band {
        let from, to: Party
        var parts: [(protection: Protection, bytes: Int)] = []
        var bytes: Int { parts.reduce(0) { $0.saturatingSum($1.bytes) } }
    }

    private struct Node {
        let party: Party
        let bytes: Int
        let top, height: Double
    }

    var markup: Markup {
        let all = bands
        let shown = all.sorted { $0.bytes > $1.bytes }.prefix(Chart.rowLimit)
            .sorted { ($0.from, $0.to) < ($1.from, $1.to) }
        let total = shown.reduce(0.0) { $0 + Double($1.bytes) }
        func width(_ bytes: Int) -> Double { total > 0 ? max(Double(bytes) / total * Self.span, 1) : 1 }
        let parties = Set(shown.flatMap { [$0.from, $0.to] }).sorted()
        let others = parties.filter { $0 != party }
        let senders = nodes([party] + others, shown, \.from, width)
        let receivers = nodes(others + [party], shown, \.to, width)
        var parts: [Markup] = []
        var (departures, arrivals) = (senders.map(\.top), receivers.map(\.top))
        for (sender, node) in senders.enumerated() {
            for (receiver, other) in receivers.enumerated() {
                guard let band = shown.first(where: { $0.from == node.party && $0.to == other.party }) else { continue }
                for part in band.parts where part.bytes > 0 {
                    let width = width(band.bytes) * Double(part.bytes) / Double(max(band.bytes, 1))
                    let name = "\(band.from) to \(band.to), \(part.protection.name): \(part.bytes.asBytes)"
                    parts.append(ribbon(departures[sender], arrivals[receiver], width, part.protection, name))
                    departures[sender] += width
                    arrivals[receiver] += width
                }
            }
        }
        parts += senders.flatMap { labels($0, x: Self.left, isSender: true) }
        parts += receivers.flatMap { labels($0, x: Self.right, isSender: false) }
        let bottom = (senders + receivers).map { $0.top + max($0.height, Self.pitch) }.max() ?? 0
        let omitted = all.count - shown.count
        if omitted > 0 { parts.append(Chart.text(0, bottom + 18, "and \(omitted.grouped) links more")) }
        return Chart.drawing(
            height: bottom + (omitted > 0 ? 26 : 4), "Bytes from senders, on the left, to receivers, on the right",
            parts)
    }

    private var bands: [Band] {
        flows.reduce(into: [Band]()) { bands, flow in
            if bands.last?.from != flow.from || bands.last?.to != flow.to {
                bands.append(Band(from: flow.from, to: flow.to))
            }
            guard let protection = flow.protection else { return }
            bands[bands.count - 1].parts.append((protection, flow.bytes))
        }
        .map { band in
            var band = band
            band.parts = Protection.allCases.map { protection in
                let sizes = band.parts.filter { $0.protection == protection }.map(\.bytes)
                return (protection, sizes.reduce(0) { $0.saturatingSum($1) })
            }
            return band
        }
    }

    /// One under the other, as high as the bands that end there.
    private func nodes(
        _ parties: [Party], _ bands: [Band], _ end: KeyPath<Band, Party>, _ width: (Int) -> Double
    ) -> [Node] {
        var top = 8.0
        return parties.compactMap { party in
            let own = bands.filter { $0[keyPath: end] == party }
            guard !own.isEmpty else { return nil }
            let height = own.reduce(0.0) { $0 + width($1.bytes) }
            defer { top += max(height, Self.pitch) + 10 }
            return Node(
                party: party, bytes: own.reduce(0) { $0.saturatingSum($1.bytes) }, top: top, height: height)
        }
    }

    private func ribbon(
        _ start: Double, _ end: Double, _ width: Double, _ protection: Protection, _ name: String
    ) -> Markup {
        let (x1, x2) = (Self.left + Self.nodeWidth, Self.right - Self.nodeWidth)
        let middle = ((x1 + x2) / 2).coordinate
        func curve(_ y: Double, _ end: Double, to x: Double) -> String {
            "C\(middle) \(y.coordinate) \(middle) \(end.coordinate) \(x.coordinate) \(end.coordinate)"
        }
        let path =
            "M\(x1.coordinate) \(start.coordinate)\(curve(start, end, to: x2))V\((end + width).coordinate)"
            + "\(curve(end + width, start + width, to: x1))Z"
        return .element("path", ["d": path, "class": "ribbon \(protection.rawValue)"], [.element("title", [:], name)])
    }

    private func labels(_ node: Node, x: Double, isSender: Bool) -> [Markup] {
        let (anchor, text) = isSender ? ("end", x - 6) : ("start", x + 6)
        let middle = node.top + max(node.height, 24) / 2
        return [
            .empty(
                "rect",
                [
                    "x": (isSender ? x : x - Self.nodeWidth).coordinate, "y": node.top.coordinate,
                    "width": Self.nodeWidth.coordinate, "height": node.height.coordinate, "class": "node",
                ]),
            Chart.text(text, middle - 1, Chart.short(node.party.name, 13), anchor: anchor, of: "name"),
            Chart.text(text, middle + 14, node.bytes.asBytes, anchor: anchor, of: "number"),
        ]
    }
}
