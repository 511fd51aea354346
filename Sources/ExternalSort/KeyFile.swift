internal import Scratch

/// A file of keys without a name: nobody else can open it, and it goes with this object, however the process ends.
final class KeyFile {
    private let file: TemporaryFile

    init(in folder: String) throws(ExternalSortError) {
        do { file = try TemporaryFile(in: folder) } catch { throw ExternalSortError(error) }
    }

    /// Writes keys from the place of the key `start` on.
    func write(_ keys: [PlacedKey], at start: Int) throws(ExternalSortError) {
        let problem = keys.withUnsafeBytes { bytes in
            do throws(ScratchError) {
                try file.write(bytes, at: start * MemoryLayout<PlacedKey>.stride)
                return ScratchError?.none
            } catch { return error }
        }
        if let problem { throw ExternalSortError(problem) }
    }

    /// Reads the keys of these places into the beginning of `keys`.
    func read(_ places: Range<Int>, into keys: UnsafeMutableBufferPointer<PlacedKey>) throws(ExternalSortError) {
        precondition(places.count <= keys.count, "room for what is read")
        let stride = MemoryLayout<PlacedKey>.stride
        let bytes = UnsafeMutableRawBufferPointer(
            rebasing: UnsafeMutableRawBufferPointer(keys)[..<(places.count * stride)])
        do { try file.read(into: bytes, at: places.lowerBound * stride) } catch { throw ExternalSortError(error) }
    }
}

extension ExternalSortError {
    init(_ error: ScratchError) {
        switch error {
        case .file(let folder, let problem): self = .file(folder: folder, problem: problem)
        case .full(let folder, _, _): self = .file(folder: folder, problem: "\(error)")
        }
    }
}
