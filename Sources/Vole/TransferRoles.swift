internal import CVole
package import Cryptography

/// The role in ``Transfer`` that gets both keys of each transfer.
package struct TransferSender: Sendable {
    private let scalar: CurveScalar
    private let hash: TransferHash
    /// Y, for the chooser: 32 bytes.
    package let point: [UInt8]

    /// Draws 32 bytes.
    package init(session: [UInt8], purpose: Transfer.Purpose, random: RandomStream) {
        scalar = .drawn(random)
        point = CurvePoint.encode(Transfer.own(Transfer.base, by: [scalar]))
        hash = TransferHash(session: session, purpose: purpose, senderPoint: point)
    }

    /// Both keys of each transfer, 32 bytes each.
    ///
    /// - Throws: `point` with `pointOfSmallOrder`.
    package func keys(_ message: TransferMessage) throws(VoleError) -> [(SecretBytes, SecretBytes)] {
        let products = try message.products(of: scalar)
        return (0..<products.count / 2).map { index in
            let pair = message.pair(index)
            return (
                hash.key(index, place: 0, pair: pair, product: products[2 * index]),
                hash.key(index, place: 1, pair: pair, product: products[2 * index + 1])
            )
        }
    }
}

/// The role in ``Transfer`` that gets one key of each transfer, the one that it chose before.
package struct TransferChooser: Sendable {
    private let session: [UInt8]
    private let purpose: Transfer.Purpose
    private let choices: SecretBytes
    private let scalars: [CurveScalar]
    /// P_0 and P_1 of each transfer, for the sender: 64 bytes each.
    package let pairs: [UInt8]

    /// Draws 96 bytes a transfer.
    ///
    /// - Parameter choices: v of each transfer, a byte 0 or 1.
    package init(session: [UInt8], purpose: Transfer.Purpose, choices: SecretBytes, random: RandomStream) {
        (self.session, self.purpose, self.choices) = (session, purpose, choices)
        var scalars: [CurveScalar] = [], factors: [CurveScalar] = [], messages: [[UInt8]] = []
        for _ in 0..<choices.count {
            scalars.append(.drawn(random))
            factors.append(.drawn(random))
            messages.append(random.bytes(32))
        }
        self.scalars = scalars
        let unknown = CurvePoint.hash(messages, domain: Transfer.curveDomain)
        let known = (0..<choices.count).map { _ in Transfer.base[0] }
        let own = CurvePoint.encode(Transfer.own(known, by: scalars))
        let other = CurvePoint.encode(Transfer.own(unknown, by: factors))
        pairs = choices.withUnsafeBytes { choices in
            var pairs = [UInt8](repeating: 0, count: 2 * own.count)
            for place in own.indices {
                // Exchanged where v = 1; no branch and no address depends on v.
                let (index, byte) = (place / 32, place % 32)
                let mask = UInt8(truncatingIfNeeded: cv_mask(UInt64(choices[index])))
                let difference = (own[place] ^ other[place]) & mask
                pairs[64 * index + byte] = own[place] ^ difference
                pairs[64 * index + 32 + byte] = other[place] ^ difference
            }
            return pairs
        }
    }

    /// The chosen key of each transfer, 32 bytes.
    ///
    /// - Throws: `point` with `pointOfSmallOrder`.
    package func keys(_ message: TransferMessage) throws(VoleError) -> [SecretBytes] {
        let products = try message.products(of: scalars)
        let hash = TransferHash(session: session, purpose: purpose, senderPoint: message.point.bytes)
        return choices.withUnsafeBytes { choices in
            products.enumerated().map { index, product in
                hash.key(index, place: choices[index], pair: pairs[(64 * index)...].prefix(64), product: product)
            }
        }
    }
}

extension CurveScalar {
    /// A scalar of the stream's next 32 bytes.
    static func drawn(_ random: RandomStream) -> CurveScalar {
        do { return try CurveScalar(bytes: random.secret(32)) } catch { preconditionFailure("\(error)") }
    }
}
