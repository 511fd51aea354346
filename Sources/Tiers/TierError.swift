internal import Glibc

/// Why memory, or a file below it, cannot be had or fails. Holds folders, places and numbers, never what is stored.
public enum TierError: Error, Equatable {
    /// A file of pages cannot be made (`offset` nil), or a place in it cannot be read or written.
    case file(folder: String, action: String, offset: Int?, code: Int32)
    /// Less is free on the disk than the file needs, in bytes.
    case full(folder: String, needed: Int, free: Int)
    /// The system does not give so many bytes of memory.
    case memory(bytes: Int, code: Int32)
    /// The system does not start another thread.
    case thread(code: Int32)
    /// A tier has fewer free pages than are asked for.
    case pages(tier: String, needed: Int, free: Int)
    /// What is to stay in memory takes more bytes than it may.
    case budget(needed: Int, allowed: Int)
    /// An operation uses more bytes at once than there is memory; the number is its place in the trace.
    case operation(Int, needed: Int, capacity: Int)
}

extension TierError: CustomStringConvertible {
    /// What failed and what to do, for people.
    public var description: String {
        switch self {
        case .file(let folder, let action, let offset, let code):
            "a file of pages in \(folder) cannot be \(action)\(offset.map { " at byte \($0)" } ?? ""): "
                + "\(Self.text(code)); see to that disk, or name another folder"
        case .full(let folder, let needed, let free):
            "\(folder): pages that do not fit into memory need \(needed) bytes on this disk, where \(free) are free; "
                + "free some, name a folder on another disk, or give more memory"
        case .memory(let bytes, let code):
            "\(bytes) bytes of memory cannot be had: \(Self.text(code)); set a smaller budget, or raise the limit on "
                + "address space (ulimit -v)"
        case .thread(let code):
            "a thread for reading and writing pages cannot be started: \(Self.text(code)); end other programs, or raise "
                + "the limit on threads (ulimit -u)"
        case .pages(let tier, let needed, let free):
            "\(tier) has \(free) free pages, and \(needed) are needed; give this tier more bytes"
        case .budget(let needed, let allowed):
            "what is to stay in memory takes \(needed) bytes, and \(allowed) are allowed; allow more, or plan more of it for the disk"
        case .operation(let number, let needed, let capacity):
            "operation \(number) uses \(needed) bytes at once, and memory holds \(capacity); give it more, or split the operation"
        }
    }

    private static func text(_ code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 128)
        _ = strerror_r(code, &buffer, buffer.count)
        return buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }
}
