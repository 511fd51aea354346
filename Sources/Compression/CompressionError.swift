/// What can go wrong with compressed bytes. Cases hold numbers, never data.
public enum CompressionError: Error, Equatable {
    /// The bytes are not of the format, were damaged, or fail their checksum.
    case corrupt
    /// The bytes end within a frame or member.
    case truncated
    /// The content is, or says that it is, longer than the reader allows.
    case tooLarge(limit: Int)
    /// zstd would need a window of more than 2^27 bytes.
    case windowTooLarge
    /// The library gave up for a reason of its own: its error code.
    case failed(code: Int)
}

extension CompressionError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .corrupt:
            "the compressed bytes are damaged"
        case .truncated:
            "the compressed bytes end too early"
        case .tooLarge(let limit):
            "the decompressed content is longer than the limit of \(limit) bytes"
        case .windowTooLarge:
            "decompression needs a window above 128 MiB; compress again without '--ultra --long' above 27"
        case .failed(let code):
            "the library for compressed files reports error \(code)"
        }
    }
}
