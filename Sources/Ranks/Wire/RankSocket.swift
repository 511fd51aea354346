internal import Glibc

/// A connected Unix socket that carries frames; used by one thread at a time.
final class RankSocket: Sendable {
    /// A stream that other programs do not inherit.
    static var type: Int32 { Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue) }

    let descriptor: Int32

    /// - Parameter descriptor: Closed at the end.
    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Connects to the socket at a path.
    static func connect(_ path: String) throws(RankError) -> RankSocket {
        let socket = RankSocket(try open())
        let status = try withAddress(path) { Glibc.connect(socket.descriptor, $0, $1) }
        guard status == 0 else { throw .connection("\(path): \(problem)") }
        return socket
    }

    /// Listens at a path.
    /// - Returns: The descriptor.
    static func listen(_ path: String) throws(RankError) -> Int32 {
        let descriptor = try open()
        let status = try withAddress(path) { bind(descriptor, $0, $1) }
        guard status == 0, Glibc.listen(descriptor, 4) == 0 else {
            let text = problem
            close(descriptor)
            throw .launch("\(path): \(text)")
        }
        return descriptor
    }

    private static func open() throws(RankError) -> Int32 {
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw .connection("socket: \(problem)") }
        return descriptor
    }

    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws(RankError) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count < room else {
            throw .launch(
                "\(path): longer than the \(room - 1) bytes of a socket's path; name a shorter folder in TMPDIR")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    static var problem: String { String(cString: strerror(errno)) }

    /// Waits until something is there to read, or the other side has closed.
    /// - Returns: Whether it came within the time; nil waits for ever.
    func waitForInput(seconds: Double? = nil, _ events: Int32 = POLLIN) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        while true {
            let status = poll(&entry, 1, seconds.map { Int32($0 * 1000) } ?? -1)
            if status >= 0 || errno != EINTR { return status > 0 }
        }
    }

    func write(_ frame: RankFrame) throws(RankError) {
        try write(frame.header + frame.kind.utf8)
        try write(frame.payload)
    }

    private func write(_ bytes: [UInt8]) throws(RankError) {
        var start = 0
        while start < bytes.count {
            let written = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress.map { $0 + start }, bytes.count - start, Int32(MSG_NOSIGNAL))
            }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { throw .connection(Self.problem) }
            start += written
        }
    }

    /// The next frame; nil where the other side has closed.
    /// - Parameter longest: The longest payload that is taken.
    func read(longest: Int = RankFrame.longestPayload) throws(RankError) -> RankFrame? {
        guard let header = try read(RankFrame.headerLength, orEnd: true) else { return nil }
        let lengths = try RankFrame.lengths(header, longest: longest)
        guard let kind = try read(lengths.kind), let payload = try read(lengths.payload) else { return nil }
        return RankFrame(kind: String(decoding: kind, as: UTF8.self), payload: payload)
    }

    private func read(_ count: Int, orEnd mayEnd: Bool = false) throws(RankError) -> [UInt8]? {
        var (found, code): (Int, Int32?) = (0, nil)
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, length in
            while found < count {
                let part = Glibc.read(descriptor, buffer.baseAddress.map { $0 + found }, count - found)
                if part < 0 && errno == EINTR { continue }
                if part < 0 { code = errno }
                guard part > 0 else { break }
                found += part
            }
            length = found
        }
        if found == count { return bytes }
        if found == 0 && mayEnd && (code == nil || code == ECONNRESET) { return nil }
        throw .connection(code.map { String(cString: strerror($0)) } ?? "it ended in the middle of a frame")
    }
}
