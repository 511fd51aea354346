import CZlib

/// Decompresses gzip (RFC 1952): members one behind the other, as `cat a.gz b.gz` or parallel compressors write them.
final class GzipDecompressor: Decompressor {
    /// On the heap, because zlib remembers where its stream lies.
    private let stream: UnsafeMutablePointer<z_stream>
    private let limit: Int
    private var produced = 0
    /// Between members, where the stream may end; at its beginning it may not.
    private var atMemberEnd = false
    private var mayHoldMore = false

    init(limit: Int) throws(CompressionError) {
        precondition(limit >= 0, "a limit is never negative")
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        self.limit = limit
        let status = colonnade_inflate_gzip(stream)
        guard status == Z_OK else { throw .failed(code: Int(status)) }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    func decompress(_ input: ArraySlice<UInt8>, into output: inout [UInt8]) throws(CompressionError) -> Int {
        if atMemberEnd && !input.isEmpty {
            let status = inflateReset(stream)
            guard status == Z_OK else { throw .failed(code: Int(status)) }
            atMemberEnd = false
        }
        // One byte above the limit is enough to see that the content is too long.
        let room = min(Self.blockSize, limit - produced + 1)
        let stream = self.stream
        var consumed = 0
        var status = Z_OK
        // C writes into the array's own memory and reads the input's; both outlive the call.
        let block = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
            // Lent to C for the call, which does not write to it.
            input.withUnsafeBufferPointer { source in
                let available = min(source.count, Int(UInt32.max))
                stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                stream.pointee.avail_in = UInt32(available)
                stream.pointee.next_out = buffer.baseAddress
                stream.pointee.avail_out = UInt32(room)
                status = inflate(stream, Z_NO_FLUSH)
                consumed = available - Int(stream.pointee.avail_in)
                count = room - Int(stream.pointee.avail_out)
                stream.pointee.next_in = nil
                stream.pointee.next_out = nil
            }
        }
        switch status {
        case Z_OK: break
        case Z_STREAM_END: atMemberEnd = true
        // Nothing to do for lack of input, which ``finish(into:)`` judges.
        case Z_BUF_ERROR: break
        case Z_DATA_ERROR, Z_NEED_DICT: throw .corrupt
        default: throw .failed(code: Int(status))
        }
        produced += block.count
        guard produced <= limit else { throw .tooLarge(limit: limit) }
        mayHoldMore = block.count == room
        output += block
        return consumed
    }

    func finish(into output: inout [UInt8]) throws(CompressionError) {
        while !atMemberEnd && mayHoldMore { _ = try decompress([], into: &output) }
        guard atMemberEnd else { throw .truncated }
    }
}
