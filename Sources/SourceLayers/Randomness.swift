package import Cryptography
package import Paillier

/// What a party draws for its messages: masks as it goes, and noise that may be drawn, and made on idle cores, before it is used.
///
/// A draw's name is good once, so what is foreseen is what the round will use; a round that was not foreseen draws as it goes.
package struct Randomness<Cipher: AdditiveCipher>: Sendable {
    private let source: any RandomSource
    /// By the message's draw.
    private var noises: [String: Cipher.Noise] = [:]

    /// - Parameter source: The party's own.
    package init(_ source: any RandomSource) { self.source = source }

    /// Draws what hides masked products under a partner's key and lets idle cores make it.
    ///
    /// - Throws: `RandomError` where it was drawn before, as all methods do.
    package mutating func foresee(_ messages: [EncryptedMessage], under cipher: Cipher) throws(RandomError) {
        for message in messages { keep(try draw(message, under: cipher), for: message) }
    }

    /// Draws what hides the party's own numbers and lets idle cores make it.
    package mutating func foresee<Key: AdditiveKey>(
        _ messages: [EncryptedMessage], with key: Key
    ) throws(RandomError) where Key.Cipher == Cipher {
        for message in messages { keep(try draw(message, with: key), for: message) }
    }

    /// The masks of a product.
    func masks(_ message: EncryptedMessage) throws(RandomError) -> RandomStream { try source.stream(message.draw) }

    /// What hides a masked product: what was foreseen, once, or drawn now.
    mutating func noise(_ message: EncryptedMessage, under cipher: Cipher) throws(RandomError) -> Cipher.Noise {
        if let noise = noises.removeValue(forKey: message.draw) { return noise }
        return try draw(message, under: cipher)
    }

    /// What hides the party's own numbers: what was foreseen, once, or drawn now.
    mutating func noise<Key: AdditiveKey>(
        _ message: EncryptedMessage, with key: Key
    ) throws(RandomError) -> Cipher.Noise where Key.Cipher == Cipher {
        if let noise = noises.removeValue(forKey: message.draw) { return noise }
        return try draw(message, with: key)
    }

    private func draw(_ message: EncryptedMessage, under cipher: Cipher) throws(RandomError) -> Cipher.Noise {
        message.conversion.noise(rows: message.rows, under: cipher, from: try source.stream(message.randomizer))
    }

    private func draw<Key: AdditiveKey>(
        _ message: EncryptedMessage, with key: Key
    ) throws(RandomError) -> Cipher.Noise where Key.Cipher == Cipher {
        message.conversion.noise(rows: message.rows, with: key, from: try source.stream(message.randomizer))
    }

    private mutating func keep(_ noise: Cipher.Noise, for message: EncryptedMessage) {
        noise.makeAhead()
        noises[message.draw] = noise
    }
}
