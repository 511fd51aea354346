public import Link
internal import Specification

/// Control messages over a link: what a coordinator and a party speak.
public struct ControlLink: Sendable {
    /// The connection: its peer has proved who it is.
    public let link: any Link

    /// Speaks over a link of purpose ``ControlMessage/purpose``.
    public init(_ link: any Link) { self.link = link }

    /// Sends one message.
    /// - Throws: ``ControlError/lost(_:_:)`` with what happened to the link.
    public func send(_ message: ControlMessage) throws(ControlError) {
        do { try link.send(message.encoded) } catch let error as LinkError {
            throw .lost(link.peer, error.description)
        } catch {
            throw .malformed(link.peer, "\(error)")
        }
    }

    /// The next message.
    /// - Throws: ``ControlError/lost(_:_:)`` where none came in time, ``ControlError/malformed(_:_:)``,
    ///   ``ControlError/unknown(_:message:)``.
    public func receive(_ wait: Wait) throws(ControlError) -> ControlMessage {
        guard let message = try poll(wait) else { throw .lost(link.peer, "nothing came in time: \(wait)") }
        return message
    }

    /// The next message; `nil` where none came in time.
    public func poll(_ wait: Wait) throws(ControlError) -> ControlMessage? {
        let bytes: [UInt8]
        do { bytes = try link.receive(wait) } catch {
            if case .timedOut = error { return nil }
            throw .lost(link.peer, error.description)
        }
        do { return try ControlMessage(decoding: bytes) } catch let unknown as ControlMessage.Unknown {
            throw .unknown(link.peer, message: unknown.name)
        } catch {
            throw .malformed(link.peer, "a message that this version cannot read")
        }
    }
}
