internal import Compression
internal import Glibc

/// The content of a file, block by block, decompressed where its first bytes say zstd or gzip.
final class FileSource {
    /// How much is asked of the operating system at once.
    private static let blockSize = 1 << 18

    private let path: String
    private let descriptor: Int32
    private var first: [UInt8]?
    private var decompression: DecompressionReader?

    /// - Parameter limit: the most content that a compressed file may have.
    init(path: String, limit: Int) throws(RowSourceError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure(path) }
        self.path = path
        self.descriptor = descriptor
        let first = try readBlock()
        self.first = first
        guard let format = CompressionFormat(firstBytes: first) else { return }
        try decompressing { () throws in
            // The reader belongs to this object and must not keep it alive.
            decompression = try DecompressionReader(format, limit: limit) { [unowned self] in try plainBlock() }
        }
    }

    deinit { close(descriptor) }

    /// The next block of content; empty at the end.
    func next() throws(RowSourceError) -> [UInt8] {
        guard let decompression else { return try plainBlock() }
        return try decompressing { () throws in try decompression.read() }
    }

    /// Names the file in errors of decompression; those of reading name it already.
    private func decompressing<Result>(_ body: () throws -> Result) throws(RowSourceError) -> Result {
        do { return try body() } catch let error as RowSourceError {
            throw error
        } catch let error as CompressionError {
            throw .compressed(file: path, error)
        } catch {
            throw .cannotRead(source: path, reason: "\(error)")
        }
    }

    private func plainBlock() throws(RowSourceError) -> [UInt8] {
        guard let first else { return try readBlock() }
        self.first = nil
        return first
    }

    private func readBlock() throws(RowSourceError) -> [UInt8] {
        var problem: RowSourceError?
        // The operating system writes into the array's own memory.
        let block = [UInt8](unsafeUninitializedCapacity: Self.blockSize) { buffer, count in
            while true {
                let got = read(descriptor, buffer.baseAddress, Self.blockSize)
                if got < 0 && errno == EINTR { continue }
                if got < 0 { problem = Self.failure(path) }
                count = max(got, 0)
                return
            }
        }
        if let problem { throw problem }
        return block
    }

    private static func failure(_ path: String) -> RowSourceError {
        .cannotRead(source: path, reason: String(cString: strerror(errno)))
    }
}
