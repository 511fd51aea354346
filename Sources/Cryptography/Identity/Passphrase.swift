internal import COpenSSL
import Glibc

/// Passphrases of key files: where they are from, and how libcrypto gets them.
public enum Passphrase {
    /// The longest one, in bytes.
    public static let limit = 1024

    /// Reads one from a file that is closed to group and others: its first line.
    ///
    /// - Throws: ``CryptographyError/unexpectedContent(path:expected:)`` for an empty one.
    public static func read(path: String) throws(CryptographyError) -> SecretBytes {
        let content = try KeyFile.read(path, isPrivate: true)
        let count = content.withUnsafeBytes { $0.firstIndex { $0 == UInt8(ascii: "\n") } ?? $0.count }
        guard (1...limit).contains(count) else {
            throw .unexpectedContent(path: path, expected: "a passphrase of 1 to \(limit) bytes in its first line")
        }
        return SecretBytes(count: count) { buffer in
            content.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
    }

    /// Asks a person at the terminal, who does not see what is typed.
    ///
    /// - Parameter again: Whether it is asked for twice, as for a new one.
    /// - Returns: `nil` where there is no terminal, or the person gave none, or two different ones.
    public static func ask(_ prompt: String, again: Bool = false) -> SecretBytes? {
        defer { ERR_clear_error() }
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC)
        guard terminal >= 0 else { return nil }
        close(terminal)
        var typed: SecretBytes?
        _ = SecretBytes(count: limit + 1) { buffer in
            let text = buffer.assumingMemoryBound(to: CChar.self)
            guard EVP_read_pw_string_min(text.baseAddress, 1, Int32(limit), prompt, again ? 1 : 0) == 0 else { return }
            let count = text.firstIndex(of: 0) ?? 0
            guard count > 0 else { return }
            typed = SecretBytes(count: count) {
                $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count]))
            }
        }
        return typed
    }

    /// As libcrypto asks for one: -1 where there is none.
    static func give(_ buffer: UnsafeMutablePointer<CChar>?, _ size: Int32, _ secret: UnsafeMutableRawPointer?) -> Int32
    {
        guard let buffer, let secret else { return -1 }
        return Unmanaged<SecretBytes>.fromOpaque(secret).takeUnretainedValue().withUnsafeBytes { bytes in
            guard bytes.count <= size else { return -1 }
            UnsafeMutableRawPointer(buffer).copyMemory(
                from: bytes.baseAddress ?? UnsafeRawPointer(buffer), byteCount: bytes.count)
            return Int32(bytes.count)
        }
    }
}

/// Where the passphrase of a key file comes from, when one is needed.
public struct PassphraseSource: Sendable {
    private let find: @Sendable (String) throws(CryptographyError) -> SecretBytes?

    /// - Parameter find: Given the key's path; `nil` where there is none.
    public init(_ find: @escaping @Sendable (_ path: String) throws(CryptographyError) -> SecretBytes?) {
        self.find = find
    }

    /// For keys that are under none.
    public static let none = PassphraseSource { _ throws(CryptographyError) in nil }

    func passphrase(for path: String) throws(CryptographyError) -> SecretBytes? { try find(path) }
}
