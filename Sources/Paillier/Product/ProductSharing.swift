/// Computes products elsewhere than in this process, as a party with several machines does.
///
/// The results are the very ciphertexts that ``PublicKey/product(variableTime:_:join:)`` would compute here: powers modulo n^2
/// and their products are elements of a group, however they are computed.
package protocol ProductSharing: Sendable {
    /// - Returns: The product; `nil` where it is done sooner here.
    /// - Throws: `PaillierError.cancelled`, `PaillierError.elsewhere(_:)`.
    func product(
        variableTime plain: Multipliers, _ operand: EncryptedOperand, join: RowJoin
    ) throws(PaillierError) -> [Ciphertext]?
}

/// Where the products of a thread are computed.
package enum SharedProducts {
    /// Of the calling thread; `nil`: here.
    @TaskLocal package static var current: (any ProductSharing)?

    /// Runs `body`, whose products are computed there.
    package static func run<Output, Failure: Error>(
        in sharing: (any ProductSharing)?, _ body: () throws(Failure) -> Output
    ) throws(Failure) -> Output {
        // `withValue` rethrows any error.
        try $current.withValue(sharing) { () -> Result<Output, Failure> in
            do throws(Failure) { return .success(try body()) } catch { return .failure(error) }
        }.get()
    }
}
