/// The state of decompressing one stream, fed piece by piece.
///
/// Each call gives at most ``blockSize`` bytes, so that a small input that expands a thousandfold is met by the limit
/// before it is met by memory.
protocol Decompressor: AnyObject {
    /// Decompresses from the beginning of `input` and appends to `output`; returns how many bytes of input it used.
    func decompress(_ input: ArraySlice<UInt8>, into output: inout [UInt8]) throws(CompressionError) -> Int

    /// Appends what the library still holds after the last input.
    ///
    /// - Throws: ``CompressionError/truncated`` where the stream does not end where a frame or member does.
    func finish(into output: inout [UInt8]) throws(CompressionError)
}

extension Decompressor {
    /// The most content that one call appends.
    static var blockSize: Int { 1 << 17 }
}
