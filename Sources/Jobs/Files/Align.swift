internal import Alignment
internal import Documents
public import Identifiers

extension Job {
    /// How rows are matched.
    public struct Align: Hashable, Sendable, Codable {
        /// The columns that make up a row's id, what their cells are, and how texts are made alike; the same at every party.
        public var declaration: KeyDeclaration
        /// What becomes of an id that stands in several rows of a party.
        public var duplicates: DuplicatePolicy
        /// How common ids are found.
        public var `protocol`: AlignmentChoice
        /// Who learns which ids are common.
        public var result: Result
        /// At most this many rows: each party offers those of its ids whose public hash says so. `nil`: all.
        public var sample: Int?
        /// How many ids are worked on at a time: held in memory, and begun again after an interruption. `nil`: by the protocol.
        public var part: Int?

        /// For how many days a feature party's work on its ids serves further jobs of this name; `nil`: for no other one.
        public var keepDays: Int?

        /// An earlier job's id and attempt, whose common rows and whose order of them serve again; `nil`: rows are aligned.
        public var reuse: String?

        /// Names of the key's columns.
        public var key: [String] { declaration.columns.map(\.name) }
    }

    /// How common ids are found: protocols of `protocols/Alignment`.
    public enum AlignmentChoice: String, Hashable, Sendable, Codable, CaseIterable {
        /// By the number of ids.
        case auto
        case ecdh, vole
    }

    /// Who learns which ids are common.
    public enum Result: Hashable, Sendable, Codable {
        /// Every party.
        case all
        /// The label party alone: the feature party is told rows that are common or decoys.
        ///
        /// - `decoys`: for each common row so many others, a decimal text of 0 to 100.
        /// - `multiple`: the number of rows is a multiple of it, so far as there are rows.
        case label(decoys: String, multiple: Int)
    }
}

extension Job.Align {
    /// Reads `align: {key, types, trim, fold-case, unicode, duplicates, protocol, result, decoys, round-to, sample, part, keep-days,
    /// reuse}`.
    init(_ document: Document, parties: Int) throws(DocumentError) {
        var document = document
        let names = try document.textOrTexts("key")
        var types = try document.optionalTextMapping("types")
        var columns: [KeyColumn] = []
        for name in names {
            let text = types.removeValue(forKey: name) ?? KeyType.text.rawValue
            guard let type = KeyType(rawValue: text) else {
                throw document.error(
                    "types", "'\(text)' is none of \(KeyType.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            columns.append(KeyColumn(name, type))
        }
        guard KeyDeclaration.isKey(columns) else {
            throw document.error("key", "1 to \(KeyDeclaration.columnLimit) different column names are expected")
        }
        if let other = types.keys.min() { throw document.error("types", "'\(other)' is no column of align.key") }
        declaration = KeyDeclaration(
            columns: columns, trims: try document.optionalFlag("trim") ?? true,
            foldsCase: try document.optionalFlag("fold-case") ?? false,
            unicode: try document.optionalChoice("unicode", of: KeyDeclaration.UnicodeForm.self) ?? .nfc)
        duplicates = try document.optionalChoice("duplicates", of: DuplicatePolicy.self) ?? .refuse
        `protocol` = try document.optionalChoice("protocol", of: Job.AlignmentChoice.self) ?? .auto
        result = try Self.result(&document, parties: parties)
        sample = try document.optionalInteger("sample", in: Job.Limits.sample)
        part = try document.optionalInteger("part", in: Job.Limits.part)
        keepDays = try document.optionalInteger("keep-days", in: Job.Limits.keepDays)
        if keepDays != nil, parties > 2 || `protocol` == .vole {
            throw document.error("keep-days", "what is kept serves two parties under protocol: ecdh")
        }
        reuse = try document.optionalText("reuse")
        guard reuse.map(ModelHalf.isName) ?? true else {
            throw document.error(
                "reuse", "a job's name is expected, as reports name its model: 12 digits, '-' and a number")
        }
        try document.end()
    }

    private static func result(_ document: inout Document, parties: Int) throws(DocumentError) -> Job.Result {
        switch try document.optionalText("result") ?? "all" {
        case "all":
            for name in ["decoys", "round-to"] where document.names.contains(name) {
                throw document.error(name, "has a meaning with result: label only")
            }
            return .all
        case "label":
            guard parties == 2 else {
                throw document.error("result", "'label' is for two parties; with more, every party learns the result")
            }
            return .label(
                decoys: try document.decimal("decoys", default: "1", in: Job.Limits.decoys),
                multiple: try document.optionalInteger("round-to", in: Job.Limits.roundTo) ?? 1)
        case let other:
            throw document.error("result", "'\(other)' is neither all nor label")
        }
    }

    /// What of an alignment the job decides.
    var terms: AlignmentOpening.Terms {
        let audience: AlignmentAudience =
            switch result {
            case .all: .all
            case .label(let decoys, let multiple):
                .leader(decoysPerThousand: Int(((Double(decoys) ?? 0) * 1000).rounded()), multiple: multiple)
            }
        let method: AlignmentMethod? =
            switch `protocol` {
            case .auto: nil
            case .ecdh: .ecdh
            case .vole: .vole
            }
        return AlignmentOpening.Terms(method: method, audience: audience, bucketSize: part, keepsTags: keepDays != nil)
    }
}
