internal import Pages
internal import Specification

extension Verification {
    /// The page that `colonnade-audit verify` prints.
    public var text: String {
        var lines = transcripts.flatMap { $0.lines + [""] }
        if !findings.isEmpty {
            lines += ["between transcripts", ""] + Self.table(of: findings, omittedFindings).indented() + [""]
        }
        var table = TextTable("", "", "")
        for transcript in transcripts {
            table.add(transcript.verdict.capitals, transcript.party?.name ?? "", transcript.file)
        }
        let warning = all.contains { $0.check == .protection } ? " UNPROTECTED: plain numbers were sent." : ""
        lines += table.lines + ["", "\(verdict.capitals): \(summary).\(warning)", ""]
        lines += [
            Self.meaning,
            "Certificates come from the transcripts themselves: compare their hashes with those that you trust.",
        ]
        return lines.joined(separator: "\n")
    }

    private var all: [Finding] { transcripts.flatMap(\.findings) + findings }

    /// The verdict in one sentence.
    private var summary: String {
        let omitted = omittedFindings + transcripts.map(\.omittedFindings).reduce(0, +)
        let failures = all.count { $0.severity == .failure }
        switch verdict {
        case .accepted: return "every check passed"
        case .incomplete: return "every check passed on what is there, which is not the whole job"
        case .rejected: return "\(failures.counted("failure")) listed\(omitted == 0 ? "" : ", and \(omitted) more")"
        case .unreadable: return "not every file is a transcript that can be read"
        }
    }

    /// Findings for people, line by line.
    package static func table(of findings: [Finding], _ omitted: Int = 0) -> [String] {
        var table = TextTable("severity", "check", "level", "party", "link to", ">record", ">frame", "", "")
        for finding in findings {
            table.add(
                finding.severity.rawValue, finding.check.rawValue, finding.level.rawValue, finding.party?.name ?? "",
                finding.peer?.name ?? "", finding.record.map(\.description) ?? "",
                finding.frame.map(\.description) ?? "", "expected\nfound",
                "\(printable(finding.expected))\n\(printable(finding.found))")
        }
        return table.lines + (omitted == 0 ? [] : ["... and \(omitted.counted("more finding"))"])
    }
}

extension VerifiedTranscript {
    fileprivate var lines: [String] {
        guard let party else {
            return [file, ""] + (problem.map { [printable($0)] } ?? Verification.table(of: findings, 0)).indented()
        }
        var facts = TextTable("", "")
        facts.add("file", file)
        if let started, let software { facts.add("written", "by \(software), from \(calendarTime(started))") }
        if let jobHash, let attempt { facts.add("job", "\(jobHash)\(attempt == 0 ? "" : ", attempt \(attempt)")") }
        for (index, entry) in certificates.sorted(by: { $0.key < $1.key }).enumerated() {
            facts.add(index == 0 ? "certificates" : "", "\(entry.value) \(entry.key)")
        }
        facts.add(
            "contents",
            "\(records.counted("record")), \(frames.counted("frame")), the first \(signedRecords) records signed")
        if let level {
            facts.add(
                "checked", "at level \(level.rawValue)\(level == .headers ? ": no payloads were kept" : "")")
        }
        if let head { facts.add("chain's head", head) }
        let table = findings.isEmpty ? [] : [""] + Verification.table(of: findings, omittedFindings)
        let warning = findings.contains { $0.check == .protection } ? ", UNPROTECTED" : ""
        return ["\(party): \(verdict.capitals)\(warning)", ""] + (facts.lines + table).indented()
    }
}

extension Verdict {
    /// For people.
    package var capitals: String { rawValue.uppercased() }
}
