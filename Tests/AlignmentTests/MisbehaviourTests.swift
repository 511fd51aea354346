import Alignment
import Cryptography
import Specification
import Testing

/// A partner that does not follow the protocol is refused, and named.
@Suite struct MisbehaviourTests {
    private let lists = [["a", "b", "c", "d"], ["b", "c", "d", "e"], ["c", "d", "e", "f"]]

    /// The refusal that a run ends with when `change` is made to every `step` of `sender`.
    private func refusal(
        _ step: String, of sender: Int, method: AlignmentMethod = .ecdh, parties: Int = 2, isGuarded: Bool = true,
        _ change: @escaping (inout Frame) -> Void
    ) throws -> ProtocolViolation {
        var federation = try Federation(Array(lists[..<parties]), method: method)
        federation.isGuarded = isGuarded
        let party = federation.parties[sender]
        federation.tamper = { crossing in
            var frame = crossing.frame
            if crossing.sender == party, frame.header.step == step { change(&frame) }
            return frame
        }
        let violation = try #require(throws: ProtocolViolation.self) { try federation.run() }
        #expect(violation.party == party)
        return violation
    }

    private static let badPoints = [
        // p, p + 1, 2^255 - 1, and a point of the curve with the top bit set.
        ("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "Curve point 2 is not a number below"),
        ("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "Curve point 2 is not a number below"),
        ("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "Curve point 2 is not a number below"),
        ("0900000000000000000000000000000000000000000000000000000000000080", "Curve point 2 is not a number below"),
        // On the twist: 2, and p - 1, which has order 4 there; and 0, which has order 2.
        ("0200000000000000000000000000000000000000000000000000000000000000", "Curve point 2 is not on Curve25519"),
        ("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "Curve point 2 is not on Curve25519"),
        ("0000000000000000000000000000000000000000000000000000000000000000", "Curve point 2 is not on Curve25519"),
        // On the curve, of order 4 and 8.
        ("0100000000000000000000000000000000000000000000000000000000000000", "Curve point 2 has small order"),
        ("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800", "Curve point 2 has small order"),
        ("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157", "Curve point 2 has small order"),
    ]

    @Test(arguments: [("blinded", 0), ("evaluated", 1)])
    func badPoints(step: String, sender: Int) throws {
        for (point, cause) in Self.badPoints {
            let bytes = try #require([UInt8](hexadecimal: point))
            let violation = try refusal(step, of: sender) { $0.payload.replaceSubrange(64..<96, with: bytes) }
            #expect(violation.step == step)
            #expect(violation.found.hasPrefix(cause))
        }
    }

    @Test(arguments: [("leader-choices", 0, 16), ("member-choices", 1, 0)])
    func badPointsInTransfers(step: String, sender: Int, offset: Int) throws {
        for (point, _) in Self.badPoints.prefix(3) + Self.badPoints.suffix(3) {
            let bytes = try #require([UInt8](hexadecimal: point))
            let violation = try refusal(step, of: sender, method: .vole) {
                $0.payload.replaceSubrange(offset + 96..<offset + 128, with: bytes)
            }
            #expect(violation.found.contains("Curve point"))
        }
    }

    @Test func repeatedPoints() throws {
        let same = try refusal("blinded", of: 0) {
            $0.payload.replaceSubrange(96..<128, with: Array($0.payload[32..<64]))
        }
        #expect(same.found.hasPrefix("the same twice"))
        // P + (0, 0) has the coordinate 1 / x: another point, but the same as P to every scalar.
        let shifted = try refusal("blinded", of: 0) {
            $0.payload.replaceSubrange(96..<128, with: inverse(Array($0.payload[32..<64])))
        }
        #expect(shifted.found.hasPrefix("the same twice"))
    }

    private func inverse(_ bytes: [UInt8]) -> [UInt8] {
        FieldElement(Words(littleEndian: bytes)).inverted().words.littleEndianBytes
    }

    @Test(arguments: AlignmentMethod.allCases)
    func repeatedTags(method: AlignmentMethod) throws {
        let violation = try refusal("tags", of: 1, method: method) {
            $0.payload.replaceSubrange(8..<16, with: Array($0.payload[..<8]))
        }
        #expect(violation.found == "the same at index 0 and 1" || violation.found == "the same at index 1 and 0")
    }

    @Test(arguments: [("leader-plan", 0), ("member-offer", 1)])
    func countsThatNobodyCanHave(step: String, sender: Int) throws {
        for count in [0, AlignmentProtocol.idLimit + 1, 1 << 62 - 1] {
            var writer = CanonicalWriter()
            writer.count(count)
            let violation = try refusal(step, of: sender) {
                $0.payload.replaceSubrange(..<8, with: writer.bytes)
                $0.header.shape = [count]
            }
            #expect(violation.expected == "1 to \(AlignmentProtocol.idLimit) ids")
        }
        // Header and payload must say the same; guarded or not.
        for isGuarded in [true, false] {
            _ = try refusal(step, of: sender, isGuarded: isGuarded) { $0.header.shape = [5] }
        }
    }

    @Test func plansThatAreNotThisPartysOwn() throws {
        // The leader's count among all counts, and this party's.
        for offset in [112, 120] {
            let violation = try refusal("leader-plan", of: 0) { $0.payload[offset + 7] ^= 1 }
            #expect(violation.found == "other counts")
        }
        let violation = try refusal("leader-plan", of: 0) { $0.payload[56] = 1 }
        #expect(violation.expected == "no other finished buckets than this party has")
    }

    private static let steps: [(step: String, sender: Int, method: AlignmentMethod, parties: Int)] = [
        ("member-offer", 1, .ecdh, 2), ("leader-plan", 0, .ecdh, 2), ("blinded", 0, .ecdh, 2),
        ("evaluated", 1, .ecdh, 2), ("tags", 1, .ecdh, 2), ("selected", 0, .ecdh, 2), ("programmed", 2, .ecdh, 3),
        ("common", 0, .ecdh, 3), ("leader-choices", 0, .vole, 2), ("member-choices", 1, .vole, 2),
        ("products", 0, .vole, 2), ("masked-store", 0, .vole, 2), ("corrections", 1, .vole, 2),
    ]

    @Test(arguments: steps.indices, [true, false])
    func wrongLengthsAndHeaders(index: Int, isGuarded: Bool) throws {
        let (step, sender, method, parties) = Self.steps[index]
        let changes: [(inout Frame) -> Void] = [
            { $0.payload.removeLast() },
            { $0.payload.append(0) },
            { $0.payload = [] },
            { $0.header.shape[0] += 1 },
            { $0.header.shape = [] },
            { $0.header.kind = .plain },
            { $0.header.round = 1 },
            { $0.header.phase = "blind" == $0.header.phase ? "match" : "blind" },
            { $0.header.step = "tags" == $0.header.step ? "common" : "tags" },
            { $0.header.protocolName = "matmul" },
        ]
        for change in changes {
            _ = try refusal(step, of: sender, method: method, parties: parties, isGuarded: isGuarded, change)
        }
    }

    @Test func resultsThatCannotBe() throws {
        // Four ids: a fifth position.
        #expect(try refusal("selected", of: 0) { $0.payload = [0b1_0011] }.found == "position 4")
        // More tags than there are ids, tags of nobody, tags out of order.
        _ = try refusal("common", of: 0, parties: 3) {
            $0.payload[7] = 9
            $0.header.shape = [9]
        }
        #expect(
            try refusal("common", of: 0, parties: 3) { $0.payload[12] ^= 1 }.found.hasPrefix("1") == true)
        let unordered = try refusal("common", of: 0, parties: 3) {
            let size = ($0.payload.count - 8) / 2
            let (first, second) = (Array($0.payload[8..<8 + size]), Array($0.payload[(8 + size)...]))
            $0.payload.replaceSubrange(8..., with: second + first)
        }
        #expect(unordered.expected == "tags that ascend")
    }

    @Test func moreCommonIDsThanTheLeaderHas() throws {
        var federation = try Federation([["a"], ["a", "b"]])
        federation.tamper = { crossing in
            var frame = crossing.frame
            if frame.header.step == "selected" { frame.payload = [0b11] }
            return frame
        }
        let violation = try #require(throws: ProtocolViolation.self) { try federation.run() }
        #expect(violation.expected == "at most 1 common ids" && violation.found == "2")
    }

    /// A frame that came before, in the place of each later one on its link.
    @Test(arguments: [true, false])
    func replayedFrames(isGuarded: Bool) throws {
        var federation = try Federation(lists)
        federation.isGuarded = isGuarded
        let honest = try federation.run().crossings
        for crossing in honest {
            let earlier = honest.prefix { $0 != crossing }.filter {
                $0.sender == crossing.sender && $0.receiver == crossing.receiver
            }
            for replayed in earlier {
                federation.tamper = { $0 == crossing ? replayed.frame : $0.frame }
                let violation = try #require(throws: ProtocolViolation.self) { try federation.run() }
                #expect(violation.party == crossing.sender)
            }
        }
    }

    @Test func framesFromOthersThanTheOneAwaited() throws {
        let federation = try Federation(lists)
        let parties = federation.parties
        var (leader, member) = (try federation.opening(of: parties[0]), try federation.opening(of: parties[1]))
        guard case .send(let offer, _) = try member.start()[0] else {
            Issue.record("a member makes an offer")
            return
        }
        // Before its start, the leader waits for nobody; then for the first member first.
        #expect(throws: ProtocolViolation.self) { try leader.receive(offer, from: parties[1]) }
        _ = try leader.start()
        #expect(leader.awaiting == parties[1])
        #expect(throws: ProtocolViolation.self) { try leader.receive(offer, from: parties[2]) }
        #expect(throws: ProtocolViolation.self) { try member.receive(offer, from: parties[2]) }
        #expect(try leader.receive(offer, from: parties[1]).isEmpty)
        #expect(leader.awaiting == parties[2])
    }
}
