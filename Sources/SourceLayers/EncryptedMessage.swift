package import Arithmetic
package import Paillier
package import Shares
package import Specification

/// A message of ciphertexts.
package struct EncryptedMessage: Sendable {
    let header: FrameHeader
    let sender: Party
    /// Bounds and layout of its values.
    package let conversion: Conversion
    /// How many.
    let ciphertexts: Int
    /// How many updates the weights have had that its values are of.
    let version: Int
    /// The name of its masks; its randomness has the same one with `/randomizer` behind it.
    let draw: String

    var rows: Int { header.shape[0] }
    var randomizer: String { draw + "/randomizer" }

    // MARK: - Sending

    /// The sender's own shares, freshly encrypted in the `row` layout.
    ///
    /// - Throws: `RandomError`, `PaillierError`.
    package func encrypt<Key: AdditiveKey>(
        _ share: Matrix<some RingElement>, with key: Key, drawing randomness: inout Randomness<Key.Cipher>
    ) throws -> Frame {
        try encrypt(share.lifted, with: key, drawing: &randomness)
    }

    /// The same for true integers within the bounds of the message's values.
    package func encrypt<Key: AdditiveKey>(
        _ values: Matrix<Integer>, with key: Key, drawing randomness: inout Randomness<Key.Cipher>
    ) throws -> Frame {
        let encrypted = try conversion.encrypt(values, with: key, noise: randomness.noise(self, with: key))
        return frame(encrypted.elements, under: key.cipher)
    }

    /// The holder's side of a product of its own numbers with ciphertexts, masked: the frame to be sent, and the holder's share.
    ///
    /// - Parameter own: What the holder adds to the values.
    /// - Throws: `SharesError.maskBudgetSpent`, `PaillierError`, `RandomError`.
    package func multiply<Cipher: AdditiveCipher>(
        _ multipliers: Multipliers, _ operand: Cipher.Operand, adding own: Matrix<Integer>? = nil, under cipher: Cipher,
        drawing randomness: inout Randomness<Cipher>, spending budget: inout MaskBudget
    ) throws -> (frame: Frame, share: Matrix<Integer>) {
        try mask(
            cipher.product(variableTime: multipliers, operand, join: conversion.join), adding: own, under: cipher,
            drawing: &randomness, spending: &budget)
    }

    /// The same for a product, or a sum of some, that was computed already.
    ///
    /// - Parameter joined: In the `rows` layout.
    package func mask<Cipher: AdditiveCipher>(
        _ joined: [Cipher.Ciphertext], adding own: Matrix<Integer>? = nil, under cipher: Cipher,
        drawing randomness: inout Randomness<Cipher>, spending budget: inout MaskBudget
    ) throws -> (frame: Frame, share: Matrix<Integer>) {
        let (hidden, share) = try conversion.mask(
            joined, adding: own, rows: rows, under: cipher, masks: randomness.masks(self),
            noise: randomness.noise(self, under: cipher), spending: &budget)
        return (frame(hidden, under: cipher), share)
    }

    private func frame<Cipher: AdditiveCipher>(
        _ ciphertexts: [Cipher.Ciphertext], under cipher: Cipher
    ) -> Frame {
        Frame(header: header, payload: cipher.encode(ciphertexts))
    }

    // MARK: - Receiving

    /// The ciphertexts of a frame that a peer says is this message; in the `row` layout, one row for each row of the matrix.
    ///
    /// - Throws: `ProtocolViolation`, ``SourceLayerError/invalidCiphertext(of:step:_:)``, `PaillierError.cancelled`.
    package func operand<Cipher: AdditiveCipher>(
        _ frame: Frame, from peer: Party, under cipher: Cipher
    ) throws -> Matrix<Cipher.Ciphertext> {
        Matrix(rows: rows, columns: ciphertexts / rows, elements: try decode(frame, from: peer, under: cipher))
    }

    /// The same as a copy of the sender's shares, to be kept for products.
    ///
    /// - Throws: as ``operand(_:from:under:)`` does.
    package func copy<Cipher: AdditiveCipher>(
        _ frame: Frame, from peer: Party, under cipher: Cipher
    ) throws -> EncryptedCopy<Cipher> {
        EncryptedCopy(try operand(frame, from: peer, under: cipher), of: sender, version: version)
    }

    /// The key owner's share of the product in a frame that a peer says is this message.
    ///
    /// - Throws: `ProtocolViolation`, ``SourceLayerError/invalidCiphertext(of:step:_:)``, `SharesError.maskBudgetSpent`,
    ///   `PaillierError.cancelled`.
    package func open<Key: AdditiveKey>(
        _ frame: Frame, from peer: Party, with key: Key, spending budget: inout MaskBudget
    ) throws -> Matrix<Integer> {
        let hidden = try decode(frame, from: peer, under: key.cipher)
        do {
            return try conversion.open(hidden, rows: rows, with: key, spending: &budget)
        } catch SharesError.plaintextOutsideSlots {
            // Nothing about the plaintext: who decrypts must not become an oracle.
            throw ProtocolViolation(
                header, from: peer, expected: "values within their slots", found: "a value outside")
        }
    }

    private func decode<Cipher: AdditiveCipher>(
        _ frame: Frame, from peer: Party, under cipher: Cipher
    ) throws -> [Cipher.Ciphertext] {
        try frame.require(header, of: sender, from: peer)
        do { return try cipher.decode(frame.payload, count: ciphertexts) } catch {
            // Who gives a job up in the middle of reading a frame has nothing to say against its sender.
            if error == .cancelled { throw error }
            throw SourceLayerError.invalidCiphertext(of: peer, step: header.step, error)
        }
    }
}

/// Shares of a partner under its key, as they came, and as products use them while nothing refreshes them.
package struct EncryptedCopy<Cipher: AdditiveCipher>: Sendable {
    private let ciphertexts: Matrix<Cipher.Ciphertext>
    private let party: Party
    /// How many updates the shares had had when they were sent.
    private let version: Int
    private var kept: Cipher.Operand?

    init(_ ciphertexts: Matrix<Cipher.Ciphertext>, of party: Party, version: Int) {
        self.ciphertexts = ciphertexts
        self.party = party
        self.version = version
    }

    /// Rows of `lower` below these; of one version.
    package func stacked(on lower: EncryptedCopy?) -> EncryptedCopy {
        guard let lower else { return self }
        let (above, below) = (ciphertexts, lower.ciphertexts)
        precondition(above.columns == below.columns && version == lower.version, "copies of one width and version")
        let both = Matrix(
            rows: above.rows + below.rows, columns: above.columns, elements: above.elements + below.elements)
        return EncryptedCopy(both, of: party, version: version)
    }

    /// What a product takes.
    ///
    /// - Parameters:
    ///   - version: Updates that the other share has had: one version's share with another's copy would give a number, and it would
    ///     be of no weights at all.
    ///   - isReused: Whether later products use it, too: a training round ends with new copies, evaluation uses the same again and
    ///     again.
    /// - Throws: ``SourceLayerError/weightVersion(of:expected:found:)``.
    package mutating func operand(
        of version: Int, under cipher: Cipher, isReused: Bool
    ) throws(SourceLayerError) -> Cipher.Operand {
        guard version == self.version else {
            throw .weightVersion(of: party, expected: version, found: self.version)
        }
        if let kept { return kept }
        let operand = cipher.operand(ciphertexts, isReused: isReused)
        if isReused { kept = operand }
        return operand
    }
}
