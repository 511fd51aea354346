internal import Glibc

/// Why a proxy cannot do its work.
public enum WideAreaProxyError: Error, Equatable, Sendable {
    /// The operating system gives it no port of this machine; `code` is its errno, if it gave one.
    case cannotListen(code: Int32?)
}

extension WideAreaProxyError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .cannotListen(let code):
            "the emulated network cannot listen at 127.0.0.1: \(code.map { String(cString: strerror($0)) } ?? "no port is free")"
        }
    }
}
