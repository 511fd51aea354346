internal import Documents

extension Job {
    /// How much more than others the rows of a class count.
    public enum ClassWeights: Hashable, Sendable, Codable {
        /// All classes count alike: each row by the inverse of how frequent its class is among the training rows.
        case balanced
        /// By the label, a decimal text; a class that is not named has 1.
        case given([String: String])
    }
}

extension Job.ClassWeights {
    /// Reads `train.class-weights`: `balanced`, or a mapping from labels to weights.
    init(_ document: inout Document) throws(DocumentError) {
        // A document gives each field away once: a copy is asked whether this one is a mapping.
        var rest = document
        guard var fields = try? rest.optionalMapping("class-weights") else {
            guard try document.optionalText("class-weights") == "balanced" else {
                throw document.error("class-weights", "balanced is expected, or a mapping from labels to weights")
            }
            self = .balanced
            return
        }
        document = rest
        var weights: [String: String] = [:]
        for label in fields.names {
            weights[label] = try fields.decimal(label, default: "1", in: Job.Limits.classWeight)
        }
        self = .given(weights)
        try fields.end()
    }
}

extension Job.Train {
    /// Whether rows count differently.
    var weighsRows: Bool { sampleWeights != nil || classWeights != nil }
}

extension Job.Limits {
    static let classWeight = 0.001...1000.0
    static let l2 = 0...1.0
    /// No row may count more often than this many mean ones: its derivative by Z, divided by `Job.derivativeScale`, is to stay below 4
    /// where the loss has a slope of 1 at most.
    static let largestWeight = 64.0
}

extension Job {
    /// Columns of the label party that are no features unless a job says so: the label, what only its baseline uses, and what rows are
    /// weighed or split by.
    package var reservedColumns: [String] {
        [label] + baselines.extraColumns
            + [train.sampleWeights, announcesSplit ? evaluate.split?.column : nil].compactMap(\.self)
    }

    /// Sentences on what makes no training by weights, rates and decay.
    var trainingProblems: [String] {
        var problems = train.schedule?.problems(epochs: train.epochs) ?? []
        problems += evaluate.split?.problems(of: self) ?? []
        problems += train.earlyStopping?.problems(of: self) ?? []
        func require(_ condition: Bool, _ problem: String) { if !condition { problems.append(problem) } }
        if let l2 = train.l2 {
            let decay = Limits.decimal(l2) ?? -1
            require(Limits.l2.contains(decay), "train.l2 must be 0 to 1")
            require(!embeds, "train.l2 must not be given where categories are embedded: embeddings do not decay")
            let rates = [train.optimizer.rate, train.top?.rate ?? "0"].map { Limits.decimal($0) ?? 0 }
            require(rates.allSatisfy { $0 * decay < 1 }, "train.l2 times a rate must be below 1")
        }
        if let weights = train.classWeights {
            require(
                model.target == .binary || model.target == .classes,
                "train.class-weights must weigh classes: the target is \(model.target.rawValue)")
            if case .given(let weights) = weights {
                require(
                    !weights.isEmpty
                        && weights.values.allSatisfy { Limits.decimal($0).map(Limits.classWeight.contains) ?? false },
                    "train.class-weights must be 0.001 to 1000")
                require(
                    model.target != .binary || Set(weights.keys).isSubset(of: ["0", "1"]),
                    "train.class-weights must be of the labels 0 and 1 where the target is binary")
            }
        }
        if let column = train.sampleWeights {
            let columns = member(labelParty)?.columns ?? []
            require(
                !column.isEmpty && column != label && !columns.contains(column),
                "train.sample-weights must name a column of the label party that is neither label nor feature")
        }
        return problems
    }
}
