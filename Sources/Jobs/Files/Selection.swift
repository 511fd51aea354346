internal import Documents
internal import Preparation
public import Specification

extension Job {
    /// Which of its columns each party brings into the model, by what their bins say of the label, and by their correlations with all
    /// parties' columns.
    public struct Selection: Hashable, Sendable, Codable {
        /// Bins of a column at most, beside one of its gaps: 2 to 256; `nil`: the selection counts no bins.
        public var bins: Int?
        /// Training rows of a bin at least: smaller ones are joined.
        public var minimumBin: Int
        /// A decimal text, 0 to 10: columns of a lower information value are left out; `nil`: none are.
        public var minimumValue: String?
        /// A decimal text, 0 to 1: of two columns with a higher correlation, in magnitude, one is left out; `nil`: none is.
        public var maximumCorrelation: String?
        /// A decimal text, 1 to 10000: columns of a higher variance inflation are left out; `nil`: none are.
        public var maximumInflation: String?

        /// A rule of selection.
        public init(
            bins: Int?, minimumBin: Int, minimumValue: String?, maximumCorrelation: String? = nil,
            maximumInflation: String? = nil
        ) {
            (self.bins, self.minimumBin, self.minimumValue) = (bins, minimumBin, minimumValue)
            (self.maximumCorrelation, self.maximumInflation) = (maximumCorrelation, maximumInflation)
        }
    }
}

// MARK: - What is asked of whom

extension Job {
    /// Training rows of a bin at least.
    public var minimumBin: Int { select?.minimumBin ?? Limits.standardMinimumBin }

    /// Whether bins are counted at all. A model that scores has its weights already.
    public var asksStatistics: Bool {
        predict == nil && (select?.bins != nil || members.contains { wantsWeights($0.party) })
    }

    /// Whether a party wants the weights of bins of its columns.
    func wantsWeights(_ party: Party) -> Bool { prepare?[party]?.needsWeights ?? false }

    /// Feature parties that ask the label party, in the job's order.
    public var statisticsPartners: [Party] {
        asksStatistics ? featureParties.filter { select?.bins != nil || wantsWeights($0) } : []
    }

    /// Whether all parties' columns are correlated. A model that scores has its columns already.
    public var asksCorrelations: Bool {
        predict == nil && (select?.maximumCorrelation != nil || select?.maximumInflation != nil)
    }

    /// Whether feature parties exchange keys with each other.
    var exchangesKeysAmongFeatures: Bool { asksCorrelations && featureParties.count > 1 }

    /// Bins of any column at most, that of gaps among them.
    var mostBins: Int {
        let lists = statisticsPartners.flatMap { prepare?[$0]?.lists ?? [] }
        return 1 + max(select?.bins ?? 1, lists.flatMap { $0.steps.compactMap(\.weighedBins) }.max() ?? 1)
    }
}

extension PreparationPlan.Step {
    /// Bins at most, of a step that weighs them.
    var weighedBins: Int? { if case .weights(let bins) = self { bins } else { nil } }
}

// MARK: - Reading

extension Job {
    /// Reads the `select` section.
    mutating func readSelection(_ document: inout Document) throws(DocumentError) {
        guard var fields = try document.optionalMapping("select") else { return }
        let correlates = fields.has("max-correlation") || fields.has("max-vif")
        let countsBins = !correlates || ["bins", "min-bin", "min-iv"].contains(where: fields.has)
        select = Selection(
            bins: try fields.optionalInteger("bins", in: PreparationPlan.Limits.bins) ?? (countsBins ? 10 : nil),
            minimumBin: try fields.optionalInteger("min-bin", in: Limits.minimumBin) ?? Limits.standardMinimumBin,
            minimumValue: try fields.has("min-iv")
                ? fields.decimal("min-iv", default: "0", in: Limits.informationValue) : nil,
            maximumCorrelation: try fields.has("max-correlation")
                ? fields.decimal("max-correlation", default: "1", in: Limits.correlation) : nil,
            maximumInflation: try fields.has("max-vif")
                ? fields.decimal("max-vif", default: "10", in: Limits.inflation) : nil)
        try fields.end()
        guard !countsBins || model.target == .binary else { throw document.error("select", Self.labelReason) }
        guard !correlates || align.result == .all else { throw document.error("select", Self.rowsReason) }
    }

    /// What is wrong with the rule of selection.
    var selectionProblems: [String] {
        guard let select else { return [] }
        var problems: [String] = []
        if select.bins != nil, model.target != .binary { problems.append("the job's select: \(Self.labelReason)") }
        if asksCorrelations, align.result != .all { problems.append("the job's select: \(Self.rowsReason)") }
        if let bins = select.bins, !PreparationPlan.Limits.bins.contains(bins) {
            problems.append("the job's select.bins must be 2 to 256")
        }
        if !Limits.minimumBin.contains(select.minimumBin) {
            problems.append("the job's select.min-bin must be 1 to 1000000")
        }
        if let text = select.minimumValue, !Limits.informationValue.contains(Limits.decimal(text) ?? -1) {
            problems.append("the job's select.min-iv must be 0 to 10")
        }
        if let text = select.maximumCorrelation, !Limits.correlation.contains(Limits.decimal(text) ?? -1) {
            problems.append("the job's select.max-correlation must be 0 to 1")
        }
        if let text = select.maximumInflation, !Limits.inflation.contains(Limits.decimal(text) ?? -1) {
            problems.append("the job's select.max-vif must be 1 to 10000")
        }
        return problems
    }

    /// Why weights of evidence need such a label.
    static let labelReason = "weights of evidence and information values are of a label of 0 or 1: model.target binary"

    /// Why decoys are in the way.
    static let rowsReason = "correlations are of rows that every party knows to be common: align.result all"
}

extension Job.Limits {
    static let minimumBin = 1...1_000_000
    static let standardMinimumBin = 20
    static let informationValue = 0...10.0
    static let correlation = 0...1.0
    static let inflation = 1...10_000.0
}
