public import Documents
internal import Evaluation
internal import Specification

extension Job {
    /// Reads a job file, with fields overridden by `key.path=value` texts.
    /// - Throws: `DocumentError` with file, line and field.
    public init(path: String, overrides: [String] = []) throws(DocumentError) {
        try self.init(Document(path: path, overrides: overrides))
    }

    /// Reads a job from a parsed document.
    public init(_ document: Document) throws(DocumentError) {
        var document = document
        name = try document.text("name")
        guard Limits.isName(name) else {
            throw document.error("name", "1 to 64 letters, digits, '-', '_' or '.' are expected, and no '.' in front")
        }
        members = try Self.members(&document)
        align = try Align(document.mapping("align"))
        label = try document.text("label")
        protection = try document.optionalChoice("protection", of: Protection.self) ?? .blind
        model = try Model(document.mapping("model"))
        train = try Train(document.mapping("train"))
        keys = Keys(bits: 3072)
        if var fields = try document.optionalMapping("keys") {
            keys.bits = try fields.integer("bits", in: Limits.keyBits)
            guard keys.bits % 64 == 0 else { throw fields.error("bits", "a multiple of 64 is expected") }
            try fields.end()
        }
        evaluate = Evaluate(test: "0.25", metrics: [.auc, .ks, .logloss, .accuracy])
        if var fields = try document.optionalMapping("evaluate") {
            evaluate.test = try fields.decimal("test", default: evaluate.test, in: Limits.testShare)
            if let names = try fields.optionalTexts("metrics") {
                evaluate.metrics = []
                for name in names {
                    guard let metric = Metric(rawValue: name) else {
                        let all = Metric.allCases.map(\.rawValue).joined(separator: ", ")
                        throw fields.error("metrics", "'\(name)' is none of \(all)")
                    }
                    evaluate.metrics.append(metric)
                }
            }
            try fields.end()
        }
        exposure = Exposure(limit: 0.5)
        if var fields = try document.optionalMapping("exposure") {
            exposure.limit = try fields.optionalNumber("limit", in: Limits.exposure) ?? 0.5
            try fields.end()
        }
        baselines = Baselines(extraColumns: [])
        if var fields = try document.optionalMapping("baselines") {
            baselines.extraColumns = try fields.optionalTexts("extra-columns") ?? []
            try fields.end()
        }
        try document.end()
    }

    private static func members(_ document: inout Document) throws(DocumentError) -> [Member] {
        var parties = try document.mapping("parties")
        var members: [Member] = []
        for name in parties.names {
            guard let party = try? Party(name) else {
                throw parties.error(name, "a party's name is 1 to 32 of a-z, 0-9 and '-'")
            }
            var fields = try parties.mapping(name)
            guard let role = try fields.optionalChoice("role", of: Role.self) else {
                throw fields.error("role", "is missing: label or feature")
            }
            try fields.end()
            members.append(Member(party: party, role: role, columns: nil))
        }
        guard members.filter({ $0.role == .label }).count == 1 else {
            throw parties.error("", "exactly one party must have the role label")
        }
        guard Limits.parties.contains(members.count) else {
            throw parties.error("", "one label party and one to eight feature parties are expected")
        }
        if var columns = try document.optionalMapping("columns") {
            for name in columns.names {
                guard let index = members.firstIndex(where: { $0.party.name == name }) else {
                    throw columns.error(name, "is no party of this job")
                }
                let list = try columns.optionalTexts(name) ?? []
                guard !list.isEmpty, Set(list).count == list.count else {
                    throw columns.error(name, "a list of different column names is expected")
                }
                members[index].columns = list
            }
            try columns.end()
        }
        return members
    }
}

extension Job.Align {
    fileprivate init(_ document: Document) throws(DocumentError) {
        var document = document
        key = try document.textOrTexts("key")
        `protocol` = try document.optionalChoice("protocol", of: Job.AlignmentProtocolName.self) ?? .ecdh
        sample = try document.optionalInteger("sample", in: Job.Limits.sample)
        try document.end()
    }
}

extension Job.Model {
    fileprivate init(_ document: Document) throws(DocumentError) {
        var document = document
        guard let kind = try document.optionalChoice("kind", of: Kind.self) else {
            throw document.error("kind", "is missing: logistic or mlp")
        }
        self.kind = kind
        width = 1
        hidden = []
        switch kind {
        case .logistic: break
        case .mlp:
            (width, hidden) = (2, [16])
            if var source = try document.optionalMapping("source") {
                width = try source.integer("width", in: Job.Limits.width)
                try source.end()
            }
            if let sizes = try document.optionalTexts("hidden") {
                hidden = sizes.compactMap(Int.init).filter(Job.Limits.hiddenSize.contains)
                guard hidden.count == sizes.count, Job.Limits.hiddenLayers.contains(hidden.count) else {
                    throw document.error("hidden", "a list of 1 to 8 layer sizes from 1 to 4096 is expected")
                }
            }
        }
        try document.end()
    }
}

extension Job.Train {
    fileprivate init(_ document: Document) throws(DocumentError) {
        var document = document
        epochs = try document.integer("epochs", in: Job.Limits.epochs)
        batch = try document.optionalInteger("batch", in: Job.Limits.batch) ?? 256
        optimizer = Job.Optimizer(kind: .sgd, rate: "0.1", momentum: "0.9")
        if var fields = try document.optionalMapping("optimizer") {
            optimizer.kind = try fields.optionalChoice("kind", of: Job.Optimizer.Kind.self) ?? .sgd
            optimizer.rate = try fields.decimal("rate", default: optimizer.rate, in: Job.Limits.rate)
            optimizer.momentum = try fields.decimal("momentum", default: optimizer.momentum, in: Job.Limits.momentum)
            try fields.end()
        }
        try document.end()
    }
}

extension Document {
    /// A text, or a list of texts.
    mutating func textOrTexts(_ name: String) throws(DocumentError) -> [String] {
        if let text = try? optionalText(name) { return [text] }
        guard let texts = try optionalTexts(name), !texts.isEmpty else {
            throw error(name, "is missing: a name or a list of names")
        }
        return texts
    }

    /// A plain decimal number within bounds, as it stands: digits, at most one point, no exponent.
    mutating func decimal(
        _ name: String, default standard: String, in range: ClosedRange<Double>
    ) throws(DocumentError) -> String {
        guard let text = try optionalText(name) else { return standard }
        guard let value = Job.Limits.decimal(text), range.contains(value) else {
            throw error(
                name, "a decimal number from \(range.lowerBound) to \(range.upperBound) is expected, not '\(text)'")
        }
        return text
    }
}
