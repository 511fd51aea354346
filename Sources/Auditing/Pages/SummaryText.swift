internal import Specification

extension TranscriptSummary {
    /// The page that `colonnade-audit show` prints.
    public var text: String {
        var lines = ["transcript of \(party)", ""] + facts.indented() + [""]
        if !unprotected.isEmpty {
            lines += [
                "UNPROTECTED: this job sent plain numbers, in the protocol \(unprotected.map(printable).joined(separator: ", ")).",
                "",
            ]
        }
        for entry in protocols { lines += entry.lines(isUnprotected: unprotected.contains(entry.name)) + [""] }
        lines += ["totals", ""] + totals.indented() + [""]
        lines.append("This is what the transcript says. 'colonnade-audit verify' checks it.")
        return lines.joined(separator: "\n")
    }

    private var facts: [String] {
        var table = TextTable("", "")
        table.add("file", file)
        table.add("written", "by \(software), from \(calendarTime(started))")
        table.add("job", "\(jobHash)\(attempt == 0 ? "" : ", attempt \(attempt)")")
        for (name, statement) in statements.sorted(by: { $0.key < $1.key }) { table.add(name, statement) }
        table.add("ends", ending)
        return table.lines
    }

    private var totals: [String] {
        var byLink = TextTable("from", "to", ">frames", ">bytes")
        for link in links { byLink.add(link.from.name, link.to.name, link.frames.grouped, link.bytes.grouped) }
        byLink.add("all", "", frames.grouped, bytes.grouped)
        var byKind = TextTable("kind", ">frames", ">bytes")
        for kind in kinds { byKind.add(kind.kind, kind.frames.grouped, kind.bytes.grouped) }
        return byLink.lines + [""] + byKind.lines
    }
}

extension TranscriptSummary.ProtocolTotal {
    fileprivate func lines(isUnprotected: Bool) -> [String] {
        let roles = members.sorted { $0.key < $1.key }.map { "\($0.key) (\(printable($0.value)))" }
        let title = "\(printable(name)) \(version)\(isUnprotected ? ", UNPROTECTED" : "")"
        return ["\(title): \(printable(summary))"]
            + ["\(sessions.counted("session")) of \(roles.joined(separator: ", "))"].indented()
            + phases.flatMap { [""] + $0.lines.indented() }
    }
}

extension TranscriptSummary.PhaseTotal {
    fileprivate var lines: [String] {
        var table = TextTable("step", "from", "to", "kind", "key of", "shape", ">frames", ">bytes", ">bytes a round")
        for message in messages {
            table.add(
                message.step, message.from.name, message.to.name,
                message.kind == Kind.plain.name ? "PLAIN" : message.kind, message.keyOwner?.name ?? "",
                (message.shapeVaries ? "up to " : "") + shapeText(message.shape), message.frames.grouped,
                message.bytes.grouped, perRound(message.bytes))
        }
        table.add("all", "", "", "", "", "", frames.grouped, bytes.grouped, perRound(bytes))
        return ["\(printable(name)), \(rounds.counted("round"))"] + table.lines.indented()
    }

    private func perRound(_ bytes: Int) -> String { rounds == 0 ? "" : (bytes / rounds).grouped }
}
