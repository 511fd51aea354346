internal import Pages
internal import Specification

extension TranscriptSummary {
    /// What this file is, in plain words: each paragraph a text of one line.
    var opening: [String] {
        let others = partners.map(\.name).listed
        var what = "This is \(party)'s own record of \(jobName.map { "the job \(printable($0))" } ?? "a job")"
        what += "\(others.isEmpty ? "" : " with \(others)"): every message that \(party) sent or took, in order, "
        what += "\(frames.counted("message")) of \(bytes.asBytes) together. "
        what += partners.count > 1 ? "What \(others) sent each other stands in their own records. " : ""
        what += "It was begun \(calendarTime(started)) by \(party)'s clock. "
        what +=
            isIntact && ending == "complete"
            ? "It says that the job ran to its end." : "It is not the whole job: \(printable(ending))."
        return [what] + [contents] + unprotectedWarning
    }

    /// What was sent in the clear, and what was not.
    private var contents: String {
        guard bytes > 0 else { return "No payload was sent." }
        let parts = Protection.allCases.compactMap { protection -> String? in
            let sum = bytes(by: protection)
            guard sum > 0 else { return nil }
            let share = sum.share(of: bytes)
            switch protection {
            case .encrypted: return "\(share) were encrypted\(owners)"
            case .masked: return "\(share) were masked or blinded, noise by themselves"
            case .result: return "\(share) told their receiver which ids or rows the job uses"
            case .open: return "\(share) were in the clear and about no row: keys, proofs, sizes, signatures"
            case .plain: return "\(share) were PLAIN NUMBERS that their receiver could read"
            }
        }
        return "Of the bytes, \(parts.joined(separator: "; "))."
    }

    /// Under whose keys, each with its share.
    private var owners: String {
        let parts = keyTotals.filter { $0.kind == Kind.ciphertext.name }.map { total in
            (total.bytes.share(of: bytes), "under \(total.keyOwner.map { "\($0)'s" } ?? "no party's") key")
        }
        return parts.count == 1 ? " \(parts[0].1)" : " (\(parts.map { "\($0.0) \($0.1)" }.listed))"
    }

    private var unprotectedWarning: [String] {
        guard !unprotected.isEmpty else { return [] }
        return [
            "UNPROTECTED: this job sent plain numbers, in the protocol \(unprotected.map { printable($0) }.listed)."
        ]
    }

    /// By kind and key owner, over all links.
    var keyTotals: [FlowTotal] {
        flows.reduce(into: [FlowTotal]()) { totals, flow in
            if let index = totals.firstIndex(where: { $0.kind == flow.kind && $0.keyOwner == flow.keyOwner }) {
                totals[index].frames += flow.frames
                totals[index].bytes = totals[index].bytes.saturatingSum(flow.bytes)
            } else {
                totals.append(flow)
            }
        }
        .sorted { ($1.bytes, $0.kind, $0.keyOwner?.name ?? "") < ($0.bytes, $1.kind, $1.keyOwner?.name ?? "") }
    }

    /// What the job gives away, sentence by sentence, as its parties were told; no more than one would read.
    var leakage: [String] {
        statements.compactMap { name, statement in
            Int(name.dropFirst(Self.leakageName.count)).map { ($0, name, statement) }
        }
        .filter { $0.1.hasPrefix(Self.leakageName) }.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.prefix(Self.statementLimit)
        .map(\.2)
    }

    /// Other statements, by name; no more than one would read.
    var otherStatements: [(name: String, statement: String)] {
        statements.filter {
            !$0.key.hasPrefix(Self.leakageName) || Int($0.key.dropFirst(Self.leakageName.count)) == nil
        }
        .sorted { $0.key < $1.key }.prefix(Self.statementLimit).map { (name: $0.key, statement: $0.value) }
    }

    private static let leakageName = "leakage-"
    private static let statementLimit = 50

    /// What this page is not.
    static let limits = """
        This is what the transcript says; it is no check. 'colonnade-audit verify' checks the chain, the signatures, that exactly the \
        frames of the plan crossed each link, and, with the partners' transcripts, that they agree. \(Verification.meaning)
        """
}

extension TranscriptSummary {
    /// As many certificates as a page shows.
    static let certificateLimit = 100

    /// What the file has of payloads.
    var payloads: String {
        keepsPayloads ? "all are kept in the file" : "hashes of all; kept are those of sizes, agreements and signatures"
    }

    /// What stands in no table.
    var omission: String {
        "\(omittedFrames.counted("frame")) more: there are more different messages than the \(Tally.messageLimit.grouped) that this "
            + "page tells apart."
    }
}

extension TranscriptSummary.ProtocolTotal {
    /// Who took part, and how often.
    var attendance: String {
        let roles = members.sorted { $0.key < $1.key }.map { "\($0.key) (\(printable($0.value)))" }
        return "\(sessions.counted("session"))\(roles.isEmpty ? "" : " of \(roles.joined(separator: ", "))")"
    }

    /// What to know of words that are not this program's.
    var note: String? {
        guard !isKnown, hash != nil else { return nil }
        return "This program does not carry this specification: what is said of it here are the transcript's own words."
    }
}

extension TranscriptSummary.PhaseTotal {
    /// Messages of one step after each other.
    var steps: [[TranscriptSummary.MessageTotal]] {
        messages.reduce(into: []) { steps, message in
            if steps.last?.last?.step == message.step {
                steps[steps.count - 1].append(message)
            } else {
                steps.append([message])
            }
        }
    }

    /// What one round sends and takes, a sentence for partners with which it is the same; nothing where there is one round.
    var perRound: [String] {
        guard rounds > 1 else { return [] }
        var groups: [(text: String, partners: [String])] = []
        for link in series {
            guard let sent = link.rounds.sent, let taken = link.rounds.taken else { continue }
            let text = "sent \(sent.text) and took \(taken.text) bytes a round"
            if let index = groups.firstIndex(where: { $0.text == text }) {
                groups[index].partners.append(link.partner.name)
            } else {
                groups.append((text, [link.partner.name]))
            }
        }
        return groups.map { "with \($0.partners.listed): \($0.text)" }
    }
}

extension TranscriptSummary.MessageTotal {
    /// The shape, or the largest of them.
    var shapeName: String { (shapeVaries ? "up to " : "") + shapeText(shape) }

    /// Whether frames have one length; nothing to say of a single one.
    var rule: String { frames == 1 ? "" : sizes.name }

    /// Bytes of a frame.
    var extent: String { RoundSeries.Extent(least: leastBytes, most: mostBytes).text }
}

extension RoundSeries.Extent {
    /// `1,024`, or `512 to 1,024`.
    var text: String { least == most ? most.grouped : "\(least.grouped) to \(most.grouped)" }
}

extension SizeRule {
    /// For people.
    var name: String {
        switch self {
        case .constant: "constant"
        case .byShape: "by shape"
        case .varying: "varies"
        case .unknown: "many shapes"
        }
    }
}
