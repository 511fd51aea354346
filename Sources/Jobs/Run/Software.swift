internal import Alignment
internal import BinStatistics
internal import Columns
internal import Correlation
internal import Course
internal import EmbedMatMul
internal import Handshake
internal import KeyExchange
internal import MatMul
internal import Resumption
internal import Seal
public import Specification
internal import Unprotected

/// This program: its version, and the protocols that it speaks.
public enum Software {
    /// Name and version, as hellos, transcripts and descriptions state it.
    public static let version = "colonnade 0.2.0"

    /// Every protocol of this build, in its latest version.
    public static let specifications = all.map(\.specification)

    /// Every version of them that this build speaks, an earlier one before a later one.
    public static let spoken = all.flatMap { latest in
        earlier.filter { $0.specification.name == latest.specification.name }.map(\.specification)
            + [latest.specification]
    }

    /// Those that a job runs, in their latest versions.
    static func specifications(of job: Job) -> [ProtocolSpecification] { used(by: job).map(\.specification) }

    /// Those that a job runs, in the versions that its parties agreed on.
    static func specifications(of effective: EffectiveJob) -> [ProtocolSpecification] {
        agreed(for: effective).map(\.specification)
    }

    /// Their texts, as transcripts embed them.
    static func specificationTexts(of effective: EffectiveJob) -> [String] { agreed(for: effective).map(\.text) }

    /// For each protocol that a job runs, the versions by which this program can run it, an earlier one before a later one.
    static func versions(for job: Job) -> [[ProtocolSpecification]] {
        specifications(of: job).map { latest in spoken.filter { $0.name == latest.name && suits($0, job) } }
    }

    /// Whether a job can be run by this version of a protocol.
    static func suits(_ specification: ProtocolSpecification, _ job: Job) -> Bool {
        specification != KeyExchangeProtocol.version1 || !job.exchangesKeysAmongFeatures
    }

    private typealias Embedded = (specification: ProtocolSpecification, text: String)

    /// Versions of the previous release that this one speaks, too.
    private static let earlier: [Embedded] = [(KeyExchangeProtocol.version1, KeyExchangeProtocol.version1Text)]

    private static let all: [Embedded] = [
        (HandshakeProtocol.specification, HandshakeProtocol.specificationText),
        (AlignmentProtocol.specification, AlignmentProtocol.specificationText),
        (ResumptionProtocol.specification, ResumptionProtocol.specificationText),
        (ColumnsProtocol.specification, ColumnsProtocol.specificationText),
        (CourseProtocol.specification, CourseProtocol.specificationText),
        (KeyExchangeProtocol.specification, KeyExchangeProtocol.specificationText),
        (BinStatisticsProtocol.specification, BinStatisticsProtocol.specificationText),
        (CorrelationProtocol.specification, CorrelationProtocol.specificationText),
        (MatMulProtocol.specification, MatMulProtocol.specificationText),
        (EmbedMatMulProtocol.specification, EmbedMatMulProtocol.specificationText),
        (UnprotectedProtocol.specification, UnprotectedProtocol.specificationText),
        (SealProtocol.specification, SealProtocol.specificationText),
    ]

    /// Ways of finding the common rows, which policies tell apart.
    static let alignments = Job.AlignmentChoice.allCases.filter { $0 != .auto }.map(\.rawValue)

    /// What a job may run or do without, as policies name it: ways of finding the common rows, and all protocols but those that
    /// every job runs.
    public static let choices: [String] = {
        let always = [
            HandshakeProtocol.specification, ResumptionProtocol.specification, ColumnsProtocol.specification,
            KeyExchangeProtocol.specification, SealProtocol.specification,
        ].map(\.name)
        return alignments
            + specifications.map(\.name).filter { name in
                name != AlignmentProtocol.specification.name && !always.contains(name)
            }
    }()

    /// Those of ``choices`` that a job runs, or may run where it leaves that open.
    public static func choices(of job: Job) -> [String] {
        let names = specifications(of: job).map(\.name)
        let alignments =
            names.contains(AlignmentProtocol.specification.name)
            ? alignments.filter { job.align.protocol == .auto || job.align.protocol.rawValue == $0 } : []
        return alignments + names.filter(choices.contains)
    }

    /// What a job runs: where it names an earlier version of a protocol and not the latest, that one. A party has made sure that it
    /// names one of them.
    private static func agreed(for effective: EffectiveJob) -> [Embedded] {
        func isNamed(_ version: Embedded) -> Bool {
            effective.protocols.contains(.init(version.specification)) && suits(version.specification, effective.job)
        }
        return used(by: effective.job).map { latest in
            let versions = [latest] + earlier.filter { $0.specification.name == latest.specification.name }
            return versions.first(where: isNamed) ?? latest
        }
    }

    private static func used(by job: Job) -> [Embedded] {
        var unused: Set<String> = []
        switch job.protection {
        case .blind: unused = [UnprotectedProtocol.specification.name]
        case .none: unused = [KeyExchangeProtocol.specification.name, MatMulProtocol.specification.name]
        }
        if job.align.reuse != nil { unused.insert(AlignmentProtocol.specification.name) }
        if !job.announcesSplit, job.predict != nil || job.train.earlyStopping == nil {
            unused.insert(CourseProtocol.specification.name)
        }
        if job.protection == .none || job.model.dimension == 0 { unused.insert(EmbedMatMulProtocol.specification.name) }
        if !job.asksCorrelations { unused.insert(CorrelationProtocol.specification.name) }
        if job.statisticsPartners.isEmpty { unused.insert(BinStatisticsProtocol.specification.name) }
        return all.filter { !unused.contains($0.specification.name) }
    }
}
