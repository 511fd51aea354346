internal import Arithmetic
internal import Cryptography
internal import Paillier
internal import Shares
internal import Specification

/// A message of ciphertexts.
struct EncryptedMessage {
    let header: FrameHeader
    let sender: Party
    let conversion: Conversion
    /// How many.
    let ciphertexts: Int
    /// The name of its masks; its randomness has the same one with `/randomizer` behind it.
    let draw: String

    private var rows: Int { header.shape[0] }
    private var randomizer: String { draw + "/randomizer" }

    func frame<Cipher: AdditiveCipher>(_ ciphertexts: [Cipher.Ciphertext], under cipher: Cipher) -> Frame {
        Frame(header: header, payload: cipher.encode(ciphertexts))
    }

    /// Draws what hides a masked product in this message.
    ///
    /// - Throws: `RandomError` where it was drawn before.
    func noise<Cipher: AdditiveCipher>(under cipher: Cipher, random: any RandomSource) throws -> Cipher.Noise {
        conversion.noise(rows: rows, under: cipher, from: try random.stream(randomizer))
    }

    /// Draws what hides the sender's own numbers in this message.
    ///
    /// - Throws: `RandomError` where it was drawn before.
    func noise<Key: AdditiveKey>(with key: Key, random: any RandomSource) throws -> Key.Cipher.Noise {
        conversion.noise(rows: rows, with: key, from: try random.stream(randomizer))
    }

    /// The holder's side of a product, masked: the frame to be sent, and the holder's share.
    ///
    /// - Parameters:
    ///   - joined: In the `rows` layout.
    ///   - own: What the holder adds to the values.
    /// - Throws: `SharesError.maskBudgetSpent`, `PaillierError`, `RandomError`.
    func mask<Cipher: AdditiveCipher>(
        _ joined: [Cipher.Ciphertext], adding own: Matrix<Integer>? = nil, under cipher: Cipher, noise: Cipher.Noise,
        random: any RandomSource, spending budget: inout MaskBudget
    ) throws -> (frame: Frame, share: Matrix<Integer>) {
        let (hidden, share) = try conversion.mask(
            joined, adding: own, rows: rows, under: cipher, masks: random.stream(draw), noise: noise, spending: &budget)
        return (frame(hidden, under: cipher), share)
    }

    /// The ciphertexts of a frame that a peer says is this message; in the `row` layout, one row for each row of the matrix.
    ///
    /// - Throws: `ProtocolViolation`, ``EmbedMatMulError/invalidCiphertext(of:step:_:)``.
    func operand<Cipher: AdditiveCipher>(
        _ frame: Frame, from peer: Party, under cipher: Cipher
    ) throws -> Matrix<Cipher.Ciphertext> {
        Matrix(
            rows: rows, columns: ciphertexts / rows, elements: try decode(frame, from: peer, under: cipher))
    }

    /// The key owner's share of the product in a frame that a peer says is this message.
    ///
    /// - Throws: `ProtocolViolation`, ``EmbedMatMulError/invalidCiphertext(of:step:_:)``, `SharesError.maskBudgetSpent`.
    func open<Key: AdditiveKey>(
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
            throw EmbedMatMulError.invalidCiphertext(of: peer, step: header.step, error)
        }
    }
}

/// Shares of a partner under its key, as they came, and as products use them while nothing refreshes them.
struct EncryptedCopy<Cipher: AdditiveCipher>: Sendable {
    let ciphertexts: Matrix<Cipher.Ciphertext>
    private var kept: Cipher.Operand?

    init(_ ciphertexts: Matrix<Cipher.Ciphertext>) { self.ciphertexts = ciphertexts }

    /// A training round ends with new copies; evaluation uses the same again and again.
    mutating func operand(under cipher: Cipher, in phase: EmbedMatMulPhase) -> Cipher.Operand {
        if let kept { return kept }
        let operand = cipher.operand(ciphertexts, isReused: phase == .evaluate)
        if phase == .evaluate { kept = operand }
        return operand
    }
}

/// A message of shares modulo 2^128: big-endian, row by row.
struct WideShareMessage {
    let header: FrameHeader
    let sender: Party

    func frame(_ share: Matrix<Int128>) -> Frame {
        var writer = CanonicalWriter()
        for element in share.elements { writer.integer(UInt128(bitPattern: element)) }
        return Frame(header: header, payload: writer.bytes)
    }

    /// The share in a frame that a peer says is this message.
    func share(_ frame: Frame, from peer: Party) throws(ProtocolViolation) -> Matrix<Int128> {
        try frame.require(header, of: sender, from: peer)
        var reader = CanonicalReader(frame.payload)
        var elements: [Int128] = []
        do {
            for _ in 0..<header.shape[0] * header.shape[1] {
                elements.append(Int128(bitPattern: try reader.integer()))
            }
            try reader.end()
        } catch { throw ProtocolViolation(header, from: peer, expected: "16 bytes a value", found: error.description) }
        return Matrix(rows: header.shape[0], columns: header.shape[1], elements: elements)
    }
}

extension Frame {
    /// Holds a frame to the message that must come now.
    fileprivate func require(
        _ expected: FrameHeader, of sender: Party, from peer: Party
    ) throws(ProtocolViolation) {
        guard peer == sender, header == expected else {
            throw ProtocolViolation(
                header, from: peer, expected: "\(expected.step) of \(sender) with the sizes agreed on",
                found: "\(header.step), shape \(header.shape)")
        }
    }
}
