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
    public static let version = "colonnade 0.1.0"

    /// Every protocol of this build.
    public static let specifications = all.map(\.specification)

    /// Those that a job runs.
    static func specifications(of job: Job) -> [ProtocolSpecification] { used(by: job).map(\.specification) }

    /// Their texts, as transcripts embed them.
    static func specificationTexts(of job: Job) -> [String] { used(by: job).map(\.text) }

    private static let all: [(specification: ProtocolSpecification, text: String)] = [
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

    private static func used(by job: Job) -> [(specification: ProtocolSpecification, text: String)] {
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
