internal import Documents

extension Job {
    /// Which common rows are trained on, which validate, and which test.
    public struct Split: Hashable, Sendable, Codable {
        /// What rows are told apart by.
        public var by: Kind
        /// Whose values decide; `nil` where nothing but the common order does. A column of the key, which all parties have, or else of
        /// the label party, which then tells the others what each row is for.
        public var column: String?
        /// Rows that are measured while a model is chosen; `nil`: none.
        public var validation: Part?
        /// Rows that are measured once a model is chosen.
        public var test: Part

        /// What rows are told apart by.
        public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
            /// The common order, which a hash of ids decides: its first rows test, the next ones validate.
            case random
            /// A time or any other value with an order: the last rows test, those before them validate. Equal ones stay together.
            case time
            /// A value that rows share: a hash of it decides, so that a group is never torn, and shares hold about.
            case group
            /// The text of a column.
            case column
        }

        /// Some of the rows.
        public enum Part: Hashable, Sendable, Codable {
            /// A decimal text, 0.01 to 0.9: so many.
            case share(String)
            /// Under ``Kind/column``: those with one of these texts.
            case texts([String])
        }
    }
}

extension Job.Split {
    /// Reads the `evaluate.split` section.
    init(_ document: Document) throws(DocumentError) {
        var document = document
        guard let kind = try document.optionalChoice("by", of: Kind.self) else {
            throw document.error("by", "is missing: " + Kind.allCases.map(\.rawValue).joined(separator: ", "))
        }
        by = kind
        if kind != .random { column = try document.text("column") }
        if document.has("validation") { validation = try Part(&document, "validation", by: kind) }
        test = try Part(&document, "test", by: kind)
        try document.end()
    }

    /// What a hash or an order is cut by; 0 for rows that texts name.
    var shares: (validation: Double, test: Double) { (validation?.share ?? 0, test.share) }

    /// Sentences on what makes no split of a job.
    func problems(of job: Job) -> [String] {
        var problems: [String] = []
        func require(_ condition: Bool, _ problem: String) { if !condition { problems.append(problem) } }
        let parts = [validation, test].compactMap(\.self)
        require(
            (by == .random) == (column == nil),
            "evaluate.split must name a column, and none where it is by random")
        require(
            parts.allSatisfy { $0.problem(under: by) == nil },
            parts.lazy.compactMap { $0.problem(under: by) }.first ?? "")
        require(shares.validation + shares.test <= 0.95, "evaluate.split must leave rows to train on")
        if case .texts(let first)? = validation, case .texts(let second) = test {
            require(Set(first).isDisjoint(with: second), "evaluate.split must not test and validate on the same text")
        }
        require(
            by == .random || job.align.result == .all,
            "evaluate.split must be by random with align.result label: a decoy has no values")
        require(column != job.label, "evaluate.split must not be by the label")
        return problems
    }
}

extension Job.Split.Part {
    fileprivate init(_ document: inout Document, _ name: String, by kind: Job.Split.Kind) throws(DocumentError) {
        self =
            kind == .column
            ? .texts(try document.textOrTexts(name))
            : .share(try document.decimal(name, default: "0.2", in: Job.Limits.testShare))
    }

    fileprivate var share: Double {
        if case .share(let text) = self { Job.Limits.decimal(text) ?? 0 } else { 0 }
    }

    fileprivate func problem(under kind: Job.Split.Kind) -> String? {
        switch self {
        case .share(let text):
            kind != .column && Job.Limits.decimal(text).map(Job.Limits.testShare.contains) ?? false
                ? nil : "evaluate.split must give shares of 0.01 to 0.9, and by column texts"
        case .texts(let texts):
            kind == .column && !texts.isEmpty && Set(texts).count == texts.count
                ? nil : "evaluate.split must give different texts by column, and only there"
        }
    }
}

extension Job {
    /// Whether only the label party can tell what rows are for.
    var announcesSplit: Bool {
        guard predict == nil, let column = evaluate.split?.column else { return false }
        return !align.key.contains(column)
    }
}
