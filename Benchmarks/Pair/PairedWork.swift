import Link
import Specification

/// The two ends of what a pair of processes does.
enum Seat: String, Codable, CaseIterable, CodingKeyRepresentable {
    case label, feature

    var party: Party { get throws { try Party(rawValue) } }
    var other: Seat { self == .label ? .feature : .label }
}

/// What two parties do together to be measured, each in a process of its own: all that both are told.
protocol PairedWork: Codable {
    /// What one party measured.
    associatedtype Result: Codable

    /// The hidden command of this program that does one party's part.
    static var command: String { get }

    /// Does one party's part.
    ///
    /// - Parameter connect: Gives the link to the other party; what comes before is preparation, for which the other one waits.
    func run(as seat: Seat, connect: () throws -> any Link) throws -> Result
}
