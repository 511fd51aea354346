import Glibc

/// A plain TCP socket on loopback: what a stranger has.
package final class Socket: Sendable {
    package struct Failure: Error { package var code = errno }

    package let descriptor: Int32

    private init(_ descriptor: Int32) throws {
        guard descriptor >= 0 else { throw Failure() }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Connects to a port.
    package convenience init(connectingTo port: Int) throws {
        try self.init(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
        var address = Self.loopback(port)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure() }
    }

    /// Listens at a port that the operating system chooses, or at this one.
    package convenience init(listeningAt port: Int) throws {
        try self.init(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
        var address = Self.loopback(port)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0, listen(descriptor, 8) == 0 else { throw Failure() }
    }

    package var port: Int {
        get throws {
            var address = sockaddr_in()
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let result = withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
            }
            guard result == 0 else { throw Failure() }
            return Int(UInt16(bigEndian: address.sin_port))
        }
    }

    /// The next connection to a listening socket.
    package func accept() throws -> Socket { try Socket(Glibc.accept(descriptor, nil, nil)) }

    package func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure() }
            sent += count
        }
    }

    /// What has come, or comes next; empty at the end.
    package func receive() throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        guard count >= 0 else { throw Failure() }
        return Array(bytes[..<count])
    }

    /// Sends nothing more; the other end sees that when it has received everything.
    package func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Ends both directions; a thread that receives wakes.
    package func end() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    private static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        return address
    }
}
