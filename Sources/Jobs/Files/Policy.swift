package import Coordination
internal import Documents

/// What an organisation allows to be done with its data. A job that any party's policy refuses does not start.
public struct Policy: Hashable, Sendable {
    /// Columns and histories that jobs may use; `nil`: all but the key.
    public var offer: [String]?
    /// What a source layer may run on.
    public var protections: [Job.Protection] = [.blind]
    /// Which rows of weights and tables may travel in a round: how much lists of them may show.
    public var touchedRows: [Job.TouchedRows] = [.dense]
    /// The smallest Paillier modulus, in bits: 2048 to 4096.
    public var minimumKeyBits = 3072
    /// The exposure ratio that none of its rows may pass, over all jobs on a data set.
    public var exposureLimit = 0.5
    /// Who decides about a job that this policy allows.
    public var approval = Approval.automatic
    /// Whether the label party gives metrics, their intervals and tables to the coordinator.
    public var releasesMetrics = true
    /// With whom, by what, over how much and for how long.
    public var scope = Scope()

    /// What bins of columns may tell partners of each other.
    public var statistics = Statistics()

    /// What may be told of bins of columns, of labels by them, and of correlations. Where a party file says nothing, nothing is.
    public struct Statistics: Hashable, Sendable {
        /// At the label party: what it tells feature parties of labels. At a feature party anything but `none` says that the label
        /// party may learn rows and events of its bins.
        public var reveal = Reveal.none
        /// Rows of a bin at least.
        public var minimumBin = 20
        /// At the label party: bins that it answers for, of each partner, over all jobs on a data set.
        public var bins = 500
        /// Correlations of this party's columns that others are told, each partner over all jobs on a data set: at a feature party those
        /// that the label party opens, at the label party one for each column that it answers for. 0: none, and no job may ask.
        public var correlations = 0
        /// Training rows of correlations at least.
        public var correlationRows = 1000
        /// Whether the coordinator is told the values of this party's columns.
        public var isReleased = false

        /// What is told of labels.
        public enum Reveal: String, Sendable, CaseIterable, Comparable {
            case none
            /// The information value of each column.
            case value = "iv"
            /// The weight of evidence of each bin, too.
            case weights = "woe"

            public static func < (one: Self, other: Self) -> Bool {
                allCases.firstIndex(of: one) ?? 0 < allCases.firstIndex(of: other) ?? 0
            }
        }
    }

    /// Who decides about a job that the policy allows.
    public enum Approval: String, Sendable, CaseIterable {
        /// Every job that this policy allows may run.
        case automatic
        /// A person approves each job by its hash first: `colonnade-party approve`.
        case ask
    }

    /// What holds where a party file has no policy.
    public init() {}
}

extension Policy {
    init(_ document: Document) throws(DocumentError) {
        var document = document
        self.init()
        offer = try document.optionalTexts("offer")
        if let names = try document.optionalTexts("protections") {
            protections = names.compactMap(Job.Protection.init)
            guard protections.count == names.count else {
                throw document.error("protections", "blind and none are the choices")
            }
        }
        if let names = try document.optionalTexts("touched-rows") {
            touchedRows = names.compactMap(Job.TouchedRows.init)
            guard touchedRows.count == names.count else {
                throw document.error("touched-rows", "dense, padded and open are the choices")
            }
        }
        minimumKeyBits = try document.optionalInteger("min-key-bits", in: 2048...4096) ?? minimumKeyBits
        exposureLimit = try document.optionalNumber("exposure-limit", in: 0...1e6) ?? exposureLimit
        approval = try document.optionalChoice("approve", of: Approval.self) ?? approval
        releasesMetrics = try document.optionalFlag("release-metrics") ?? releasesMetrics
        scope = try Scope(&document)
        if var fields = try document.optionalMapping("statistics") {
            statistics.reveal = try fields.optionalChoice("reveal", of: Statistics.Reveal.self) ?? statistics.reveal
            statistics.minimumBin = try fields.optionalInteger("min-bin", in: Job.Limits.minimumBin) ?? 20
            statistics.bins = try fields.optionalInteger("bins", in: 0...1_000_000) ?? statistics.bins
            statistics.correlations =
                try fields.optionalInteger("correlations", in: 0...1_000_000_000) ?? statistics.correlations
            statistics.correlationRows =
                try fields.optionalInteger("correlation-rows", in: 2...1_000_000_000) ?? statistics.correlationRows
            statistics.isReleased = try fields.optionalFlag("release") ?? statistics.isReleased
            try fields.end()
        }
        try document.end()
    }

