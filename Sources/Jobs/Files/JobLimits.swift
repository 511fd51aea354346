internal import Evaluation
internal import Models
internal import Preparation
internal import Specification

extension Job {
    /// What the fields of a job may be: the reader of job files and the party that is sent a job hold to the same.
    enum Limits {
        static let parties = 2...9
        static let nameLength = 1...64
        static let sample = 1...1_000_000_000
        static let part = 100...1 << 20
        static let keepDays = 1...365
        static let decoys = 0...100.0
        static let roundTo = 1...1_000_000
        static let width = 1...64
        static let hiddenLayers = 1...8
        static let hiddenSize = 1...4096
        static let classes = 2...64
        static let dimension = 1...64
        static let towerOutputs = 1...256
        /// Rows of a batch that trains embedded fields: the bounds of their gradients are proved up to here.
        static let embeddedBatch = 256
        static let epochs = 1...10_000
        static let checkpoint = 1...1_000_000
        static let batch = 1...65_536
        static let rate = 1e-6...100
        static let momentum = 0...0.999
        static let keyBits = 2048...4096
        static let testShare = 0.01...0.9
        static let exposure = 0...1e6

        /// A name stands in file names and logs: letters, digits, '-', '_' and '.', the last not first.
        static func isName(_ name: String) -> Bool {
            nameLength.contains(name.utf8.count) && name.utf8.first != UInt8(ascii: ".")
                && name.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                        || [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ".")].contains(byte)
                }
        }

        /// A plain decimal number: digits, at most one point within them, no sign and no exponent; `nil` for anything else.
        static func decimal(_ text: String) -> Double? {
            let isPlain = text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E }
            guard isPlain, (1...20).contains(text.utf8.count), text.utf8.first != 0x2E, text.utf8.last != 0x2E else {
                return nil
            }
            return Double(text)
        }
    }

    /// What is wrong with the values of a job that did not come through this program's own reader, sentence by sentence.
    package var invalidities: [String] {
        var problems: [String] = []
        func require(_ condition: Bool, _ problem: String) { if !condition { problems.append("the job's \(problem)") } }
        func require<Value: Comparable>(_ field: String, _ value: Value?, in range: ClosedRange<Value>) {
            require(
                value.map { range.contains($0) } ?? false, "\(field) must be \(range.lowerBound) to \(range.upperBound)"
            )
        }
        require(Limits.isName(name), "name must be 1 to 64 letters, digits, '-', '_' or '.'")
        require("number of parties", members.count, in: Limits.parties)
        require(Set(parties).count == members.count, "parties must be distinct")
        require(members.filter { $0.role == .label }.count == 1, "label party must be exactly one")
        for member in members {
            let columns = member.columns ?? []
            // What a frozen tower over histories gives are columns of the source layer, too.
            let bringsHistories = towers[member.party].map { $0.history != nil && $0.training == .frozen } ?? false
            require(!columns.isEmpty || bringsHistories, "columns must be named for \(member.party)")
            // One column twice would count twice in the exposure ratio.
            require(Set(columns).count == columns.count, "columns must be distinct at \(member.party)")
        }
        require(align.reuse.map(ModelHalf.isName) ?? true, "align.reuse must be the name of a job's model")
        require("align.sample", align.sample ?? 1, in: Limits.sample)
        require("align.part", align.part ?? 1000, in: Limits.part)
        require("align.keep-days", align.keepDays ?? 1, in: Limits.keepDays)
        require(
            align.keepDays == nil || members.count == 2 && align.protocol != .vole,
            "align.keep-days is for two parties under ecdh")
        if case .label(let decoys, let multiple) = align.result {
            require(members.count == 2, "align.result label is for two parties")
            require("align.decoys", Limits.decimal(decoys), in: Limits.decoys)
            require("align.round-to", multiple, in: Limits.roundTo)
        }
        require("model.source.width", model.width, in: Limits.width)
        for problem in architecture(ownColumns: 1).problems { problems.append("the job's model: \(problem)") }
        require(model.hidden.count <= Limits.hiddenLayers.upperBound, "model.hidden must have at most 8 layers")
        require(model.hidden.allSatisfy(Limits.hiddenSize.contains), "model.hidden must be sizes from 1 to 4096")
        require(
            embeds == model.kind.embeds && (!embeds || Limits.dimension.contains(model.dimension)),
            "model.embed.dimension must be 1 to 64 under wide-deep and dlrm")
        require(
            !embeds || protection == .none || train.batch <= Limits.embeddedBatch,
            "train.batch must be at most \(Limits.embeddedBatch) where categories are embedded")
        require(predict.map(ModelHalf.isName) ?? true, "predict must be a model's name")
        for (party, tower) in towers.sorted(by: { $0.key < $1.key }) {
            problems += self.problems(of: tower, at: party)
            require(tower.history.map { $0.histories != nil } ?? true, "histories must be named for \(party)")
        }
        for (party, plan) in (prepare ?? [:]).sorted(by: { $0.key < $1.key }) {
            for (field, problem) in self.problems(of: plan, at: party) {
                require(false, "prepare.\(party).\(field): \(problem)")
            }
        }
        problems += selectionProblems
        require("train.epochs", train.epochs, in: Limits.epochs)
        require("train.checkpoint", train.checkpoint, in: Limits.checkpoint)
        require("train.batch", train.batch, in: Limits.batch)
        require("train.optimizer.rate", Limits.decimal(train.optimizer.rate), in: Limits.rate)
        require("train.optimizer.momentum", Limits.decimal(train.optimizer.momentum), in: Limits.momentum)
        require("keys.bits", keys.bits, in: Limits.keyBits)
        require(keys.bits % 64 == 0, "keys.bits must be a multiple of 64")
        switch evaluate.test {
        case .share(let share): require("evaluate.test", Limits.decimal(share), in: Limits.testShare)
        case .key(let column, _):
            require(align.key.contains(column), "evaluate.test column must be one of align.key")
            require(align.result == .all, "evaluate.test must be a share with align.result label")
        }
        for metric in evaluate.metrics where !metric.isMeasurable(of: model.target.subject) {
            problems.append("the job's metric \(metric.rawValue) does not fit the target '\(model.target.rawValue)'")
        }
        if let top = train.top {
            require("train.top.rate", Limits.decimal(top.rate), in: Limits.rate)
            require("train.top.momentum", Limits.decimal(top.momentum), in: Limits.momentum)
        }
        for problem in trainingProblems { require(false, problem) }
        for problem in localUpdates?.problems(under: protection) ?? [] { require(false, problem) }
        require("exposure.limit", exposure.limit, in: Limits.exposure)
        return problems
    }

    /// What is wrong with a tower.
    func problems(of tower: Tower, at party: Party) -> [String] {
        guard let member = member(party) else { return ["the tower of \(party) has no party in this job"] }
        if let history = tower.history { return self.problems(of: tower, history, at: member) }
        var problems: [String] = []
        func require(_ condition: Bool, _ problem: String) {
            if !condition { problems.append("the tower of \(party): \(problem)") }
        }
        let columns = member.columns ?? tower.columns
        require(
            !tower.columns.isEmpty && Set(tower.columns).count == tower.columns.count
                && Set(tower.columns).isSubset(of: columns),
            "its columns must be distinct columns of the party in this job")
        require(
            member.columns == nil || tower.columns.count < columns.count || member.role == .feature,
            "at least one column of the label party must enter the source layer: with none, Z is the others' sum alone")
        require(
            tower.hidden.count <= Limits.hiddenLayers.upperBound && tower.hidden.allSatisfy(Limits.hiddenSize.contains),
            "hidden must be at most 8 sizes from 1 to 4096")
        require(Limits.towerOutputs.contains(tower.outputs), "outputs must be 1 to 256")
        switch (member.role, tower.training) {
        case (.label, .frozen): require(false, "the label party's own tower is trained end-to-end")
        case (.feature, .endToEnd) where protection == .blind: require(false, Self.towerReason)
        case (.label, .endToEnd), (.feature, .frozen), (.feature, .endToEnd): break
        }
        return problems
    }

    /// What is wrong with a party's plan, by the field of the plan.
    func problems(of plan: PreparationPlan, at party: Party) -> [(field: String, problem: String)] {
        guard let member = member(party) else { return [("", "is no party of this job")] }
        var problems: [(field: String, problem: String)] = []
        let inTower = towers[party]?.columns ?? []
        let extra = member.role == .label ? baselines.extraColumns : []
        for (name, steps) in plan.lists {
            let isColumn = plan.columns[name] != nil
            func require(_ condition: Bool, _ problem: String) { if !condition { problems.append((name, problem)) } }
            if isColumn, let columns = member.columns {
                require(columns.contains(name) || extra.contains(name), "is no column that this job uses of \(party)'s")
            }
            if let problem = PreparationPlan.problem(of: steps) { require(false, problem) }
            if steps.contains(where: \.needsLabels) {
                require(
                    member.role == .label,
                    "chi-merge needs labels, which the label party alone has, for its own columns")
                require(
                    model.target == .binary || model.target == .classes,
                    "chi-merge needs a target of classes: binary or class")
            }
            if steps.contains(where: \.needsWeights) { require(model.target == .binary, Self.labelReason) }
            if steps.contains(where: \.embeds) {
                require(embeds, "embed needs embedding tables: model.kind wide-deep or dlrm")
                require(
                    isColumn ? !inTower.contains(name) : inTower.isEmpty,
                    isColumn
                        ? "a tower's columns are not embedded"
                        : "a tower's columns are not embedded: name the columns that are, one by one")
            }
        }
        return problems + plan.problemsOfStars.map { ("*", $0) }
    }

    /// Why no tower of a feature party learns through a protected source layer.
    static let towerReason =
        "under protection blind a feature party's tower cannot be trained through the federation: the gradient that it would "
        + "need shows the derivative of the loss, and with it labels; say training: frozen, or compare under protection: none"
}

extension Architecture.Kind {
    /// Whether categories are embedded.
    var embeds: Bool { self == .wideDeep || self == .dlrm }

    /// Whether the label party has hidden layers above the source layer.
    var isDeep: Bool { self == .mlp || embeds }

    /// What becomes of a party's categories.
    var categories: Preparation.Categories {
        switch self {
        case .logistic, .multinomial, .linear, .poisson, .mlp: .oneHot
        case .wideDeep: .both
        case .dlrm: .embedded
        }
    }
}

extension Target {
    /// What metrics measure.
    var subject: Metric.Subject {
        switch self {
        case .binary: .binary
        case .classes: .classes
        case .number: .number
        case .count: .count
        }
    }
}
