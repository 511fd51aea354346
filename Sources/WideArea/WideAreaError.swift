/// Why a text describes no network. Cases hold the part that is wrong, as a person wrote it.
public enum WideAreaError: Error, Equatable, Sendable {
    case notTwoParts(String)
    case notABandwidth(String)
    case notATime(String)
    case bandwidthOutOfRange(String)
    case timeOutOfRange(String)
}

extension WideAreaError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notTwoParts(let text):
            "'\(text)': a bandwidth and a round-trip time are expected, as in 300mbit,20ms"
        case .notABandwidth(let text):
            "bandwidth '\(text)': a number and kbit, mbit or gbit are expected, as in 300mbit"
        case .notATime(let text):
            "round-trip time '\(text)': a number and ms or s are expected, as in 20ms"
        case .bandwidthOutOfRange(let text):
            "bandwidth '\(text)': from 1kbit to 100gbit is allowed"
        case .timeOutOfRange(let text):
            "round-trip time '\(text)': at most 10s is allowed"
        }
    }
}
