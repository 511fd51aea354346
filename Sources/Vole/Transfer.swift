internal import Cryptography
internal import Glibc

/// Base oblivious transfers of random keys, on x-coordinates alone.
///
///     sender                                        chooser, for each transfer, with its bit v
///     y, Y = y 9        ----------- Y ---------->   k, P_v = k 9; s, P_(1-v) = s H(random)
///                       <------- P_0, P_1 -------
///     K_j = hash(x(y P_j)), j = 0, 1                K_v = hash(x(k Y))
///
/// Neither message depends on the other, so both travel at once. y, k and s are clamped (RFC 7748); k 9 and s H are then uniform
/// among the points of prime order but for 2^-126, and v does not show in P_0 and P_1, whatever the other role does. The factor s is
/// needed for it: H reaches half of the curve, and of about one point of prime order in 256 it reaches none of the eight eighths, so
/// 8 H would give v away. K_(1-v) stays hidden as long as Diffie-Hellman is hard and the hash is a random oracle.
///
/// For semi-honest roles: a chooser that knows both points' factors gets both keys. Each key masks one message.
///
/// - Source: S. Even, O. Goldreich, A. Lempel, *A randomized protocol for signing contracts*, CACM 1985, who have the chooser sample one
///   of two public values without its secret; here with hashed Diffie-Hellman keys.
package enum Transfer {
    /// What each key's hash begins with.
    static let domain = "colonnade/align/ot/v1"
    /// The domain of the points without a known factor.
    static let curveDomain = "COLONNADE-V01-OT-curve25519_XMD:SHA-512_ELL2_NU_"

    /// What transfers are for: keys of one purpose are unrelated to those of another.
    package enum Purpose: UInt8, Sendable {
        /// The receiver chooses, along the paths of its trees.
        case trees = 1
        /// The sender chooses, by the bits of D.
        case products = 2
    }

    /// Bytes of a ``TransferMessage`` with the points of so many transfers.
    package static func byteCount(transfers: Int) -> Int { CurvePoint.byteCount * (1 + 2 * transfers) }

    /// 9, the base point of RFC 7748.
    static let base: [CurvePoint] = points([9] + [UInt8](repeating: 0, count: 31))

    private static func points(_ bytes: [UInt8]) -> [CurvePoint] {
        do { return try CurvePoint.decode(bytes) } catch { preconditionFailure("not a point: \(error)") }
    }

    /// Products with scalars of one's own, of points that have prime order or come from a hash.
    static func own(_ points: [CurvePoint], by scalars: [CurveScalar]) -> [CurvePoint] {
        do {
            return try CurvePoint.multiplyEach(points, by: scalars)
        } catch { preconditionFailure("no product: \(error)") }
    }
}

/// A role's first message, checked: its Y of the transfers in which it sends, then P_0 and P_1 of each in which it chooses.
package struct TransferMessage {
    private let name: VoleError.Message
    private let bytes: [UInt8]
    private let points: [CurvePoint]

    /// - Throws: `length`; `point` with `pointNotCanonical` or `pointNotOnCurve` and the first bad point's index.
    package init(_ name: VoleError.Message, _ bytes: [UInt8], transfers: Int) throws(VoleError) {
        try VoleError.require(name, bytes, count: Transfer.byteCount(transfers: transfers))
        do { points = try CurvePoint.decode(bytes) } catch { throw .point(of: name, fault: error) }
        (self.name, self.bytes) = (name, bytes)
    }

    /// Y.
    var point: CurvePoint { points[0] }

    /// P_0 and P_1 of a transfer, 64 bytes.
    func pair(_ index: Int) -> ArraySlice<UInt8> { bytes[(32 + 64 * index)...].prefix(64) }

    /// y P_0 and y P_1 of each transfer.
    ///
    /// - Throws: `point` with `pointOfSmallOrder`.
    func products(of scalar: CurveScalar) throws(VoleError) -> [CurvePoint] {
        do {
            return try CurvePoint.multiply(Array(points.dropFirst()), by: scalar)
        } catch .pointOfSmallOrder(let index) {
            throw .point(of: name, fault: .pointOfSmallOrder(index: index + 1))
        } catch {
            throw .point(of: name, fault: error)
        }
    }

    /// k Y for each scalar.
    ///
    /// - Throws: `point` with `pointOfSmallOrder`.
    func products(of scalars: [CurveScalar]) throws(VoleError) -> [CurvePoint] {
        do {
            return try CurvePoint.multiplyEach(scalars.map { _ in point }, by: scalars)
        } catch {
            throw .point(of: name, fault: error)
        }
    }
}

/// The hash that makes keys of points. It binds the session, the purpose, the transfer, the place and all that was sent.
struct TransferHash: Sendable {
    private let start: [UInt8]

    init(session: [UInt8], purpose: Transfer.Purpose, senderPoint: [UInt8]) {
        let domain = Array(Transfer.domain.utf8)
        start = domain + littleEndian(UInt32(session.count)) + session + [purpose.rawValue] + senderPoint
    }

    /// K_j of transfer `index`, whose two points are `pair`: 32 bytes.
    func key(_ index: Int, place: UInt8, pair: ArraySlice<UInt8>, product: CurvePoint) -> SecretBytes {
        var message = start
        message.reserveCapacity(start.count + 5 + 3 * CurvePoint.byteCount)
        message += littleEndian(UInt32(index))
        message.append(place)
        message += pair
        message += product.bytes
        defer { message.wipe() }
        return SecretBytes(wiping: SHA256.hash(message))
    }
}

extension SecretBytes {
    /// A copy of `bytes`, which are wiped if nobody else refers to them.
    convenience init(wiping bytes: consuming [UInt8]) {
        self.init(count: bytes.count) { $0.copyBytes(from: bytes) }
        bytes.wipe()
    }
}

extension [UInt8] {
    /// Overwrites the bytes with zeros; those of other arrays that share them stay.
    fileprivate mutating func wipe() {
        withUnsafeMutableBytes { if let start = $0.baseAddress { explicit_bzero(start, $0.count) } }
    }
}

private func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
}
