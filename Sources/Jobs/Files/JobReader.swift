public import Documents
internal import Evaluation
internal import Models
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
        align = try Align(document.mapping("align"), parties: members.count)
        label = try document.text("label")
        protection = try document.optionalChoice("protection", of: Protection.self) ?? .blind
        model = try Model(document.mapping("model"))
        train = try Train(document.mapping("train"), protection: protection)
        if model.kind.embeds, protection == .blind, train.batch > Limits.embeddedBatch {
            throw document.error(
                "train.batch", "at most \(Limits.embeddedBatch) rows are expected where categories are embedded")
        }
        if let fields = try document.optionalMapping("local-updates") {
            localUpdates = try LocalUpdates(fields, protection: protection)
        }
        touchedRows = try document.optionalChoice("touched-rows", of: TouchedRows.self) ?? .dense
        keys = Keys(bits: 3072)
        if var fields = try document.optionalMapping("keys") {
            keys.bits = try fields.integer("bits", in: Limits.keyBits)
            guard keys.bits % 64 == 0 else { throw fields.error("bits", "a multiple of 64 is expected") }
            try fields.end()
        }
        let (target, subject) = (model.target, model.target.subject)
        evaluate = Evaluate(test: .share("0.25"), metrics: Metric.standard(for: subject))
        if var fields = try document.optionalMapping("evaluate") {
            if let section = try fields.optionalMapping("split") {
                guard !fields.has("test") else { throw fields.error("test", "evaluate.split says already what tests") }
                evaluate.split = try Split(section)
            }
            evaluate.test = try HeldBack(&fields, key: align.key)
            if case .key = evaluate.test, align.result != .all {
                throw fields.error("test", "a share is expected with align.result: label; a decoy has no key")
            }
            if let names = try fields.optionalTexts("metrics") {
                evaluate.metrics = []
                for name in names {
                    guard let metric = Metric(rawValue: name) else {
                        let all = Metric.allCases.map(\.rawValue).joined(separator: ", ")
                        throw fields.error("metrics", "'\(name)' is none of \(all)")
                    }
                    guard metric.isMeasurable(of: subject) else {
                        let fit = Metric.measurable(of: subject).map(\.rawValue)
                        throw fields.error(
                            "metrics",
                            "'\(name)' does not measure the target '\(target.rawValue)'; "
                                + fit.joined(separator: ", ") + " do")
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
        predict = try document.optionalText("predict")
        guard predict.map(ModelHalf.isName) ?? true else {
            throw document.error(
                "predict", "a model's name is expected, as reports give it: 12 digits, '-' and a number")
        }
        towers = [:]
        for problem in trainingProblems { throw document.error("", problem) }
        try readTowers(&document)
        try readPreparation(&document)
        try readSelection(&document)
        try document.end()
    }

    private mutating func readTowers(_ document: inout Document) throws(DocumentError) {
        if var fields = try document.optionalMapping("towers") {
            for name in fields.names {
                guard let member = members.first(where: { $0.party.name == name }) else {
                    throw fields.error(name, "is no party of this job")
                }
                let tower = try Tower(fields.mapping(name), of: member, protection: protection)
                towers[member.party] = tower
                if let problem = problems(of: tower, at: member.party).first { throw fields.error(name, problem) }
                guard learningLabelTower == nil || model.kind.isDeep else {
                    throw fields.error(
                        name, "the label party's tower joins hidden layers: model.kind mlp, wide-deep or dlrm")
                }
            }
            try fields.end()
        }
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

extension Job.HeldBack {
    /// A share, or a column of the key with a text.
    fileprivate init(_ document: inout Document, key: [String]) throws(DocumentError) {
        // A document gives each field away once: a copy is asked whether this one is a mapping.
        var rest = document
        guard var fields = try? rest.optionalMapping("test") else {
            self = .share(try document.decimal("test", default: "0.25", in: Job.Limits.testShare))
            return
        }
        document = rest
        guard fields.names.count == 1, let column = fields.names.first, key.contains(column) else {
            throw fields.error(
                "",
                "one column of align.key (\(key.joined(separator: ", "))) with the text that names the rows held back")
        }
        self = .key(column: column, value: try fields.text(column))
        try fields.end()
    }
}

extension Job.Train {
    fileprivate init(_ document: Document, protection: Job.Protection) throws(DocumentError) {
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
        if var fields = try document.optionalMapping("top-optimizer") {
            guard let kind = try fields.optionalChoice("kind", of: LocalOptimiser.Kind.self) else {
                throw fields.error(
                    "kind", "is missing: " + LocalOptimiser.Kind.allCases.map(\.rawValue).joined(separator: ", "))
            }
            top = Job.TopOptimizer(
                kind: kind,
                rate: try fields.decimal("rate", default: kind == .adam ? "0.001" : "0.1", in: Job.Limits.rate),
                momentum: kind == .sgd ? try fields.decimal("momentum", default: "0.9", in: Job.Limits.momentum) : "0")
            try fields.end()
        }
        checkpoint =
            try document.optionalInteger("checkpoint", in: Job.Limits.checkpoint) ?? (protection == .blind ? 1 : 100)
        if document.has("l2") { l2 = try document.decimal("l2", default: "0", in: Job.Limits.l2) }
        if let fields = try document.optionalMapping("schedule") { schedule = try Job.RateSchedule(fields) }
        sampleWeights = try document.optionalText("sample-weights")
        if let fields = try document.optionalMapping("early-stopping") { earlyStopping = try Job.EarlyStopping(fields) }
        if document.has("class-weights") { classWeights = try Job.ClassWeights(&document) }
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
