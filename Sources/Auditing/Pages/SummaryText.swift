internal import Pages
internal import Specification

extension TranscriptSummary {
    private static let textWidth = 110

    /// The page that `colonnade-audit show` prints.
    public var text: String {
        var lines = ["transcript of \(party)", ""]
        for paragraph in opening { lines += Self.paragraph(paragraph) + [""] }
        lines += facts.indented() + [""]
        if !leakage.isEmpty {
            lines += ["what the job gives away, as the transcript states it", ""]
            for sentence in leakage { lines += Self.paragraph(sentence) + [""] }
        }
        lines += totals
        for entry in protocols { lines += entry.lines(isUnprotected: unprotected.contains(entry.name)) + [""] }
        lines += glossary + [""]
        return (lines + wrapped(Self.limits, to: Self.textWidth)).joined(separator: "\n")
    }

    fileprivate static func paragraph(_ text: String) -> [String] {
        wrapped(printable(text, limit: sentenceLimit), to: textWidth).indented()
    }

    private var facts: [String] {
        var table = TextTable("", "")
        table.add("file", file)
        table.add("written", "by \(software), from \(calendarTime(started))")
        table.add("job", "\(jobHash)\(attempt == 0 ? "" : ", attempt \(attempt)")")
        for (name, statement) in otherStatements { table.add(name, statement) }
        for (index, entry) in certificates.sorted(by: { $0.key < $1.key }).prefix(Self.certificateLimit).enumerated() {
            table.add(index == 0 ? "certificates" : "", "\(entry.value) \(entry.key)")
        }
        table.add("chain's head", "\(chainHead) after \(records.counted("record"))")
        table.add("payloads", payloads)
        table.add("ends", ending)
        return table.lines
    }

    private var totals: [String] {
        var byLink = TextTable("from", "to", ">frames", ">bytes", ">")
        for link in links {
            byLink.add(
                link.from.name, link.to.name, link.frames.grouped, link.bytes.grouped, link.bytes.share(of: bytes))
        }
        byLink.add("all", "", frames.grouped, bytes.grouped, "")
        var byKind = TextTable("kind", "key of", ">frames", ">bytes", ">", "to whoever receives it")
        for total in keyTotals {
            byKind.add(
                Kind(name: total.kind) == .plain ? "PLAIN" : total.kind, total.keyOwner?.name ?? "",
                total.frames.grouped,
                total.bytes.grouped, total.bytes.share(of: bytes), Kind(name: total.kind)?.protection.name ?? "")
        }
        let omitted = omittedFrames == 0 ? [] : Self.paragraph(omission) + [""]
        return ["by link", ""] + byLink.lines.indented() + ["", "by kind and key owner", ""] + byKind.lines.indented()
            + [""] + omitted
    }

    /// The kinds that occur.
    private var glossary: [String] {
        var table = TextTable("", "")
        for kind in Kind.allCases where kinds.contains(where: { $0.kind == kind.name }) {
            table.add(kind.name, wrapped(kind.meaning, to: Self.textWidth - 16).joined(separator: "\n"))
        }
        return ["kinds", ""] + table.lines.indented()
    }
}

extension TranscriptSummary.ProtocolTotal {
    fileprivate func lines(isUnprotected: Bool) -> [String] {
        let title = "\(printable(name)) \(version)\(isUnprotected ? ", UNPROTECTED" : "")"
        var lines = [title] + TranscriptSummary.paragraph(summary) + (note.map(TranscriptSummary.paragraph) ?? [])
        lines += TranscriptSummary.paragraph(attendance)
        var learned = TextTable("", "")
        for (role, what) in learns.sorted(by: { $0.key < $1.key }) {
            let text = wrapped(printable(what, limit: sentenceLimit), to: 90)
            learned.add("\(printable(role)) learns", text.joined(separator: "\n"))
        }
        lines += learned.lines.indented()
        var explained: Set<String> = []
        for phase in phases { lines += [""] + phase.lines(&explained).indented() }
        return lines
    }
}

extension TranscriptSummary.PhaseTotal {
    /// What each step carries is said where it is not yet ``explained``.
    fileprivate func lines(_ explained: inout Set<String>) -> [String] {
        var table = TextTable(
            "step", "from", "to", "kind", "key of", "shape", ">frames", ">bytes", ">bytes a frame", "")
        for message in messages {
            table.add(
                message.step, message.from.name, message.to.name,
                message.kind == Kind.plain.name ? "PLAIN" : message.kind, message.keyOwner?.name ?? "",
                message.shapeName, message.frames.grouped, message.bytes.grouped, message.extent, message.rule)
        }
        table.add("all", "", "", "", "", "", frames.grouped, bytes.grouped, "", "")
        var meanings = TextTable("", "")
        for first in steps.compactMap(\.first) {
            guard let carries = first.carries, let leaks = first.leaks, explained.insert(first.step).inserted else {
                continue
            }
            let text = [carries, "may give away: \(leaks)"].flatMap {
                wrapped(printable($0, limit: sentenceLimit), to: 90)
            }
            meanings.add(first.step, text.joined(separator: "\n"))
        }
        return ["\(printable(name)), \(rounds.counted("round"))"] + perRound.indented()
            + table.lines.indented() + (meanings.lines.isEmpty ? [] : [""]) + meanings.lines.indented()
    }
}
