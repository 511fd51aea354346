package import Cryptography

/// The role of a VOLE that gets D and b, with c = b + D a. ``VoleReceiver`` shows the conversation.
///
/// Each step consumes the role, also where it throws.
package struct VoleSender: ~Copyable {
    private let parameters: VoleParameters
    private let path: VolePath
    private let delta: SecretWords
    private let deltaBits: SecretBytes
    private let roots: SecretWords
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
        delta = SecretWords(count: 2, random: stream)
        roots = SecretWords(count: 2 * VoleParameters.blocks, random: stream)
        deltaBits = Self.bits(delta)
        offering = TransferSender(session: session, purpose: .trees, random: stream)
        choosing = TransferChooser(session: session, purpose: .products, choices: deltaBits, random: stream)
    }

    /// The coefficients of D, a byte 0 or 1 each.
    private static func bits(_ delta: SecretWords) -> SecretBytes {
        SecretBytes(count: VoleParameters.deltaBits) { bits in
            for bit in 0..<VoleParameters.deltaBits {
                bits[bit] = UInt8(truncatingIfNeeded: delta[bit / 64] >> UInt64(bit % 64) & 1)
            }
        }
    }

    /// All that does not take the products, which is nearly everything: done while the receiver makes them.
    ///
    /// - Throws: `VoleError`: the message is not of its length, or a point is bad.
    package consuming func grow(_ receiverChoices: [UInt8]) throws(VoleError) -> Pending {
        let message = try TransferMessage(
            .receiverChoices, receiverChoices, transfers: parameters.treeTransfers)
        let keys = try choosing.keys(message)
        let trees = SeedTrees(parameters, path: path)
        let (leaves, sums) = trees.grow(roots: roots, keys: try offering.keys(message))
        ExpandConvolute(path: path).compress(leaves, words: 2)
        return Pending(
            parameters: parameters, trees: trees, deltaBits: deltaBits, keys: keys, sums: sums,
            key: VoleKey(delta: delta, b: leaves, path: path))
    }
}

extension VoleSender {
    /// What is left of the sender for its last step.
    package struct Pending: ~Copyable {
        fileprivate let parameters: VoleParameters
        fileprivate let trees: SeedTrees
        fileprivate let deltaBits: SecretBytes
        /// Of the transfers of the products.
        fileprivate let keys: [SecretBytes]
        /// Without the shares of D y.
        fileprivate let sums: [UInt8]
        fileprivate let key: VoleKey

        /// The second message, and D and b.
        ///
        /// - Throws: `VoleError.length`.
        package consuming func finish(_ products: [UInt8]) throws(VoleError) -> (sums: [UInt8], key: VoleKey) {
            try VoleError.require(.products, products, count: parameters.productsByteCount)
            var sums = sums
            trees.add(NoiseShares.accept(products, delta: deltaBits, keys: keys), to: &sums)
            return (sums, key)
        }
    }
}

/// What a VOLE's sender holds: D, and b with c = b + D a.
package struct VoleKey: Sendable {
    private let secret: SecretWords
    /// b: two words an element.
    package let b: SecretWords
    private let path: VolePath

    init(delta: SecretWords, b: SecretWords, path: VolePath) {
        (secret, self.b, self.path) = (delta, b, path)
    }

    /// D.
    package var delta: BinaryElement { secret[element: 0] }

    /// Adds D x to b for elements x of degree below 64, one word each: what b becomes where the receiver's a becomes a + x.
    ///
    /// Once only: x is public, and the receiver knows one a.
    package func shift(by x: [UInt64]) {
        precondition(2 * x.count == b.count, "as many elements as the VOLE has")
        b.addProducts(of: x, by: delta, path: path)
    }

    /// D x for each element x of degree below 64, one word each; two words an element.
    package func products(of x: [UInt64]) -> SecretWords {
        let products = SecretWords(elements: x.count)
        products.addProducts(of: x, by: delta, path: path)
        return products
    }
}
