internal import Tables

/// How often each text of a column occurs in some rows.
struct CategoryCounts {
    private var counts: [ArraySlice<UInt8>: Int] = [:]
    /// The number of rows without a text.
    let missing: Int
    /// Whether there are two different cells, a missing one included.
    let varies: Bool

    init(_ texts: TextColumn, _ rows: RowNumbers) {
        for row in rows { counts[texts[row], default: 0] += 1 }
        varies = counts.count > 1
        missing = counts.removeValue(forKey: []) ?? 0
    }

    /// How many different texts there are.
    var texts: Int { counts.count }

    /// Texts that occur so often, in the order of their bytes.
    func sorted(atLeast count: Int) -> [String] {
        counts.lazy.filter { $0.value >= count }.map(\.key).sorted { $0.lexicographicallyPrecedes($1) }
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// Texts that occur so often with how often, the commonest first; of several alike the first by its bytes.
    func commonest(atLeast count: Int) -> [(text: String, count: Int)] {
        counts.filter { $0.value >= count }
            .sorted { $0.value > $1.value || $0.value == $1.value && $0.key.lexicographicallyPrecedes($1.key) }
            .map { (String(decoding: $0.key, as: UTF8.self), $0.value) }
    }

    /// The most frequent text, the first by its bytes of several; `nil` where there is none.
    var mode: String? {
        counts.max { $0.value < $1.value || $0.value == $1.value && $1.key.lexicographicallyPrecedes($0.key) }
            .map { String(decoding: $0.key, as: UTF8.self) }
    }

    /// Counts what is missing as one more row, or some, of a text.
    mutating func fill(with text: String) {
        if missing > 0 { counts[Array(text.utf8)[...], default: 0] += missing }
    }
}

/// The texts of a column as they are counted before any encoding: gaps filled, and from where on a text is no rare one.
struct CountedTexts {
    private(set) var counts: CategoryCounts
    private(set) var fill: String?
    private(set) var indicator = false
    /// Rows of a text that is not rare.
    private(set) var least = 1
    /// Steps that encode.
    private(set) var encodings: [PreparationPlan.Step] = []

    /// - Throws: ``PreparationError/wrongType(file:column:step:found:)``, ``PreparationError/noWeights(file:column:)``.
    init(
        _ texts: TextColumn, _ rows: RowNumbers, _ steps: [PreparationPlan.Step],
        at source: (file: String, column: String)
    ) throws(PreparationError) {
        counts = CategoryCounts(texts, rows)
        for step in steps {
            switch step {
            case .fill(.mode): fill = counts.mode
            case .fill(.constant(let text)): fill = text
            case .indicator: indicator = counts.missing > 0 && counts.texts > 0
            // Below a share of the training rows: scikit-learn's `min_frequency`.
            case .rare(let limit):
                least = Int((limit < 1 ? limit * Double(rows.count) : limit).rounded(.up))
            case .oneHot, .hash, .embed: encodings.append(step)
            case .weights: throw .noWeights(file: source.file, column: source.column)
            case .fill, .clip, .log, .standardize, .minMax, .quantile, .bins, .chiMerge:
                throw .wrongType(file: source.file, column: source.column, step: "\(step)", found: .category)
            }
        }
        if let fill { counts.fill(with: fill) }
    }
}

/// What a list of steps makes of one column of texts.
struct FittedTexts {
    /// `nil` where it gives no column of numbers.
    let pipeline: TextPipeline?
    /// `nil` where it is not embedded.
    let field: Preparation.Field?

    /// Learns it; one without both where nothing varies over the rows.
    ///
    /// A list without an encoding gets the one that `standard` names, as texts without a list do.
    ///
    /// - Throws: `TablesError.tooManyCategories`; ``PreparationError/wrongType(file:column:step:found:)``.
    init(
        fitting texts: TextColumn, rows: RowNumbers, steps: [PreparationPlan.Step], standard: Preparation.Categories,
        at source: (file: String, column: String)
    ) throws {
        let counted = try CountedTexts(texts, rows, steps, at: source)
        let (counts, fill, indicator) = (counted.counts, counted.fill, counted.indicator)
        let least = counted.least
        var encodings = counted.encodings
        guard counts.varies else {
            (pipeline, field) = (nil, nil)
            return
        }
        let common = counts.sorted(atLeast: least)
        if encodings.isEmpty { encodings = Self.encodings(standard, width: common.count) }

        var field: Preparation.Field?
        var encoding: TextPipeline.Encoding?
        func require(_ count: Int, atMost limit: Int) throws {
            guard count <= limit else {
                throw TablesError.tooManyCategories(
                    file: source.file, column: source.column, count: count, limit: limit)
            }
        }
        for step in encodings {
            switch step {
            case .embed(let rows):
                try require(counts.texts, atMost: Preparation.fieldLimit)
                let categories = counts.sorted(atLeast: max(rows, least))
                field = Preparation.Field(column: source.column, categories: categories, fill: fill)
            case .hash(let buckets): encoding = .hash(buckets: buckets)
            default:
                try require(common.count, atMost: Preparation.categoryLimit)
                encoding = .oneHot(categories: common, hasRare: common.count < counts.texts)
            }
        }
        self.field = field
        if let found = encoding {
            let places = TextPlaces(found, fill: fill)
            let first = rows.first.flatMap { places[texts[$0]] }
            if !rows.contains(where: { places[texts[$0]] != first }) { encoding = nil }
        }
        pipeline =
            encoding == nil && !indicator ? nil : TextPipeline(fill: fill, indicator: indicator, encoding: encoding)
    }

    private static func encodings(_ standard: Preparation.Categories, width: Int) -> [PreparationPlan.Step] {
        let embed = PreparationPlan.Step.embed(atLeast: Preparation.commonCount)
        return switch standard {
        case .oneHot: [.oneHot]
        case .embedded: [embed]
        case .both: width <= Preparation.categoryLimit ? [.oneHot, embed] : [embed]
        }
    }
}
