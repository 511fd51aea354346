package import Specification

/// All frames of one step that one party sent to the attacker: what attacks are tried on.
package struct FrameKind: Hashable, Sendable, Comparable {
    package let protocolName: String
    package let step: String
    package let sender: Party
    package let kind: Kind
    package let shape: ShapeClass
    /// What it carries, in the specification's words.
    package let carries: String

    package static func < (left: Self, right: Self) -> Bool {
        (left.protocolName, left.step, left.sender.name) < (right.protocolName, right.step, right.sender.name)
    }
}