    /// Why this policy refuses a job, sentence by sentence; empty where it allows it.
    ///
    /// - Parameters:
    ///   - member: this party's part in the job.
    ///   - offered: the columns that this policy offers of the party's data.
    ///   - histories: the histories that it offers.
    package func refusals(
        of job: Job, _ member: Job.Member, offered: [String], histories: [String] = []
    ) -> [String] {
        var refusals: [String] = []
        let labels = member.role == .label && job.predict == nil ? job.reservedColumns : []
        let used = (member.columns ?? []) + labels
        for column in used where !offered.contains(column) {
            refusals.append("column '\(column)' is not offered; \(offered.joined(separator: ", ")) are (policy.offer)")
        }
        for name in job.historyTowers[member.party]?.histories ?? [] where !histories.contains(name) {
            let others =
                histories.isEmpty
                ? "none is" : "\(histories.joined(separator: ", ")) \(histories.count == 1 ? "is" : "are")"
            refusals.append(
                "history '\(name)' is not offered; \(others) (policy.offer, and histories of the party file)")
        }
        if !protections.contains(job.protection) {
            refusals.append("protection '\(job.protection.rawValue)' is not allowed (policy.protections)")
        }
        if job.protection == .blind, !touchedRows.contains(job.touchedRows) {
            refusals.append("touched-rows '\(job.touchedRows.rawValue)' is not allowed (policy.touched-rows)")
        }
        if job.protection == .blind, job.keys.bits < minimumKeyBits {
            refusals.append("keys of \(job.keys.bits) bits are below \(minimumKeyBits) (policy.min-key-bits)")
        }
        return refusals + scope.refusals(of: job, member) + statistics.refusals(of: job, member)
    }
}

extension Policy.Statistics {
    /// Why statistics that a job asks of this party are refused.
    fileprivate func refusals(of job: Job, _ member: Job.Member) -> [String] {
        var refusals = binRefusals(of: job, member)
        if job.asksCorrelations, correlations == 0 {
            refusals.append(
                "the job asks for correlations of this party's columns with all others, and none are told "
                    + "(policy.statistics.correlations); allow a number of them, or take max-correlation and max-vif out of the "
                    + "job's select")
        }
        return refusals
    }

    private func binRefusals(of job: Job, _ member: Job.Member) -> [String] {
        let partners = job.statisticsPartners
        guard !partners.isEmpty, member.role == .label || partners.contains(member.party) else { return [] }
        let wanted: Reveal = member.role == .label && partners.contains(where: job.wantsWeights) ? .weights : .value
        var refusals: [String] = []
        if reveal < wanted {
            refusals.append(
                "the job asks for statistics of bins ('\(wanted.rawValue)'), and '\(reveal.rawValue)' is what is told "
                    + "(policy.statistics.reveal)")
        }
        if job.minimumBin < minimumBin {
            refusals.append(
                "bins of \(job.minimumBin) rows (select.min-bin) are below \(minimumBin) (policy.statistics.min-bin)")
        }
        return refusals
    }
}

// MARK: - What the coordinator is told

extension Policy {
    /// A party's progress as the coordinator may see it.
    func released(_ progress: ControlMessage.Progress) -> ControlMessage.Progress {
        var progress = progress
        if !releasesMetrics { progress.loss = nil }
        return progress
    }

    /// A party's report as the coordinator may see it.
    package func released(_ report: PartyReport) -> PartyReport {
        var report = report
        if !releasesMetrics {
            (report.metrics, report.intervals, report.curves, report.baselines) = (nil, nil, nil, [:])
            report.validation = nil
        }
        if !statistics.isReleased { (report.statistics, report.correlations) = (nil, nil) }
        return report
    }
}
