internal import Documents
internal import HistoryTower
internal import OutOfCore
internal import Specification

extension Job.Tower {
    /// What a tower over event histories is told: an encoder of its own for each history, learned within a bounded memory.
    public struct History: Hashable, Sendable, Codable {
        /// The histories of the party, by their names in its party file; `nil` in a job file: all that it has.
        public var histories: [String]?
        /// Bytes of memory that learning and encoding take at most; the rows and the events themselves come on top.
        public var budget: Int
        /// The latest events of a history that are looked at.
        public var events: Int
        /// Numbers that stand for an event within the encoder.
        public var width: Int
        /// Layers of the encoder.
        public var layers: Int
        /// Heads of each layer's attention; ``width`` is a multiple.
        public var heads: Int
        /// Passes over the events in which an encoder learns to predict each next one, before anything else.
        public var epochs: Int
        /// The rate at which it learns, a decimal text from 0.000001 to 100.
        public var rate: String
        /// How many gradients an encoder's parameters may lack in these passes: a number, or `free`; `nil`: none, so that all bits are
        /// the same wherever memory and disk are slow.
        public var staleness: String?
        /// The most codes that a field of categories has; `nil`: 1,024. Tables of fields with more than 65,536 lie on the disk.
        public var codes: Int?
        /// Categories of a smaller share of the events have no code of their own, a decimal text; `nil`: 0.001.
        public var rare: String?
        /// The share of the latest ``events`` that an event attends to at prediction, a decimal text from 0.01 to 1: predictions are then
        /// answered out of a store of histories that the party keeps. `nil`: whole windows are computed anew every time. Training does
        /// not depend on it.
        public var historyBudget: String?

        /// The same as its updates see it; `nil` where it says nothing that they know.
        var lateness: Staleness? {
            switch staleness {
            case nil: .synchronous
            case "free"?: .free
            case let text?: Int(text).flatMap { Job.Limits.historyStaleness.contains($0) ? .bounded($0) : nil }
            }
        }
    }

    /// What enters it, for a person.
    var inputs: String {
        guard let history else { return columns.joined(separator: ", ") }
        return
            "histories \((history.histories ?? []).joined(separator: ", ")), the latest \(history.events) events, within "
            + ByteCount.text(history.budget)
            + (history.historyBudget.map { "; predictions keep histories here and attend to a share of \($0) of them" }
                ?? "")
    }

    /// What kind of inputs a tower has, as job files say it.
    enum Kind: String, CaseIterable { case columns, history }
}

extension Job.Limits {
    /// 16 MiB and more: below, what is fixed would be more than the events.
    static let historyBudget = 16 << 20...1 << 50
    static let standardHistoryBudget = 256 << 20
    static let histories = 1...16
    static let historyOutputs = 16
    static let historyEvents = 1...65_536
    static let historyWidth = 8...1024
    static let historyLayers = 1...16
    static let historyHeads = 1...32
    static let historyEpochs = 0...1000
    static let historyStaleness = 1...64
    static let historyCodes = 2...(1 << 24)
    static let historyRare = 0.0...0.5
    static let historyShare = 0.01...1.0
}

extension Job.Tower {
    /// Reads a tower over histories.
    static func overHistories(_ document: Document, of member: Job.Member) throws(DocumentError) -> Job.Tower {
        var document = document
        let names = try document.optionalTexts("histories")
        guard names.map({ !$0.isEmpty && Set($0).count == $0.count }) ?? true else {
            throw document.error(
                "histories", "a list of different histories of \(member.party)'s party file is expected")
        }
        var history = History(
            histories: names, budget: Job.Limits.standardHistoryBudget, events: 128, width: 64, layers: 2, heads: 4,
            epochs: 5, rate: "0.002")
        history.budget =
            try document.optionalSize("budget", atLeast: Job.Limits.historyBudget.lowerBound) ?? history.budget
        history.events = try document.optionalInteger("events", in: Job.Limits.historyEvents) ?? history.events
        history.width = try document.optionalInteger("width", in: Job.Limits.historyWidth) ?? history.width
        history.layers = try document.optionalInteger("layers", in: Job.Limits.historyLayers) ?? history.layers
        history.heads = try document.optionalInteger("heads", in: Job.Limits.historyHeads) ?? history.heads
        history.epochs = try document.optionalInteger("epochs", in: Job.Limits.historyEpochs) ?? history.epochs
        history.rate = try document.decimal("rate", default: history.rate, in: Job.Limits.rate)
        history.staleness = try document.optionalText("staleness").flatMap { $0 == "0" ? nil : $0 }
        guard history.lateness != nil else {
            throw document.error(
                "staleness", "how many gradients parameters may lack is expected: 0 to 64, or free")
        }
        history.codes = try document.optionalInteger("codes", in: Job.Limits.historyCodes)
        if document.has("rare") {
            history.rare = try document.decimal("rare", default: "0.001", in: Job.Limits.historyRare)
        }
        if document.has("history-budget") {
            history.historyBudget = try document.decimal(
                "history-budget", default: "0.2", in: Job.Limits.historyShare)
        }
        guard history.width.isMultiple(of: history.heads) else {
            throw document.error(
                "width",
                "a multiple of heads (\(history.heads)) is expected, not \(history.width): each head has its part")
        }
        let outputs =
            try document.optionalInteger("outputs", in: Job.Limits.towerOutputs) ?? Job.Limits.historyOutputs
        let training =
            try document.optionalChoice("training", of: Training.self)
            ?? (member.role == .label ? .endToEnd : .frozen)
        try document.end()
        return Job.Tower(columns: [], hidden: [], outputs: outputs, training: training, history: history)
    }
}

