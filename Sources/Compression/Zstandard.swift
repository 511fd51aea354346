import CZstd

/// Compression of byte blocks with zstd (RFC 8878).
public enum Zstandard {
    /// The four bytes that every frame begins with: content is told by them, not by a file's name.
    public static let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]

    /// One frame that holds `bytes`, its length and a checksum.
    ///
    /// - Parameter level: 1 (fast) to 19 (small).
    /// - Throws: ``CompressionError/failed(code:)`` where the library lacks memory.
    public static func compress(_ bytes: [UInt8], level: Int = 3) throws(CompressionError) -> [UInt8] {
        precondition((1...19).contains(level), "zstd has levels 1 to 19 without 'ultra'")
        guard let context = ZSTD_createCCtx() else { throw .failed(code: Int(ZSTD_error_memory_allocation.rawValue)) }
        defer { ZSTD_freeCCtx(context) }
        try check(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Int32(level)))
        try check(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1))
        var status = 0
        // C writes into the array's own memory; the count stays zero where it reports an error.
        let compressed = [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count)) { buffer, count in
            // Lent to C for the call.
            status = bytes.withUnsafeBytes { source in
                ZSTD_compress2(context, buffer.baseAddress, buffer.count, source.baseAddress, source.count)
            }
            count = ZSTD_isError(status) == 0 ? status : 0
        }
        try check(status)
        return compressed
    }

    /// The content of one or more frames.
    ///
    /// Memory grows with what comes out, never with what a header promises, and stops at `limit`.
    ///
    /// - Throws: ``CompressionError`` for anything but whole frames of at most `limit` bytes of content.
    public static func decompress(_ bytes: [UInt8], limit: Int) throws(CompressionError) -> [UInt8] {
        let decompressor = try ZstandardDecompressor(limit: limit)
        var content: [UInt8] = []
        var consumed = 0
        while consumed < bytes.count {
            consumed += try decompressor.decompress(bytes[consumed...], into: &content)
        }
        try decompressor.finish(into: &content)
        return content
    }

    /// - Throws: the typed form of a status that the library returned.
    static func check(_ status: Int) throws(CompressionError) {
        guard ZSTD_isError(status) != 0 else { return }
        switch ZSTD_getErrorCode(status) {
        case ZSTD_error_prefix_unknown, ZSTD_error_corruption_detected, ZSTD_error_checksum_wrong,
            ZSTD_error_version_unsupported, ZSTD_error_frameParameter_unsupported, ZSTD_error_dictionary_wrong:
            throw .corrupt
        case ZSTD_error_srcSize_wrong:
            throw .truncated
        case ZSTD_error_frameParameter_windowTooLarge:
            throw .windowTooLarge
        case let code:
            throw .failed(code: Int(code.rawValue))
        }
    }
}
