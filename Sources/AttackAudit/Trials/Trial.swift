internal import Attacks
internal import Specification

/// One attack on one kind of frame, against one secret: the measurement and its controls.
struct Trial: Sendable {
    let attack: Attack
    /// Whose features; `nil` where it is about labels, or about nobody's.
    let victim: Party?
    let measured: Measurement
    /// The same attack on what the frame would hold if it were not protected; `nil` where the attack is no test.
    let control: Measurement?
    /// The same attack on the same numbers, with the secrets of other rows.
    let shuffled: Measurement?
}

/// How a trial ended.
public enum TrialVerdict: String, Sendable, Encodable, CaseIterable {
    /// Nothing was found, by an attack that finds what is there.
    case pass
    /// Nothing was found, on fewer rows or rounds than are needed to find something.
    case underpowered
    /// The attack does not find what is there, or finds what is not: it says nothing.
    case inconclusive
    /// Something was found.
    case fail
    /// No test: what opening Z gives away, or a frame that crossed before any batch.
    case informational

    /// What stands in a table.
    public var title: String { self == .fail ? "FAIL" : rawValue }

    private var weight: Int {
        switch self {
        case .informational: 0
        case .pass: 1
        case .underpowered: 2
        case .inconclusive: 3
        case .fail: 4
        }
    }

    /// What several trials come to.
    static func worst(of all: some Sequence<TrialVerdict>) -> TrialVerdict {
        all.max { $0.weight < $1.weight } ?? .informational
    }
}

/// Fixed before any run.
public enum Thresholds {
    /// Rows, or visits of rows, that a verdict about rows rests on.
    public static let leastRows = 20_000

    /// How far from nothing a value may lie, however many rows there are.
    static func floor(_ statistic: Measurement.Statistic) -> Double {
        switch statistic {
        case .auc, .correlation: 0.02
        case .aucAdvantage, .r2Advantage: 0.01
        case .repeats, .r2: 0
        }
    }

    /// How far from nothing the positive control must lie, for an attack to count as able to find something.
    static func power(_ attack: Attack) -> Double {
        switch attack {
        case .norm, .spectral: 0.4
        case .direction: 0.49
        case .leastSquares, .completion40, .completion400, .regression40, .regression400: 0.05
        case .inversion: 0.1
        case .gradientInversion: 0.03
        case .repeats: 1
        case .size, .timing: 0.9
        case .knownRows40, .knownRows400: 0
        }
    }

    /// How far from nothing a value may lie in a run of so many tests.
    static func limit(_ measurement: Measurement, tests: Int) -> Double {
        max(floor(measurement.statistic), Significance.standardErrors(tests: tests) * measurement.standardError)
    }

    /// The verdict on a trial in a run of so many tests.
    ///
    /// What lies beyond the limit is found. Where the attack does not find what is there, or its draws vary so much that an advantage
    /// below the limit may still be one, nothing can be said.
    static func verdict(on trial: Trial, tests: Int) -> TrialVerdict {
        guard let control = trial.control else { return .informational }
        let (measured, limit) = (trial.measured, limit(trial.measured, tests: tests))
        if measured.deviation > limit { return .fail }
        if trial.shuffled.map({ $0.deviation > Self.limit($0, tests: tests) }) ?? false { return .inconclusive }
        let isDark = control.deviation < power(trial.attack) || control.deviation <= limit
        let isVague = measured.isAdvantage && measured.deviation > floor(measured.statistic)
        // Few rows, or few rounds, are reason enough for both.
        let isSmall = trial.isAboutRows && measured.count < leastRows
        if isDark || isVague { return isSmall || trial.isAboutRounds ? .underpowered : .inconclusive }
        return isSmall ? .underpowered : .pass
    }
}

extension Measurement {
    fileprivate var isAdvantage: Bool { statistic == .aucAdvantage || statistic == .r2Advantage }
}

extension Trial {
    fileprivate var isAboutRows: Bool { attack != .repeats && !isAboutRounds }
    fileprivate var isAboutRounds: Bool { attack == .size || attack == .timing }
}
