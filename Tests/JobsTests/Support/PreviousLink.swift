import Coordination
import Link
import Specification

/// A link to a party whose program is of the previous version, as far as a coordinator can tell: its description says nothing of the
/// control plane and offers the earliest version of each protocol and no correlations, and what it does not know ends the link.
final class PreviousLink: Link {
    private let link: any Link

    init(_ link: any Link) { self.link = link }

    var peer: Party { link.peer }

    func send(_ message: [UInt8], _ wait: Wait) throws(LinkError) {
        switch try? ControlMessage(decoding: message) {
        case .describe, .reach, .propose, .start, .cancel: try link.send(message, wait)
        default:
            link.close()
            throw .closed(peer)
        }
    }

    func receive(_ wait: Wait) throws(LinkError) -> [UInt8] {
        let bytes = try link.receive(wait)
        guard case .description(var description) = try? ControlMessage(decoding: bytes) else { return bytes }
        description.control = nil
        let earliest = Dictionary(grouping: description.protocols, by: \.name).compactMapValues(\.first)
        description.protocols = description.protocols.filter { earliest[$0.name] == $0 && $0.name != "correlation" }
        return (try? ControlMessage.description(description).encoded) ?? []
    }

    func exportKey(label: String, count: Int) throws(LinkError) -> [UInt8] {
        try link.exportKey(label: label, count: count)
    }

    func abort(_ cause: AbortCause) { link.abort(cause) }
    func close() { link.close() }
    func whenEnded(_ observer: @escaping @Sendable (LinkError) -> Void) { link.whenEnded(observer) }
}
