internal import Pages

/// Bytes of every round of a phase, sent and taken, a line for each partner. Where buckets hold several rounds, a band from the
/// least to the most.
struct RoundChart {
    let phase: TranscriptSummary.PhaseTotal

    private static let (left, top, height) = (58.0, 10.0, 130.0)
    private static let width = Chart.width - left - 8

    var markup: Markup {
        let links = phase.series.prefix(Chart.rowLimit).map(\.rounds.buckets)
        let most = links.joined().reduce(1) { max($0, $1.sent.most, $1.taken.most) }
        let ticks = Chart.ticks(to: Double(most), least: 1)
        let highest = ticks.last ?? Double(most)
        let rounds = links.reduce(1) { max($0, $1.reduce(0) { $0 + $1.rounds }) }
        func y(_ bytes: Double) -> Double { Self.top + (1 - bytes / highest) * Self.height }
        var parts = ticks.flatMap { tick in
            [
                Chart.line(Self.left, y(tick), Self.left + Self.width, y(tick)),
                Chart.text(Self.left - 6, y(tick) + 4, tick.asBytes, anchor: "end", of: "number"),
            ]
        }
        parts += [
            Chart.text(Self.left, Self.top + Self.height + 18, "first round"),
            Chart.text(
                Chart.width - 8, Self.top + Self.height + 18, "round \(rounds.grouped)", anchor: "end", of: "number"),
        ]
        for buckets in links {
            parts.append(band(buckets.map { ($0.rounds, $0.taken) }, rounds, y, "taken"))
            parts.append(band(buckets.map { ($0.rounds, $0.sent) }, rounds, y, "sent"))
        }
        return Chart.drawing(height: Self.top + Self.height + 26, "Bytes sent and taken in each round", parts)
    }

    /// Along the most, back along the least: a line where they are the same.
    private func band(
        _ extents: [(rounds: Int, extent: RoundSeries.Extent)], _ rounds: Int, _ y: (Double) -> Double, _ name: String
    ) -> Markup {
        var (there, back): ([String], [String]) = ([], [])
        var before = 0
        for (count, extent) in extents {
            for end in [before, before + count] {
                let x = (Self.left + Double(end) / Double(rounds) * Self.width).coordinate
                there.append("\(x),\(y(Double(extent.most)).coordinate)")
                back.append("\(x),\(y(Double(extent.least)).coordinate)")
            }
            before += count
        }
        return .empty("polygon", ["points": (there + back.reversed()).joined(separator: " "), "class": "band \(name)"])
    }
}
