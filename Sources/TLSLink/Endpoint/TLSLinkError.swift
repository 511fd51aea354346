internal import Glibc
public import Link
public import Specification

/// Why an endpoint cannot listen, connect or accept. Cases hold names, addresses and numbers, never data.
public enum TLSLinkError: Error, Equatable, Sendable {
    /// The own certificate is not made out to this party.
    case foreignIdentity(Party)
    /// A purpose is 1 to 128 visible ASCII characters; this one has so many bytes.
    case invalidPurpose(length: Int)
    /// No certificate is pinned for this party.
    case notPinned(Party)
    /// Another program listens at this address.
    case portInUse(Address)
    /// The operating system does not let this program listen at this address; `code` is its errno.
    case cannotListen(Address, code: Int32)
    /// No TCP connection to the party came about; `code` is the operating system's errno, if it gave one.
    case unreachable(Party, Address, code: Int32?)
    /// TCP connected, but the two ends did not authenticate each other.
    case insecure(Party, Address, TLSFailure)
    /// Both ends are authenticated, but the other does not open a link for this purpose.
    case refused(Party, Address, purpose: String, Refusal)
    /// The party did not call for this purpose in time.
    case notCalled(Party, purpose: String, Wait)
    /// The endpoint has been stopped.
    case stopped
}

extension TLSLinkError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .foreignIdentity(let party):
            "this party's own certificate does not name \(party)"
        case .invalidPurpose(let length):
            "a purpose has 1 to 128 visible ASCII characters (this one has \(length) bytes)"
        case .notPinned(let party):
            "no certificate is pinned for \(party)"
        case .portInUse(let address):
            "cannot listen at \(address): another program uses this port"
        case .cannotListen(let address, let code):
            "cannot listen at \(address): \(Self.text(code))"
        case .unreachable(let party, let address, let code?):
            "cannot reach \(party) at \(address): \(Self.text(code))"
        case .unreachable(let party, let address, nil):
            "cannot reach \(party) at \(address): no answer, or no such host"
        case .insecure(let party, let address, let failure):
            "reached \(address), but not as \(party): \(failure)"
        case .refused(let party, let address, let purpose, let refusal):
            "\(party) at \(address) does not take part in '\(purpose)': \(refusal)"
        case .notCalled(let party, let purpose, let wait):
            "\(party) did not connect for '\(purpose)' within \(wait.seconds) s: \(wait.name)"
        case .stopped:
            "the endpoint has been stopped"
        }
    }

    private static func text(_ code: Int32) -> String { String(cString: strerror(code)) }
}

extension Refusal: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notReady: "nobody there waits for it"
        case .busy: "too many connections of this party wait there already"
        case .stopping: "its program is stopping"
        case .otherVersion(let version):
            "it speaks version \(version) of the link's format, this is \(Envelope.version)"
        }
    }
}

/// An incoming connection that did not become one of a partner's.
public struct Rejection: Equatable, Sendable, CustomStringConvertible {
    /// Where it came from.
    public let address: String
    public let failure: TLSFailure

    public var description: String { "rejected a connection from \(address): \(failure)" }
}
