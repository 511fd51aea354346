internal import Tables

/// Scores as the label party finds them: CSV with the columns of its key, then the prediction.
package struct ScoreFile {
    /// How many rows there are.
    package let rows: Int
    /// The file's contents.
    package let bytes: [UInt8]

    /// - Parameters:
    ///   - ids: The cells of each row's key; `nil` for a row that is left out, because it is nobody's.
    ///   - scores: One for each row: a probability of label 1, a number, an expected count; for classes the probability of each.
    ///   - classes: Their labels, in the order of the scores; empty where there are none.
    package init(job: Job, ids: [[String]?], scores: [Double], classes: [String]) throws {
        let width = max(1, classes.count)
        guard scores.count == ids.count * width else { throw RunError(.internalError, "not every row was scored") }
        let predicted = classes.isEmpty ? ["prediction"] : ["prediction"] + classes.map { "probability of \($0)" }
        var text = (job.align.key + predicted).map(Self.cell).joined(separator: ",") + "\n"
        for case (let row, let id?) in ids.enumerated() {
            let own = scores[row * width..<(row + 1) * width]
            var cells = id
            if let best = own.indices.max(by: { own[$0] < own[$1] }), !classes.isEmpty {
                cells.append(classes[best - own.startIndex])
            }
            cells += own.map { "\($0)" }
            text += cells.map(Self.cell).joined(separator: ",") + "\n"
        }
        rows = ids.count { $0 != nil }
        bytes = Array(text.utf8)
    }

    /// A cell as RFC 4180 has it.
    private static func cell(_ text: String) -> String {
        guard text.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
