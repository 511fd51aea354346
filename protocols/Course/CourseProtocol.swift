public import Specification

/// What the label party tells the others of the course of training.
public enum CourseProtocol {
    /// The text of `protocol.yaml`, as transcripts embed it.
    public static let specificationText = String(decoding: PackageResources.protocol_yaml, as: UTF8.self)
    public static let specification = ProtocolSpecification(embedded: PackageResources.protocol_yaml)

    /// One announcement.
    ///
    /// - Parameter rows: Common rows, of which it says what they are for; `nil` for a decision after an epoch.
    public static func plan(label: Party, features: [Party], rows: Int?) -> SessionPlan {
        SessionPlan(
            protocolName: specification.name, version: specification.version,
            members: [.init(label, role: "label")] + features.map { .init($0, role: "feature") },
            dimensions: rows.map { ["rows": $0] } ?? [:],
            runs: [.init(rows == nil ? "decision" : "split")])
    }
}

/// What a common row is for.
public enum RowPart: UInt8, Hashable, Sendable, CaseIterable {
    /// Trained on.
    case training = 0
    /// Measured while a model is chosen.
    case validation = 1
    /// Measured once a model is chosen.
    case test = 2
}

/// What follows from the validation rows after an epoch.
public struct EpochDecision: Hashable, Sendable {
    /// Whether no epoch before was better.
    public var isBest: Bool
    /// Whether another epoch follows.
    public var goesOn: Bool

    /// Both as given.
    public init(isBest: Bool, goesOn: Bool) { (self.isBest, self.goesOn) = (isBest, goesOn) }
}

/// One announcement.
public enum Announcement: Hashable, Sendable {
    /// What each row of the common order is for.
    case split([RowPart])
    /// What follows after an epoch.
    case decision(EpochDecision)

    /// The payload.
    var bytes: [UInt8] {
        switch self {
        case .split(let parts):
            stride(from: 0, to: parts.count, by: 4).map { start in
                parts[start..<min(start + 4, parts.count)].enumerated().reduce(UInt8(0)) {
                    $0 | $1.element.rawValue << UInt8(6 - 2 * $1.offset)
                }
            }
        case .decision(let decision): [(decision.isBest ? 1 : 0) | (decision.goesOn ? 2 : 0)]
        }
    }

    /// Reads a payload whose length the guard has checked; `nil` where it is none.
    ///
    /// - Parameter rows: As in the plan.
    init?(_ bytes: [UInt8], rows: Int?) {
        guard let rows else {
            guard bytes.count == 1, bytes[0] < 4 else { return nil }
            self = .decision(.init(isBest: bytes[0] & 1 != 0, goesOn: bytes[0] & 2 != 0))
            return
        }
        guard bytes.count == (rows + 3) / 4 else { return nil }
        var parts: [RowPart] = []
        for place in 0..<4 * bytes.count {
            let bits = bytes[place / 4] >> UInt8(6 - 2 * (place % 4)) & 3
            if place >= rows {
                guard bits == 0 else { return nil }
            } else {
                guard let part = RowPart(rawValue: bits) else { return nil }
                parts.append(part)
            }
        }
        self = .split(parts)
    }
}
