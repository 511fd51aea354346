internal import Cryptography
internal import Paillier
internal import Shares

/// Noise for the messages of rounds to come: drawn, and made on idle cores, before it is used. By the message's draw.
///
/// A draw's name is good once, so what is foreseen is what the round will use; a round that was not foreseen draws as it goes.
struct MatMulNoise<Noise: RandomizingNoise> {
    private var noises: [String: Noise] = [:]

    /// Lets idle cores make it.
    mutating func foresee(_ draw: String, _ noise: Noise) {
        noise.makeAhead()
        noises[draw] = noise
    }

    /// What was foreseen, once.
    mutating func take(_ draw: String) -> Noise? { noises.removeValue(forKey: draw) }
}

extension EncryptedMessage {
    /// What hides a product of `rows` rows in this message.
    func noise<Cipher: AdditiveCipher>(
        under cipher: Cipher, random: any RandomSource
    ) throws -> Cipher.Noise {
        conversion.noise(rows: header.shape[0], under: cipher, from: try random.stream(randomizer))
    }

    /// What hides the sender's own numbers in this message.
    func noise<Key: AdditiveKey>(with key: Key, random: any RandomSource) throws -> Key.Cipher.Noise {
        conversion.noise(rows: header.shape[0], with: key, from: try random.stream(randomizer))
    }
}
