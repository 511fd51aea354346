public import Specification

/// What one session moved: frames and bytes with each peer, rounds of each phase. Sizes on the wire without what TLS adds.
public struct Traffic: Hashable, Sendable {
    /// Frames of one direction, and their encoded bytes: headers and payloads.
    public struct Count: Hashable, Sendable {
        public var frames: Int
        public var bytes: Int

        public init(frames: Int = 0, bytes: Int = 0) {
            self.frames = frames
            self.bytes = bytes
        }

        mutating func add(_ message: [UInt8]) {
            frames += 1
            bytes += message.count
        }
    }

    public internal(set) var sent: [Party: Count] = [:]
    public internal(set) var received: [Party: Count] = [:]
    /// Payload bytes sent, by kind.
    public internal(set) var sentPayload: [Kind: Int] = [:]
    /// Rounds begun, by phase.
    public internal(set) var rounds: [String: Int] = [:]
}

/// Which round a session is in, for whoever watches.
public struct Progress: Hashable, Sendable {
    public let protocolName: String
    public let phase: String
    /// From 0.
    public let round: Int
    /// Rounds of this phase in the whole session.
    public let rounds: Int
}

/// Who keeps the record of what a party sends and takes: its transcript.
public protocol FrameRecorder: AnyObject {
    /// A protocol begins.
    func record(_ plan: SessionPlan) throws
    /// A frame is about to be sent, or was taken.
    func record(_ frame: Frame, isOutgoing: Bool, peer: Party) throws
}
