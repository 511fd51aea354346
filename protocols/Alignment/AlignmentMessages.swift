internal import Cryptography
internal import Specification

/// The messages, by their steps in `protocol.yaml`: what one end builds, the other expects.
enum AlignmentStep: String {
    case leaderCount = "leader-count"
    case memberCount = "member-count"
    case leaderPoints = "leader-points"
    case memberPoints = "member-points"
    case leaderTags = "leader-tags"
    case common

    private var phase: String {
        switch self {
        case .leaderCount, .memberCount: "count"
        case .leaderPoints, .memberPoints: "blind"
        case .leaderTags: "match"
        case .common: "result"
        }
    }

    private var kind: Kind {
        switch self {
        case .leaderCount, .memberCount: .shape
        case .leaderPoints, .memberPoints: .blindedPoint
        case .leaderTags: .tag
        case .common: .membership
        }
    }

    /// Bytes of the payload about a list of `count` ids.
    private func byteCount(_ count: Int) -> Int {
        switch self {
        case .leaderCount, .memberCount: 8
        case .leaderPoints, .memberPoints: count * CurvePoint.byteCount
        case .leaderTags: count * Tag.byteCount
        case .common: (count + 7) / 8
        }
    }

    private func header(count: Int) -> FrameHeader {
        FrameHeader(
            protocolName: AlignmentProtocol.specification.name, phase: phase, round: 0, step: rawValue, kind: kind,
            shape: [count])
    }

    /// This message about a list of `count` ids.
    func frame(_ payload: [UInt8], count: Int) -> Frame { Frame(header: header(count: count), payload: payload) }

    /// The announcement of `count` ids.
    func announcement(of count: Int) -> Frame {
        var writer = CanonicalWriter()
        writer.count(count)
        return frame(writer.bytes, count: count)
    }

    private func violation(_ count: Int, _ peer: Party, expected: String, found: String) -> ProtocolViolation {
        ProtocolViolation(header(count: count), from: peer, expected: expected, found: found)
    }

    // MARK: - What a peer sent

    /// The count that a peer announces with this message.
    func announced(_ frame: Frame, from peer: Party) throws(ProtocolViolation) -> Int {
        let limit = AlignmentProtocol.idLimit
        var reader = CanonicalReader(frame.payload)
        let found = try? reader.count()
        guard let count = found, (1...limit).contains(count) else {
            throw violation(
                0, peer, expected: "1 to \(limit) ids", found: found.map { "\($0)" } ?? "\(frame.payload.count) bytes")
        }
        _ = try payload(frame, from: peer, count: count)
        return count
    }

    /// The payload of a frame that must be this message about a list of `count` ids.
    private func payload(_ frame: Frame, from peer: Party, count: Int) throws(ProtocolViolation) -> [UInt8] {
        guard frame.header == header(count: count), frame.payload.count == byteCount(count) else {
            throw violation(
                count, peer, expected: "\(rawValue) about \(count) ids in \(byteCount(count)) bytes",
                found: "\(frame.header.step) about \(frame.header.shape) in \(frame.payload.count) bytes")
        }
        return frame.payload
    }

    /// The tags of a peer's points, blinded by `scalar` as well.
    ///
    /// No two are equal. Compared after the multiplication, because it takes points to the same point that differ in a part of small
    /// order only.
    func blinded(
        _ frame: Frame, from peer: Party, count: Int, by scalar: CurveScalar, jobHash: [UInt8]
    ) throws(ProtocolViolation) -> [Tag] {
        let payload = try payload(frame, from: peer, count: count)
        let products: [CurvePoint]
        do { products = try CurvePoint.multiply(CurvePoint.decode(payload), by: scalar) } catch {
            throw violation(count, peer, expected: "\(count) points of Curve25519", found: error.description)
        }
        let tags = Tag.tags(of: products, jobHash: jobHash)
        _ = try positions(tags, from: peer)
        return tags
    }

    /// The position of each of the tags that a peer sent.
    func tags(_ frame: Frame, from peer: Party, count: Int) throws(ProtocolViolation) -> [Tag: Int] {
        try positions(Tag.decode(payload(frame, from: peer, count: count)), from: peer)
    }

    private func positions(_ tags: [Tag], from peer: Party) throws(ProtocolViolation) -> [Tag: Int] {
        var positions = [Tag: Int](minimumCapacity: tags.count)
        for (index, tag) in tags.enumerated() {
            if let first = positions.updateValue(index, forKey: tag) {
                throw violation(
                    tags.count, peer, expected: "\(tags.count) different ids",
                    found: "the same at index \(first) and \(index)")
            }
        }
        return positions
    }

    /// The positions that the leader's result names, of the list of `count` ids: at least one, at most `limit`.
    func positions(
        _ frame: Frame, from peer: Party, count: Int, limit: Int
    ) throws(ProtocolViolation) -> [Int] {
        let positions = Bitmap.decode(try payload(frame, from: peer, count: count))
        if let last = positions.last, last >= count {
            throw violation(count, peer, expected: "\(count) positions", found: "position \(last)")
        }
        guard (1...limit).contains(positions.count) else {
            throw violation(count, peer, expected: "1 to \(limit) common ids", found: "\(positions.count)")
        }
        return positions
    }
}
