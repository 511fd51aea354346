internal import Documents
public import Models
public import Specification

extension Policy {
    /// With whom, by what, over how much and for how long this party computes. What is `nil` is not limited.
    public struct Scope: Hashable, Sendable {
        /// Other parties that a job may have.
        public var partners: [Party]?
        /// Protocols that a job may run, of those that it can do without (`Software.choices`).
        public var protocols: [String]?
        /// What may be trained, and used.
        public var models: [Architecture.Kind]?
        /// Common rows at least: the fewer there are, the more all that is told of them says of each.
        public var minimumRows: Int?
        /// Rows of this party that may enter a job, at most.
        public var maximumRows: Int?
        /// Rounds of training at most; each opens a batch.
        public var maximumRounds: Int?
        /// The last day on which a job may start.
        public var until: CalendarDay?
        /// Jobs at most that may ever be begun on a data set. One that is run again, or goes on, counts once.
        public var jobs: Int?

        /// No limits.
        public init() {}
    }
}

extension Policy.Scope {
    /// Takes its fields out of a party file's `policy`.
    init(_ document: inout Document) throws(DocumentError) {
        if let names = try document.optionalTexts("partners") {
            let partners = names.compactMap { try? Party($0) }
            guard partners.count == names.count else {
                throw document.error("partners", "names of 1 to 32 of a-z, 0-9 and '-' are expected")
            }
            self.partners = partners
        }
        if let names = try document.optionalTexts("protocols") {
            if let other = names.first(where: { !Software.choices.contains($0) }) {
                throw document.error(
                    "protocols", "'\(other)' is none of \(Software.choices.joined(separator: ", "))")
            }
            protocols = names
        }
        if let names = try document.optionalTexts("models") {
            let kinds = names.compactMap(Architecture.Kind.init)
            guard kinds.count == names.count else {
                let all = Architecture.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                throw document.error("models", "\(all) are the choices")
            }
            models = kinds
        }
        let counts = 1...Job.Limits.sample.upperBound
        minimumRows = try document.optionalInteger("min-rows", in: counts)
        maximumRows = try document.optionalInteger("max-rows", in: counts)
        if let minimumRows, let maximumRows, minimumRows > maximumRows {
            throw document.error(
                "min-rows", "\(minimumRows) is more than max-rows, \(maximumRows): no job could be run")
        }
        maximumRounds = try document.optionalInteger("max-rounds", in: counts)
        if let text = try document.optionalText("until") {
            guard let day = CalendarDay(text) else {
                throw document.error("until", "a day such as 2027-06-30 is expected, not '\(text)'")
            }
            until = day
        }
        jobs = try document.optionalInteger("jobs", in: counts)
    }

    // MARK: - Refusals

    /// Where and when a job is to be run.
    package struct Occasion: Sendable {
        /// Rows of this party's data.
        package var rows: Int
        /// The day.
        package var today: CalendarDay
        /// Other jobs that were begun on the data set.
        package var jobs: Int

        package init(rows: Int, today: CalendarDay = .today, jobs: Int = 0) {
            (self.rows, self.today, self.jobs) = (rows, today, jobs)
        }
    }

    /// Why a job is refused by what it asks for, whatever the data, sentence by sentence.
    func refusals(of job: Job, _ member: Job.Member) -> [String] {
        var refusals: [String] = []
        if let partners {
            for party in job.parties where party != member.party && !partners.contains(party) {
                refusals.append("partner '\(party)' is not allowed; \(Self.list(partners)) (policy.partners)")
            }
        }
        if let protocols {
            let isOpen = job.align.reuse == nil && job.align.protocol == .auto
            for name in Software.choices(of: job) where !protocols.contains(name) {
                let why = isOpen && Software.alignments.contains(name) ? ", which align.protocol: auto may run," : ""
                refusals.append("protocol '\(name)'\(why) is not allowed; \(Self.list(protocols)) (policy.protocols)")
            }
        }
        if let models, !models.contains(job.model.kind) {
            refusals.append(
                "model '\(job.model.kind.rawValue)' is not allowed; \(Self.list(models.map(\.rawValue))) (policy.models)"
            )
        }
        return refusals
    }

    /// Why a job is refused on an occasion, sentence by sentence.
    package func refusals(of job: Job, _ member: Job.Member, on occasion: Occasion) -> [String] {
        var refusals: [String] = []
        let rows = job.mostOwnRows(of: occasion.rows)
        if let maximumRows, rows > maximumRows {
            refusals.append(
                "the job takes up to \(rows) rows from here; at most \(maximumRows) are allowed: say align.sample "
                    + "(policy.max-rows)")
        }
        if let minimumRows, rows < minimumRows {
            refusals.append(
                "the job takes no more than \(rows) rows from here; at least \(minimumRows) must be common (policy.min-rows)"
            )
        }
        if let maximumRounds {
            let rounds = job.mostRounds(of: occasion.rows, member.role)
            if rounds > maximumRounds {
                refusals.append(
                    "the job trains for up to \(rounds) rounds; at most \(maximumRounds) are allowed (policy.max-rounds)"
                )
            }
        }
        if let until, occasion.today > until {
            refusals.append("today is \(occasion.today); jobs start until \(until) (policy.until)")
        }
        if let jobs, occasion.jobs >= jobs {
            refusals.append(
                "other jobs begun on this data set: \(occasion.jobs); at most \(jobs) in all are allowed (policy.jobs)"
            )
        }
        return refusals
    }

    /// Holds an alignment to ``minimumRows``, before anything is computed on its rows.
    ///
    /// How many there are is said only where everybody knows it; where decoys hide that, a refusal still says that they are few.
    /// - Throws: ``RunError`` where rows are too few.
    func check(_ aligned: AlignedRows, of job: Job) throws(RunError) {
        // A party that is not told which of its rows are common counts the decoys, too.
        let common = aligned.count - aligned.absent.count
        guard let minimumRows, common < minimumRows else { return }
        let found = job.align.result == .all ? "\(common) rows" : "fewer rows"
        throw RunError(
            .policyRefused, "\(found) are common; at least \(minimumRows) are asked for here (policy.min-rows)")
    }

    private static func list(_ choices: [some CustomStringConvertible]) -> String {
        switch choices.count {
        case 0: "none is"
        case 1: "\(choices[0]) is"
        default: choices.map(\.description).joined(separator: ", ") + " are"
        }
    }
}

// MARK: - How large a job can get

extension Job {
    /// Rows of its own that a party offers, at most.
    ///
    /// - Parameter rows: Those of its data.
    func mostOwnRows(of rows: Int) -> Int { min(rows, align.sample ?? rows) }

    /// Rounds of training, at most: as many as there are if all of a party's rows are common.
    ///
    /// - Parameter rows: Those of its data.
    package func mostRounds(of rows: Int, _ role: Role) -> Int {
        guard predict == nil else { return 0 }
        var common = mostOwnRows(of: rows)
        if role == .label, case .label(let decoys, let multiple) = align.result {
            // Decoys are the other party's rows, and are trained on, too.
            common += Int((Double(common) * (Double(decoys) ?? 0)).rounded(.up)) + multiple
        }
        if let split = evaluate.split, split.by != .random {
            // How many rows the values of a column hold back is not known yet: none, at worst.
            return train.epochs * ((common + train.batch - 1) / train.batch)
        }
        return Schedule(job: self, rows: common).trainRounds
    }
}
