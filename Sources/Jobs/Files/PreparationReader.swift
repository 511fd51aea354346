internal import Documents
internal import Preparation
internal import Specification

extension Job {
    /// Reads the `prepare` section.
    mutating func readPreparation(_ document: inout Document) throws(DocumentError) {
        guard var fields = try document.optionalMapping("prepare") else { return }
        var plans: [Party: PreparationPlan] = [:]
        for name in fields.names {
            guard let member = members.first(where: { $0.party.name == name }) else {
                throw fields.error(name, "is no party of this job")
            }
            var lists = try fields.mapping(name)
            let plan = try PreparationPlan(&lists)
            if let (field, problem) = problems(of: plan, at: member.party).first {
                throw lists.error(field.hasPrefix("*") ? "*" : field, problem)
            }
            plans[member.party] = plan
        }
        try fields.end()
        prepare = plans.isEmpty ? nil : plans
    }
}

extension PreparationPlan {
    /// Lists of steps by column; those under `*` are for all other columns.
    fileprivate init(_ fields: inout Document) throws(DocumentError) {
        self.init()
        for name in fields.names {
            switch name {
            case "*" where fields.isMapping("*"):
                var stars = try fields.mapping("*")
                numbers = try Self.steps("numbers", of: &stars) ?? []
                categories = try Self.steps("categories", of: &stars) ?? []
                try stars.end()
            case "*": numbers = try Self.steps("*", of: &fields) ?? []
            default: columns[name] = try Self.steps(name, of: &fields)
            }
        }
        try fields.end()
    }

    private static func steps(_ name: String, of fields: inout Document) throws(DocumentError) -> [Step]? {
        guard var entries = try fields.optionalEntries(name) else { return nil }
        var steps: [Step] = []
        for index in entries.indices { steps.append(try Step(&entries[index])) }
        return steps
    }
}

extension PreparationPlan.Step {
    private static let names = [
        "fill", "indicator", "clip", "log", "standardize", "min-max", "quantile", "bins", "chi-merge", "woe", "rare",
        "one-hot",
        "hash", "embed",
    ]

    /// One name, alone or with its value.
    fileprivate init(_ entry: inout Document) throws(DocumentError) {
        typealias Limits = PreparationPlan.Limits
        let name = entry.names[0]
        switch name {
        case "indicator": self = .indicator
        case "log": self = .log
        case "standardize": self = .standardize
        case "min-max": self = .minMax
        case "one-hot": self = .oneHot
        case "embed" where entry.isBare(name): self = .embed(atLeast: Preparation.commonCount)
        case "quantile" where entry.isBare(name): self = .quantile(.uniform)
        case "quantile":
            self = .quantile(try entry.optionalChoice(name, of: PreparationPlan.Distribution.self) ?? .uniform)
            return
        case "fill":
            self = .fill(try PreparationPlan.Fill(&entry))
            return
        case "clip":
            let limits = (entry.isList(name) ? try entry.optionalTexts(name) : nil)?.map(PreparationPlan.Limit.init)
            guard let limits, limits.count == 2, let low = limits[0], let high = limits[1] else {
                throw entry.error(name, "two limits are expected, numbers or percentiles: [-3, 3], [p1, p99]")
            }
            self = .clip(low: low, high: high)
            return
        case "bins", "chi-merge":
            var (count, shape) = (0, PreparationPlan.Shape.oneHot)
            if entry.isMapping(name) {
                var fields = try entry.mapping(name)
                count = try fields.integer("count", in: Limits.bins)
                shape = try fields.optionalChoice("as", of: PreparationPlan.Shape.self) ?? shape
                try fields.end()
            } else {
                count = try entry.integer(name, in: Limits.bins)
            }
            self = name == "bins" ? .bins(count: count, shape) : .chiMerge(count: count, shape)
            return
        case "woe":
            self = .weights(bins: try entry.integer(name, in: Limits.bins))
            return
        case "rare":
            let expected = "a share of the training rows between 0 and 1, or a whole number of rows, is expected"
            guard !entry.isBare(name), let text = try entry.optionalText(name), let limit = Double(text),
                limit > 0 && limit < 1 || limit == limit.rounded() && Limits.rareRows.contains(limit)
            else { throw entry.error(name, expected) }
            self = .rare(below: limit)
            return
        case "hash":
            self = .hash(buckets: try entry.integer(name, in: Limits.buckets))
            return
        case "embed":
            self = .embed(atLeast: try entry.integer(name, in: Limits.embedded))
            return
        default: throw entry.error("", "'\(name)' is none of \(Self.names.joined(separator: ", "))")
        }
        try entry.bare(name)
    }
}

extension PreparationPlan.Fill {
    /// `mean`, `median`, `mode` or `{constant: X}`.
    fileprivate init(_ entry: inout Document) throws(DocumentError) {
        if entry.isMapping("fill") {
            var fields = try entry.mapping("fill")
            self = .constant(try fields.text("constant"))
            try fields.end()
            return
        }
        switch entry.isBare("fill") ? nil : try entry.optionalText("fill") {
        case "mean": self = .mean
        case "median": self = .median
        case "mode": self = .mode
        default: throw entry.error("fill", "mean, median, mode or {constant: X} is expected")
        }
    }
}

extension PreparationPlan.Limit {
    /// A number, or `p` and a percentile.
    fileprivate init?(_ text: String) {
        let isPercentile = text.hasPrefix("p")
        guard let number = Double(isPercentile ? String(text.dropFirst()) : text), number.isFinite else { return nil }
        self = isPercentile ? .percentile(number) : .number(number)
    }
}
