import CZstd

/// Decompresses zstd (RFC 8878): frames one behind the other.
final class ZstandardDecompressor: Decompressor {
    private let context: OpaquePointer
    private let limit: Int
    private var produced = 0
    private var atFrameEnd = true
    private var mayHoldMore = false

    init(limit: Int) throws(CompressionError) {
        precondition(limit >= 0, "a limit is never negative")
        guard let context = ZSTD_createDCtx() else { throw .failed(code: Int(ZSTD_error_memory_allocation.rawValue)) }
        self.context = context
        self.limit = limit
    }

    deinit { ZSTD_freeDCtx(context) }

    func decompress(_ input: ArraySlice<UInt8>, into output: inout [UInt8]) throws(CompressionError) -> Int {
        // One byte above the limit is enough to see that the content is too long.
        let room = min(Self.blockSize, limit - produced + 1)
        let context = self.context
        var consumed = 0
        var status = 0
        // C writes into the array's own memory and reads the input's; both outlive the call.
        let block = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
            // Lent to C for the call.
            input.withUnsafeBytes { source in
                var from = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
                var to = ZSTD_outBuffer(dst: buffer.baseAddress, size: room, pos: 0)
                status = ZSTD_decompressStream(context, &to, &from)
                consumed = from.pos
                count = to.pos
            }
        }
        try Zstandard.check(status)
        produced += block.count
        guard produced <= limit else { throw .tooLarge(limit: limit) }
        atFrameEnd = status == 0
        mayHoldMore = block.count == room
        output += block
        return consumed
    }

    func finish(into output: inout [UInt8]) throws(CompressionError) {
        while !atFrameEnd && mayHoldMore { _ = try decompress([], into: &output) }
        guard atFrameEnd else { throw .truncated }
    }
}
