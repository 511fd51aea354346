/// Bytes that were written once, one behind the other, and are read from any place: in memory where they are few, else in a file
/// without a name.
package final class Spool: Sendable {
    private let memory: [UInt8]
    private let file: TemporaryFile?
    /// How many bytes there are.
    package let count: Int

    fileprivate init(_ memory: [UInt8], _ file: TemporaryFile?, count: Int) {
        (self.memory, self.file, self.count) = (memory, file, count)
    }

    /// Whether they lie in a file.
    package var isOnDisk: Bool { file != nil }

    /// Fills `bytes` with what lies from a place on.
    /// - Throws: ``ScratchError``.
    package func read(into bytes: UnsafeMutableRawBufferPointer, at place: Int) throws(ScratchError) {
        precondition(place >= 0 && bytes.count <= count - place, "bytes that were written")
        guard let file else {
            memory.withUnsafeBytes { bytes.copyMemory(from: .init(rebasing: $0[place..<place + bytes.count])) }
            return
        }
        try file.read(into: bytes, at: place)
    }

    /// The numbers from a place on.
    /// - Throws: ``ScratchError``.
    package func numbers<Number: BitwiseCopyable>(
        _ count: Int, at place: Int, as type: Number.Type = Number.self
    ) throws(ScratchError) -> [Number] {
        var problem: ScratchError?
        let numbers = [Number](unsafeUninitializedCapacity: count) { buffer, filled in
            let bytes = UnsafeMutableRawBufferPointer(
                rebasing: UnsafeMutableRawBufferPointer(buffer).prefix(
                    count * MemoryLayout<Number>.stride))
            do throws(ScratchError) {
                try read(into: bytes, at: place)
                filled = count
            } catch { problem = error }
        }
        if let problem { throw problem }
        return numbers
    }
}

/// Writes a ``Spool``.
package struct SpoolWriter: ~Copyable {
    /// What is gathered before it goes to the file.
    private static let pieceSize = 1 << 20

    private let folder: String
    private let limit: Int
    private var buffer: [UInt8] = []
    private var file: TemporaryFile?
    /// Bytes in the file.
    private var written = 0

    /// How many bytes there will be at least, as far as can be told: looked at before the first of them goes to the disk.
    package var expected = 0

    /// - Parameter share: Bytes that stay in memory, instead of the space's usual share.
    package init(in space: WorkingSpace, share: Int? = nil) {
        (folder, limit) = (space.folder, share ?? space.share)
    }

    /// How many bytes were appended.
    package var count: Int { written + buffer.count }

    /// Appends bytes.
    /// - Returns: Their place.
    /// - Throws: ``ScratchError``.
    @discardableResult
    package mutating func append(_ bytes: UnsafeRawBufferPointer) throws(ScratchError) -> Int {
        let place = count
        buffer.append(contentsOf: bytes)
        if buffer.count > (file == nil ? limit : Self.pieceSize) { try flush() }
        return place
    }

    /// Appends numbers.
    /// - Returns: Their place.
    /// - Throws: ``ScratchError``.
    @discardableResult
    package mutating func append<Number: BitwiseCopyable>(_ numbers: [Number]) throws(ScratchError) -> Int {
        let place = count
        numbers.withUnsafeBytes { buffer.append(contentsOf: $0) }
        if buffer.count > (file == nil ? limit : Self.pieceSize) { try flush() }
        return place
    }

    private mutating func flush() throws(ScratchError) {
        let open: TemporaryFile
        if let file {
            open = file
        } else {
            open = try TemporaryFile(in: folder, makesFolder: true)
            try open.requireFree(max(expected, count))
            file = open
        }
        var problem: ScratchError?
        let place = written
        buffer.withUnsafeBytes { bytes in
            do throws(ScratchError) { try open.write(bytes, at: place) } catch { problem = error }
        }
        if let problem { throw problem }
        written += buffer.count
        // What was kept for a whole share is not needed any more.
        if buffer.capacity > 2 * Self.pieceSize { buffer = [] } else { buffer.removeAll(keepingCapacity: true) }
    }

    /// All that was appended.
    /// - Throws: ``ScratchError``.
    package consuming func finish() throws(ScratchError) -> Spool {
        if file != nil {
            if !buffer.isEmpty { try flush() }
            buffer = []
        }
        return Spool(buffer, file, count: count)
    }
}
