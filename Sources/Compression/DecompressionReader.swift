/// Reads the content of a compressed stream block by block, without ever holding all of it.
public final class DecompressionReader {
    private let source: () throws -> [UInt8]
    private let decompressor: any Decompressor
    private var input: ArraySlice<UInt8> = []
    private var exhausted = false

    /// - Parameters:
    ///   - format: what the stream is compressed with.
    ///   - limit: the most content that the whole stream may have.
    ///   - source: gives the next piece of compressed bytes, an empty one at the end.
    /// - Throws: ``CompressionError/failed(code:)`` where the library lacks memory.
    public init(
        _ format: CompressionFormat = .zstandard, limit: Int, source: @escaping () throws -> [UInt8]
    ) throws {
        self.source = source
        decompressor =
            switch format {
            case .zstandard: try ZstandardDecompressor(limit: limit)
            case .gzip: try GzipDecompressor(limit: limit)
            }
    }

    /// The next block of content; empty at the end.
    ///
    /// - Throws: ``CompressionError``, or what the source throws.
    public func read() throws -> [UInt8] {
        var output: [UInt8] = []
        while output.isEmpty && !exhausted {
            if input.isEmpty { input = try source()[...] }
            if input.isEmpty {
                exhausted = true
                try decompressor.finish(into: &output)
            } else {
                input = input.dropFirst(try decompressor.decompress(input, into: &output))
            }
        }
        return output
    }
}
