extension OpenedSumDemonstration {
    /// For people.
    public var text: String {
        let sizes: [(String, (ExampleJob) -> String)] = [
            ("rows", { "\($0.rows)" }),
            ("columns of A / of B", { "\($0.columns) / \($0.labelColumns)" }),
            ("width of Z", { "\($0.width)" }),
            ("openings of each row", { "\($0.openings)" }),
            ("exposure ratio, width x openings / columns", { $0.exposure.decimal }),
        ]
        var table = [["", "far over the limit", "within the limit"]]
        table += sizes.map { name, value in [name] + results.map { value($0.job) } }
        table += results[0].measures.enumerated().map { index, measure in
            [measure.name] + results.map { $0.measures[index].value.decimal }
        }
        let widths = (0..<3).map { column in table.map { $0[column].count }.max() ?? 0 }
        let lines = table.map { row in
            row[0] + String(repeating: " ", count: widths[0] - row[0].count)
                + (1..<3).map { "  " + String(repeating: " ", count: widths[$0] - row[$0].count) + row[$0] }.joined()
        }
        return """
            What opening Z gives away: \(attack.title)

            Two jobs ran in this process: the real roles of MatMul, Paillier keys of \(keyBits) bits, random data; one
            feature party A, the label party B. B kept to the protocol, and then computed with what it has: its own
            columns and shares, the derivatives that it sent, and Z of every batch.

            \(lines.map { "  " + $0 }.joined(separator: "\n"))

            \(attack.explanation)

            No mask prevents this, because it follows from Z itself. The exposure ledger limits it: it refuses jobs whose
            ratio passes \(exposureLimit.decimal), unless a feature party's policy says otherwise, and any width that reaches the rank of
            A's columns. It is an indicator, not a proof. Columns here are independent; real ones are not, and then
            fewer openings tell as much.
            """
    }
}

extension OpenedSumAttack {
    fileprivate var title: String {
        switch self {
        case .gram: "the inner products of A's rows"
        case .knownRows: "A's features, when some rows are known"
        case .columnSpan: "X_A W_A, and the span of A's columns"
        }
    }

    fileprivate var explanation: String {
        switch self {
        case .gram:
            """
            Between two visits of a row its part of Z changes by its inner products with all rows, weighted by
            derivatives that B computed itself: linear equations, from which B solves for X_A X_A^T, that is X_A up to a
            rotation. Within the limit there are far fewer equations than inner products.
            """
        case .knownRows:
            """
            From rows of A that B has from elsewhere it learns the linear map from openings to features, and reads all
            other rows. Each opening tells as many numbers about a row as Z is wide: from the ratio 1 on they are as many
            as its features, below it R2 is at most about the ratio. X_A W_A is no secret in either case, once as many
            rows are known as both parties have columns.
            """
        case .columnSpan:
            """
            V_B, which never changes, hides X_A W_A only up to the span of X_B: with many more rows under one W_A than B
            has columns, B solves for it. One opening is enough for that, so this succeeds within the limit too. What the
            ledger limits is how many such combinations of A's columns B collects: from the ratio 1 on they span all of
            them, below it R2 is about the ratio.
            """
        }
    }
}

extension Double {
    /// At most four decimals.
    fileprivate var decimal: String {
        guard magnitude < 1e6 else { return "\(self)" }
        guard magnitude == 0 || magnitude >= 0.0001 else { return "below 0.0001" }
        let tenThousandths = Int((magnitude * 10_000).rounded())
        var digits = String(tenThousandths % 10_000 + 10_000).dropFirst()
        while digits.hasSuffix("0") { digits.removeLast() }
        return (self < 0 ? "-" : "") + "\(tenThousandths / 10_000)" + (digits.isEmpty ? "" : ".\(digits)")
    }
}
