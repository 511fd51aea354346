public import Cryptography

/// Why a message of the other role was refused. Cases hold numbers, never data.
public enum VoleError: Error, Equatable {
    /// The messages of one VOLE.
    public enum Message: String, Sendable {
        case receiverChoices = "the receiver's choices"
        case senderChoices = "the sender's choices"
        case products = "the products"
        case sums = "the sums"
    }

    /// A message has another length than the parameters give it.
    case length(of: Message, expected: Int, found: Int)
    /// A point in a message is not on the curve, not canonical or of small order; `fault` counts points from the message's start.
    case point(of: Message, fault: CryptographyError)
}

extension VoleError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .length(let message, let expected, let found):
            "\(message.rawValue) of a VOLE: expected \(expected) bytes, found \(found)"
        case .point(let message, let fault):
            "\(message.rawValue) of a VOLE: \(fault)"
        }
    }
}

extension VoleError {
    /// - Throws: ``length(of:expected:found:)`` unless a message has the right length.
    static func require(_ message: Message, _ bytes: [UInt8], count: Int) throws(VoleError) {
        guard bytes.count == count else { throw .length(of: message, expected: count, found: bytes.count) }
    }
}
