// Which lists of steps have a meaning: the reader of job files and a party that is sent a job hold to the same rules.

extension PreparationPlan {
    /// What the parameters of steps may be.
    public enum Limits {
        /// Bins of a column.
        public static let bins = 2...256
        /// Buckets of a hash.
        public static let buckets = 2...4096
        /// Training rows of a text that gets a row of a table.
        public static let embedded = 1...1_000_000
        /// Percentiles.
        public static let percentile = 0.0...100
        /// The number of training rows below which a text is rare; a share is between 0 and 1.
        public static let rareRows = 1.0...1e9
    }

    /// What is wrong with the lists for all other columns: each is for columns of one kind.
    public var problemsOfStars: [String] {
        (numbers.contains { $0.isForTexts } ? ["the list for numbers has steps for categories"] : [])
            + (categories.contains { $0.isForNumbers } ? ["the list for categories has steps for numbers"] : [])
    }

    /// Why a list has no meaning; `nil` where it has one.
    public static func problem(of steps: [Step]) -> String? {
        if let problem = steps.lazy.compactMap(\.problem).first { return problem }
        if let number = steps.first(where: \.isForNumbers), let text = steps.first(where: \.isForTexts) {
            return "'\(number)' is for numbers, '\(text)' for categories: one column is of one kind"
        }
        let stages = steps.map(\.stage)
        if zip(stages, stages.dropFirst()).contains(where: { $0 > $1 }) {
            return
                "the order is: fill and indicator, then what changes numbers or folds rare categories, then the encoding"
        }
        for name in ["fill", "indicator", "rare", "embed"] where steps.count(where: { $0.name == name }) > 1 {
            return "'\(name)' stands twice"
        }
        let encodings = steps.filter { $0.stage == .encode && !$0.embeds }
        if encodings.count > 1 { return "'\(encodings[0])' and '\(encodings[1])' are two encodings: one is expected" }
        if steps.contains(where: \.embeds), let other = encodings.first, other != .oneHot {
            return "'embed' stands alone or beside one-hot, not beside '\(other)'"
        }
        return nil
    }
}

extension PreparationPlan.Step {
    /// When a step comes.
    enum Stage: Int, Comparable {
        case gaps, change, encode

        static func < (one: Self, other: Self) -> Bool { one.rawValue < other.rawValue }
    }

    var stage: Stage {
        switch self {
        case .fill, .indicator: .gaps
        case .clip, .log, .standardize, .minMax, .quantile, .rare: .change
        case .bins, .chiMerge, .weights, .oneHot, .hash, .embed: .encode
        }
    }

    /// Whether it has no meaning for texts.
    public var isForNumbers: Bool {
        switch self {
        case .fill(.mean), .fill(.median), .clip, .log, .standardize, .minMax, .quantile, .bins, .chiMerge: true
        case .fill(.mode), .fill(.constant), .indicator, .weights, .rare, .oneHot, .hash, .embed: false
        }
    }

    /// Whether it has no meaning for numbers.
    public var isForTexts: Bool {
        switch self {
        case .rare, .oneHot, .hash, .embed: true
        case .fill, .indicator, .clip, .log, .standardize, .minMax, .quantile, .bins, .chiMerge, .weights: false
        }
    }

    /// Whether it brings numbers to a scale, so that none has to be added.
    var scales: Bool {
        switch self {
        case .standardize, .minMax, .quantile, .bins, .chiMerge, .weights: true
        case .fill, .indicator, .clip, .log, .rare, .oneHot, .hash, .embed: false
        }
    }

    /// What is wrong with its parameters.
    fileprivate var problem: String? {
        func within<Value: Comparable>(_ value: Value, _ range: ClosedRange<Value>, _ what: String) -> String? {
            range.contains(value)
                ? nil : "'\(name)': \(what) must be \(range.lowerBound) to \(range.upperBound), not \(value)"
        }
        typealias Limits = PreparationPlan.Limits
        switch self {
        case .clip(let low, let high):
            switch (low, high) {
            case (.number(let low), .number(let high)), (.percentile(let low), .percentile(let high)):
                guard low.isFinite, high.isFinite, low < high else {
                    return "'clip': a lower and a higher limit are expected"
                }
            case (.number(let number), .percentile), (.percentile, .number(let number)):
                guard number.isFinite else { return "'clip': finite limits are expected" }
            }
            for case .percentile(let place) in [low, high] {
                if let problem = within(place, Limits.percentile, "a percentile") { return problem }
            }
            return nil
        case .bins(let count, _), .chiMerge(let count, _), .weights(let count):
            return within(count, Limits.bins, "the number of bins")
        case .hash(let buckets): return within(buckets, Limits.buckets, "the number of buckets")
        case .embed(let count): return within(count, Limits.embedded, "the number of rows")
        case .rare(let limit):
            return limit > 0 && limit < 1 ? nil : within(limit, Limits.rareRows, "what is not a share below 1")
        case .fill(.constant(let text)): return text.isEmpty ? "'fill': a constant is expected" : nil
        case .fill, .indicator, .log, .standardize, .minMax, .quantile, .oneHot: return nil
        }
    }
}

// MARK: - As job files write it

extension PreparationPlan.Step: CustomStringConvertible {
    /// What a job file calls it.
    public var name: String {
        switch self {
        case .fill: "fill"
        case .indicator: "indicator"
        case .clip: "clip"
        case .log: "log"
        case .standardize: "standardize"
        case .minMax: "min-max"
        case .quantile: "quantile"
        case .bins: "bins"
        case .chiMerge: "chi-merge"
        case .weights: "woe"
        case .rare: "rare"
        case .oneHot: "one-hot"
        case .hash: "hash"
        case .embed: "embed"
        }
    }

    /// A name, or a name with its parameters.
    public var description: String {
        switch self {
        case .fill(let fill): "fill: \(fill)"
        case .clip(let low, let high): "clip: [\(low), \(high)]"
        case .quantile(let distribution): "quantile: \(distribution.rawValue)"
        case .bins(let count, .oneHot), .chiMerge(let count, .oneHot): "\(name): \(count)"
        case .bins(let count, let shape), .chiMerge(let count, let shape):
            "\(name): {count: \(count), as: \(shape.rawValue)}"
        case .weights(let count): "woe: \(count)"
        case .rare(let limit): "rare: \(limit.plain)"
        case .hash(let buckets): "hash: \(buckets)"
        case .embed(let count): "embed: \(count)"
        case .indicator, .log, .standardize, .minMax, .oneHot: name
        }
    }
}

extension PreparationPlan.Fill: CustomStringConvertible {
    public var description: String {
        switch self {
        case .mean: "mean"
        case .median: "median"
        case .mode: "mode"
        case .constant(let text): "{constant: \(text)}"
        }
    }
}

extension PreparationPlan.Limit: CustomStringConvertible {
    public var description: String {
        switch self {
        case .number(let number): number.plain
        case .percentile(let place): "p\(place.plain)"
        }
    }
}

extension Double {
    /// A whole number as people write it.
    fileprivate var plain: String { Int(exactly: self).map(String.init) ?? "\(self)" }
}