extension Job {
    /// Of each party that has a tower over histories, how it is told to learn.
    var historyTowers: [Party: Tower.History] { towers.compactMapValues(\.history) }

    /// Columns of the source layer that a party's frozen encoders of histories give at least.
    func frozenOutputs(of party: Party) -> Int {
        guard let tower = towers[party], tower.training == .frozen, let history = tower.history else { return 0 }
        return (history.histories ?? []).count * tower.outputs
    }

    /// How long a partner may compute before its next frame, in seconds: where an encoder learns, a day. Whoever is gone is noticed sooner.
    var patience: Double { historyTowers.isEmpty ? 600 : 86_400 }

    /// Its towers as training knows them: how a prediction reads histories is for each prediction to say.
    var trainedTowers: [Party: Tower] {
        towers.mapValues { tower in
            var tower = tower
            tower.history?.historyBudget = nil
            return tower
        }
    }

    /// The same without a tower of the label party over histories that learns with the model: of its baselines.
    var withoutLearningHistories: Job {
        guard learningLabelTower?.history != nil else { return self }
        var job = self
        job.towers[labelParty] = nil
        return job
    }

    /// What is wrong with a tower over histories.
    func problems(of tower: Tower, _ history: Tower.History, at member: Member) -> [String] {
        var problems: [String] = []
        func require(_ condition: Bool, _ problem: String) {
            if !condition { problems.append("the tower of \(member.party): \(problem)") }
        }
        func require<Value: Comparable>(_ field: String, _ value: Value?, in range: ClosedRange<Value>) {
            require(
                value.map { range.contains($0) } ?? false, "\(field) must be \(range.lowerBound) to \(range.upperBound)"
            )
        }
        require(
            tower.columns.isEmpty && tower.hidden.isEmpty, "one of kind history has no columns and no hidden layers")
        if let names = history.histories {
            require(
                Limits.histories.contains(names.count) && Set(names).count == names.count
                    && names.allSatisfy(Limits.isName), "its histories must be 1 to 16 different names")
        }
        require("budget", history.budget, in: Limits.historyBudget)
        require("events", history.events, in: Limits.historyEvents)
        require("width", history.width, in: Limits.historyWidth)
        require("layers", history.layers, in: Limits.historyLayers)
        require("heads", history.heads, in: Limits.historyHeads)
        require("epochs", history.epochs, in: Limits.historyEpochs)
        require("rate", Limits.decimal(history.rate), in: Limits.rate)
        require(history.lateness != nil, "staleness must be 1 to 64, or free")
        if let codes = history.codes { require("codes", codes, in: Limits.historyCodes) }
        if let rare = history.rare { require("rare", Limits.decimal(rare), in: Limits.historyRare) }
        if let share = history.historyBudget {
            require("history-budget", Limits.decimal(share), in: Limits.historyShare)
        }
        require(
            tower.training == .frozen || (history.codes ?? 0) <= EventField.largest,
            "codes above \(EventField.largest) make tables too large for checkpoints; say training: frozen")
        require("outputs", tower.outputs, in: Limits.towerOutputs)
        require(
            history.heads > 0 && history.width.isMultiple(of: history.heads), "width must be a multiple of heads")
        switch (member.role, tower.training) {
        case (.feature, .endToEnd) where protection == .blind: require(false, Self.towerReason)
        case (.feature, .endToEnd):
            require(false, "a feature party's tower over histories learns by its party alone; say training: frozen")
        case (.label, _), (.feature, .frozen): break
        }
        require(
            tower.training == .endToEnd || history.epochs > 0,
            "a frozen one that has learned nothing tells nothing; epochs must be above 0")
        return problems
    }
}
