internal import Cryptography
internal import Paillier
internal import Shares

/// Noise for the messages of rounds to come: drawn, and made on idle cores, before it is used. By the message's draw.
///
/// A draw's name is good once, so what is foreseen is what the round will use; a round that was not foreseen draws as it goes.
struct EmbedMatMulNoise<Cipher: AdditiveCipher> {
    private var noises: [String: Cipher.Noise] = [:]
    private let random: any RandomSource

    init(_ random: any RandomSource) { self.random = random }

    /// Draws what hides masked products under a partner's key and lets idle cores make it.
    mutating func foresee(_ messages: [EncryptedMessage], under cipher: Cipher) throws {
        for message in messages { keep(try message.noise(under: cipher, random: random), for: message) }
    }

    /// Draws what hides the party's own numbers and lets idle cores make it.
    mutating func foresee<Key: AdditiveKey>(_ messages: [EncryptedMessage], with key: Key) throws
    where Key.Cipher == Cipher {
        for message in messages { keep(try message.noise(with: key, random: random), for: message) }
    }

    /// What hides a masked product: what was foreseen, once, or drawn now.
    mutating func take(_ message: EncryptedMessage, under cipher: Cipher) throws -> Cipher.Noise {
        try noises.removeValue(forKey: message.draw) ?? message.noise(under: cipher, random: random)
    }

    /// What hides the party's own numbers: what was foreseen, once, or drawn now.
    mutating func take<Key: AdditiveKey>(_ message: EncryptedMessage, with key: Key) throws -> Cipher.Noise
    where Key.Cipher == Cipher {
        try noises.removeValue(forKey: message.draw) ?? message.noise(with: key, random: random)
    }

    private mutating func keep(_ noise: Cipher.Noise, for message: EncryptedMessage) {
        noise.makeAhead()
        noises[message.draw] = noise
    }
}
