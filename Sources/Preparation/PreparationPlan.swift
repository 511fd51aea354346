public import Tables

/// What one party does with its columns before they enter the model, as a job declares it. Nothing in it is learned from data.
///
/// A column has a list of steps: what fills its gaps, what changes its numbers, what they or its texts are encoded as. What a
/// list leaves open is done as without a list: numbers are standardised, texts encoded as the model wants them.
public struct PreparationPlan: Codable, Hashable, Sendable {
    /// The lists of single columns. An empty one stands for no list at all.
    public var columns: [String: [Step]]
    /// The list of all other columns of numbers.
    public var numbers: [Step]
    /// The list of all other columns of texts.
    public var categories: [Step]

    /// A plan of lists.
    public init(columns: [String: [Step]] = [:], numbers: [Step] = [], categories: [Step] = []) {
        self.columns = columns
        self.numbers = numbers
        self.categories = categories
    }

    /// One thing that is done.
    public enum Step: Codable, Hashable, Sendable {
        /// What a missing value becomes.
        case fill(Fill)
        /// A column of its own that says where a value is missing.
        case indicator
        /// Numbers outside become the nearest number inside.
        case clip(low: Limit, high: Limit)
        /// `sign(x) * log(1 + |x|)`.
        case log
        /// Mean 0, deviation 1.
        case standardize
        /// Minimum 0, maximum 1.
        case minMax
        /// The share of training values below, as it is or as a normal number.
        case quantile(Distribution)
        /// Bins of equal numbers of training rows, at most so many.
        case bins(count: Int, Shape)
        /// Bins that differ in their shares of the labels' classes, at most so many.
        case chiMerge(count: Int, Shape)
        /// The weight of evidence of one of at most so many bins, or of the commonest texts.
        case weights(bins: Int)
        /// Texts of fewer training rows than this share or, from 1, this number count as one.
        case rare(below: Double)
        /// A column for each text.
        case oneHot
        /// So many columns, of which a text's hash names one.
        case hash(buckets: Int)
        /// A row of an embedding table for each text of so many training rows.
        case embed(atLeast: Int)
    }

    /// What a missing value becomes.
    public enum Fill: Codable, Hashable, Sendable {
        case mean
        /// The middle value; the mean of the two where their number is even.
        case median
        /// The most frequent value; the smallest of several.
        case mode
        /// Always this, as it is written.
        case constant(String)
    }

    /// Where a clip begins.
    public enum Limit: Codable, Hashable, Sendable {
        case number(Double)
        /// Of the training values, 0 to 100.
        case percentile(Double)
    }

    /// How shares of training values are spread.
    public enum Distribution: String, Codable, Hashable, Sendable, CaseIterable {
        /// From 0 to 1.
        case uniform
        /// As a standard normal variable is.
        case normal
    }

    /// What a bin becomes.
    public enum Shape: String, Codable, Hashable, Sendable, CaseIterable {
        /// A column of zeros and ones.
        case oneHot = "one-hot"
        /// A number from 0, the lowest bin, to 1, the highest, all in one column.
        case ordinal
    }

    /// The list of a column.
    public func steps(of column: String, isNumber: Bool) -> [Step] {
        columns[column] ?? (isNumber ? numbers : categories)
    }

    /// Whether any list needs the labels.
    public var needsLabels: Bool { lists.contains { $0.steps.contains(where: \.needsLabels) } }

    /// Whether any list needs counts of other parties' labels, or of its own.
    public var needsWeights: Bool { lists.contains { $0.steps.contains(where: \.needsWeights) } }

    /// Why a column of a table is none for its list; `nil` where it is.
    public func misfit(_ column: Column, of file: String) -> PreparationError? {
        let isNumber = column.type == .number
        for step in steps(of: column.name, isNumber: isNumber) {
            if isNumber ? step.isForTexts : step.isForNumbers {
                return .wrongType(file: file, column: column.name, step: "\(step)", found: column.type)
            }
            if isNumber, case .fill(.constant(let text)) = step, !(Double(text)?.isFinite ?? false) {
                return .notANumber(file: file, column: column.name, constant: text)
            }
        }
        return nil
    }

    /// Every list with its name: a column's, or `*.numbers` and `*.categories`.
    public var lists: [(name: String, steps: [Step])] {
        columns.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
            + [("*.numbers", numbers), ("*.categories", categories)]
    }
}

extension PreparationPlan.Step {
    /// Whether it is fitted on labels.
    public var needsLabels: Bool { if case .chiMerge = self { true } else { false } }

    /// Whether bins are to be weighed by the labels.
    public var needsWeights: Bool { if case .weights = self { true } else { false } }

    /// Whether it is for embedding tables.
    public var embeds: Bool { if case .embed = self { true } else { false } }
}
