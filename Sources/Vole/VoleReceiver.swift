package import Cryptography

/// The role of a VOLE that gets a and c, with c = b + D a: `count` elements each, those of a of degree below 64.
///
/// Its part of the conversation:
///
///     receiver                                      sender
///     choices           ------------------------>
///                       <------------------------   choices
///     products          ------------------------>
///                       <------------------------   sums
///
/// Choices depend on nothing, so both travel at once. Each step consumes the role, also where it throws: nothing is ever done twice.
package struct VoleReceiver: ~Copyable {
    private let parameters: VoleParameters
    private let path: VolePath
    private let places: SecretWords
    private let noise: SecretWords
    private let offering: TransferSender
    private let choosing: TransferChooser

    /// The first message.
    package var choices: [UInt8] { offering.point + choosing.pairs }

    /// - Parameters:
    ///   - session: What both roles agree on and no other VOLE has; enters all keys.
    ///   - random: Gives everything that is secret here.
    ///   - name: The stream that it is drawn from.
    /// - Throws: `nameUsedTwice`.
    package init(
        _ parameters: VoleParameters, session: [UInt8], random: any RandomSource, name: String,
        path: VolePath = .fastest
    ) throws(RandomError) {
        let stream = try random.stream(name)
        (self.parameters, self.path) = (parameters, path)
        places = SecretWords(count: VoleParameters.blocks, random: stream)
        noise = SecretWords(count: VoleParameters.blocks, random: stream)
        for block in 0..<VoleParameters.blocks {
            // Scaled rather than reduced: no division, and a bias below 2^-50.
            let entries = UInt64(parameters.block(block).count)
            places[block] = places[block].multipliedFullWidth(by: entries).high
        }
        offering = TransferSender(session: session, purpose: .products, random: stream)
        choosing = TransferChooser(
            session: session, purpose: .trees, choices: Self.sides(parameters, places), random: stream)
    }

    /// Where the paths to the noisy entries do not go on, level by level, tree by tree: 0 for left, 1 for right.
    private static func sides(_ parameters: VoleParameters, _ places: SecretWords) -> SecretBytes {
        SecretBytes(count: parameters.treeTransfers) { sides in
            for index in 0..<parameters.treeTransfers {
                let (tree, level) = index.quotientAndRemainder(dividingBy: parameters.levels)
                let step = places[tree] >> UInt64(parameters.levels - 1 - level) & 1
                sides[index] = UInt8(truncatingIfNeeded: 1 ^ step)
            }
        }
    }

    /// The second message, and a.
    ///
    /// - Throws: `VoleError`: the message is not of its length, or a point is bad.
    package consuming func products(_ senderChoices: [UInt8]) throws(VoleError) -> Pending {
        let message = try TransferMessage(.senderChoices, senderChoices, transfers: VoleParameters.deltaBits)
        let (products, shares) = NoiseShares.offer(noise, keys: try offering.keys(message))
        let keys = try choosing.keys(message)
        // e: all zero but for the noise.
        let a = SecretWords(count: parameters.length)
        for block in 0..<VoleParameters.blocks {
            a.add(noise[block], at: places[block], in: parameters.block(block))
        }
        ExpandConvolute(path: path).compress(a, words: 1)
        return Pending(
            message: products, a: a, parameters: parameters, path: path, places: places, shares: shares, keys: keys)
    }
}

extension VoleReceiver {
    /// What is left of the receiver for its last step, and what it has got by then.
    package struct Pending: ~Copyable {
        /// The second message.
        package let message: [UInt8]
        /// a: one word an element.
        package let a: SecretWords
        fileprivate let parameters: VoleParameters
        fileprivate let path: VolePath
        fileprivate let places: SecretWords
        fileprivate let shares: SecretWords
        fileprivate let keys: [SecretBytes]

        /// c: two words an element.
        ///
        /// - Throws: `VoleError.length`. That the sums are the sender's honest ones is not checked.
        package consuming func finish(_ sums: [UInt8]) throws(VoleError) -> SecretWords {
            try VoleError.require(.sums, sums, count: parameters.sumsByteCount)
            let leaves = SeedTrees(parameters, path: path).regrow(sums, places: places, shares: shares, keys: keys)
            ExpandConvolute(path: path).compress(leaves, words: 2)
            return leaves
        }
    }
}
