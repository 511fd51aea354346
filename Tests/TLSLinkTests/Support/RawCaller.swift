import Cryptography
import Loopback
import Specification
import TLSLink

/// A partner with the right certificate that sends over TLS whatever a test wants.
final class RawCaller {
    private let socket: Socket
    private var engine: TLSEngine

    init(_ organisation: Organisation, calling partner: Organisation, port: Int) throws {
        socket = try Socket(connectingTo: port)
        let context = try TLSContext(
            identity: organisation.identity, pins: [partner.party: [partner.identity.certificate]],
            expected: partner.party)
        engine = try TLSEngine(context: context, role: .client)
        while try engine.handshake() == nil {
            try flush()
            try take()
        }
        try flush()
    }

    func send(_ plaintext: [UInt8]) throws {
        try engine.write(plaintext[...])
        try flush()
    }

    /// Says `close_notify` and nothing else.
    func endTLS() throws {
        engine.close()
        try flush()
    }

    /// The next envelope other than a heartbeat; nil at the end.
    func receive(_ parser: inout EnvelopeParser) throws -> Envelope? {
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            switch try engine.read(into: &buffer) {
            case .bytes(let count):
                var rest = buffer[..<count]
                while let envelope = try parser.next(from: &rest) {
                    if envelope.kind != .heartbeat { return envelope }
                }
            case .needsCiphertext: try take()
            case .ended: return nil
            }
        }
    }

    private func take() throws {
        let bytes = try socket.receive()
        guard !bytes.isEmpty else { throw TLSFailure.disconnected }
        try bytes.withUnsafeBytes { try engine.receive($0) }
    }

    private func flush() throws { try socket.send(engine.pending()) }
}

extension TLSEngine {
    /// All bytes that wait for the network.
    mutating func pending() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: pendingCiphertext)
        let count = bytes.withUnsafeMutableBytes { takeCiphertext(into: $0) }
        return Array(bytes[..<count])
    }
}
