import Synchronization

/// How many homomorphic operations were done with one key.
public struct OperationCounts: Equatable, Sendable {
    /// Fresh encryptions.
    public var encrypted = 0
    /// Decryptions.
    public var decrypted = 0
    /// Products of a ciphertext and a plaintext, zeros included.
    public var multiplied = 0
    /// Sums of two ciphertexts, or of a ciphertext and a plaintext.
    public var added = 0
    /// Re-randomisations.
    public var rerandomized = 0

    /// Nothing done.
    public init() {}
}

/// Counts operations; may be used from several threads.
public final class OperationCounter: Sendable {
    private let state = Mutex(OperationCounts())

    /// What was counted so far.
    public var counts: OperationCounts { state.withLock { $0 } }

    func count(_ add: (inout OperationCounts) -> Void) {
        state.withLock { add(&$0) }
    }
}
