extension NumberPipeline {
    /// Learns what a list of steps says of one column; `nil` where neither its numbers nor their gaps vary over the rows.
    ///
    /// Each step is fitted on what the steps before it made of the training rows' numbers, missing ones left aside. A list
    /// without a scale ends with `standardize`, unless all numbers are zeros and ones without gaps.
    ///
    /// - Parameters:
    ///   - numbers: those of the training rows; NaN where one is missing. Memory: this once more, and once sorted.
    ///   - classes: of each training row, counted from 0; `nil` where there are no classes.
    ///   - source: names file and column in errors.
    init?(
        fitting numbers: [Double], steps: [PreparationPlan.Step], classes: [Int]?,
        at source: (file: String, column: String)
    ) throws(PreparationError) {
        var values = numbers
        var pipeline = (fill: Double?.none, indicator: false, transforms: [Transform](), encoding: Encoding.value)
        let missing = numbers.count { $0.isNaN }
        var varies = true
        func append(_ transform: Transform?) {
            guard let transform else { return varies = false }
            pipeline.transforms.append(transform)
            for index in values.indices where !values[index].isNaN { values[index] = transform(values[index]) }
        }
        for step in steps {
            switch step {
            case .fill(let fill):
                pipeline.fill = try Self.fitted(fill, values, at: source)
                if let fill = pipeline.fill {
                    for index in values.indices where values[index].isNaN { values[index] = fill }
                }
            case .indicator: pipeline.indicator = missing > 0 && missing < numbers.count
            case .clip(let low, let high): append(.clip(low, high, of: values))
            case .log: append(.log)
            case .standardize: append(.standardize(values))
            case .minMax: append(.minMax(values))
            case .quantile(let distribution):
                let sorted = SortedNumbers(values)
                append(
                    sorted.values.isEmpty ? nil : .quantile(QuantileMap(sorted, rows: values.count), distribution))
            case .bins(let count, let shape):
                pipeline.encoding = Encoding(Bins.equalFrequency(values, count: count), shape)
            case .chiMerge(let count, let shape):
                guard let classes else { throw .noLabels(file: source.file, column: source.column) }
                pipeline.encoding = Encoding(Bins.chiMerge(values, classes: classes, count: count), shape)
            case .weights: throw .noWeights(file: source.file, column: source.column)
            case .rare, .oneHot, .hash, .embed:
                throw .wrongType(file: source.file, column: source.column, step: "\(step)", found: .number)
            }
        }
        if !steps.contains(where: \.scales), !values.allSatisfy({ $0 == 0 || $0 == 1 }) { append(.standardize(values)) }
        self.init(
            fill: pipeline.fill, indicator: pipeline.indicator, transforms: pipeline.transforms,
            encoding: pipeline.encoding)
        if varies, let first = numbers.first.map(encoded),
            numbers.contains(where: { encoded($0)?.offset != first?.offset || encoded($0)?.value != first?.value })
        {
            return
        }
        guard indicator else { return nil }
        self.init(fill: nil, indicator: true, transforms: [], encoding: nil)
    }

    /// What a missing number becomes; `nil` where there is no number to learn it from.
    private static func fitted(
        _ fill: PreparationPlan.Fill, _ values: [Double], at source: (file: String, column: String)
    ) throws(PreparationError) -> Double? {
        if case .constant(let text) = fill {
            guard let number = Double(text), number.isFinite else {
                throw .notANumber(file: source.file, column: source.column, constant: text)
            }
            return number
        }
        if fill == .mean { return Moments(values.filter { !$0.isNaN })?.mean }
        let sorted = SortedNumbers(values)
        guard !sorted.values.isEmpty else { return nil }
        return fill == .median ? sorted.quantile(0.5) : sorted.mode
    }
}

extension NumberPipeline.Encoding {
    fileprivate init(_ edges: [Double], _ shape: PreparationPlan.Shape) {
        switch shape {
        case .oneHot: self = .oneHot(edges: edges)
        case .ordinal: self = .ordinal(edges: edges)
        }
    }
}

extension NumberPipeline.Transform {
    /// `nil` where no value is there.
    fileprivate static func clip(
        _ low: PreparationPlan.Limit, _ high: PreparationPlan.Limit, of values: [Double]
    ) -> Self? {
        if case (.number(let low), .number(let high)) = (low, high) { return .clip(low: low, high: high) }
        let sorted = SortedNumbers(values)
        guard !sorted.values.isEmpty else { return nil }
        func number(_ limit: PreparationPlan.Limit) -> Double {
            switch limit {
            case .number(let number): number
            case .percentile(let place): sorted.quantile(place / 100)
            }
        }
        return .clip(low: number(low), high: number(high))
    }

    /// `nil` where the values do not vary.
    fileprivate static func standardize(_ values: [Double]) -> Self? {
        guard let moments = Moments(values.filter { !$0.isNaN }), moments.varies else { return nil }
        return .standardize(mean: moments.mean, deviation: moments.deviation)
    }

    /// `nil` where the values do not vary.
    fileprivate static func minMax(_ values: [Double]) -> Self? {
        let present = values.lazy.filter { !$0.isNaN }
        guard let low = present.min(), let high = present.max(), low < high else { return nil }
        return .minMax(low: low, high: high)
    }
}

extension SortedNumbers {
    /// The most frequent number; the smallest of several.
    fileprivate var mode: Double {
        var best = (number: values[0], count: 0)
        var start = 0
        for end in 1...values.count where end == values.count || values[end] != values[start] {
            if end - start > best.count { best = (values[start], end - start) }
            start = end
        }
        return best.number
    }
}

/// Mean and population standard deviation.
struct Moments {
    let mean: Double
    let deviation: Double
    /// Whether numbers differ by more than rounding.
    let varies: Bool

    /// - Parameter present: numbers, none of them NaN; `nil` where there are none.
    init?(_ present: some Sequence<Double>) {
        let count = Double(present.reduce(0) { count, _ in count + 1 })
        guard count > 0 else { return nil }
        let scale = present.reduce(0) { max($0, abs($1)) }
        guard scale > 0 else {
            (mean, deviation, varies) = (0, 0, false)
            return
        }
        // Scaled to one before squaring: the largest doubles have no square.
        let scaled = present.reduce(0) { $0 + $1 / scale } / count
        let variance = present.reduce(0) { $0 + ($1 / scale - scaled) * ($1 / scale - scaled) } / count
        (mean, deviation) = (scaled * scale, variance.squareRoot() * scale)
        // Equal values leave a few units of rounding in their mean.
        varies = variance.squareRoot() > 0x1p-40 && deviation.isNormal
    }
}
