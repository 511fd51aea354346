internal import COpenSSL

/// A buffer for key material: fixed in size, never copied implicitly, wiped when the last reference goes.
///
/// Deliberately without `CustomStringConvertible`, `Codable` or `Sequence`: a secret must not reach a log or a file by accident.
/// `==` takes the same time wherever the first difference lies; only the lengths are compared openly.
public final class SecretBytes: @unchecked Sendable, Equatable {  // Written only while initialising and in deinit.
    // Not an Array: arrays are copied and reallocated behind one's back, and the copies are not wiped.
    private let storage: UnsafeMutableRawBufferPointer

    /// The number of bytes.
    public var count: Int { storage.count }

    /// `count` bytes that `fill` writes; zero before.
    package init<Failure: Error>(
        count: Int, fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        storage = .allocate(byteCount: count, alignment: 16)
        storage.initializeMemory(as: UInt8.self, repeating: 0)
        try fill(storage)
    }

    /// A copy of `bytes`; the caller's own copy stays where it is.
    public convenience init(copying bytes: [UInt8]) {
        self.init(count: bytes.count) { $0.copyBytes(from: bytes) }
    }

    deinit {
        OPENSSL_cleanse(storage.baseAddress, storage.count)
        storage.deallocate()
    }

    /// Lends the bytes to `body`, which must not let the pointer escape.
    package func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(storage))
    }

    public static func == (left: SecretBytes, right: SecretBytes) -> Bool {
        constantTimeEquals(UnsafeRawBufferPointer(left.storage), UnsafeRawBufferPointer(right.storage))
    }
}
