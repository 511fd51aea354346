import Alignment
import Cryptography
import Specification
import Testing

/// A partner that does not follow the protocol is refused, and named.
@Suite struct MisbehaviourTests {
    private let lists = [["a", "b", "c", "d"], ["b", "c", "d", "e"], ["c", "d", "e", "f"]]

    /// The refusal that a run ends with when `change` is made to every `step` of `sender`.
    private func refusal(
        _ step: String, of sender: Int, isGuarded: Bool = true, _ change: @escaping (inout Frame) -> Void
    ) throws -> ProtocolViolation {
        var federation = try Federation(lists)
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

    /// Party 0 leads: its points are checked by members, theirs by it.
    private static let pointSteps = [("leader-points", 0), ("member-points", 1), ("member-points", 2)]

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

    @Test(arguments: pointSteps)
    func badPoints(step: String, sender: Int) throws {
        for (point, cause) in Self.badPoints {
            let bytes = try #require([UInt8](hexadecimal: point))
            let violation = try refusal(step, of: sender) { $0.payload.replaceSubrange(64..<96, with: bytes) }
            #expect(violation.step == step)
            #expect(violation.found.hasPrefix(cause))
        }
    }

    @Test(arguments: pointSteps)
    func repeatedPoints(step: String, sender: Int) throws {
        let same = try refusal(step, of: sender) {
            $0.payload.replaceSubrange(96..<128, with: Array($0.payload[32..<64]))
        }
        #expect(same.found == "the same at index 1 and 3")
        // P + (0, 0) has the coordinate 1 / x: another point, but the same as P to every scalar.
        let shifted = try refusal(step, of: sender) {
            $0.payload.replaceSubrange(96..<128, with: inverse(Array($0.payload[32..<64])))
        }
        #expect(shifted.found == "the same at index 1 and 3")
    }

    private func inverse(_ bytes: [UInt8]) -> [UInt8] {
        FieldElement(Words(littleEndian: bytes)).inverted().words.littleEndianBytes
    }

    @Test(arguments: [1, 2])
    func repeatedTags(sender: Int) throws {
        let violation = try refusal("leader-tags", of: sender) {
            $0.payload.replaceSubrange(12..<24, with: Array($0.payload[..<12]))
        }
        #expect(violation.found == "the same at index 0 and 1")
    }

    @Test(arguments: [("leader-count", 0), ("member-count", 1)])
    func countsThatNobodyCanHave(step: String, sender: Int) throws {
        for count in [0, AlignmentProtocol.idLimit + 1, 1 << 62 - 1] {
            var writer = CanonicalWriter()
            writer.count(count)
            let violation = try refusal(step, of: sender) {
                $0.payload = writer.bytes
                $0.header.shape = [count]
            }
            #expect(violation.expected == "1 to \(AlignmentProtocol.idLimit) ids")
        }
        // Header and payload must say the same; guarded or not.
        for isGuarded in [true, false] {
            _ = try refusal(step, of: sender, isGuarded: isGuarded) { $0.header.shape = [5] }
        }
    }

    private static let allSteps = [
        ("leader-count", 0), ("member-count", 1), ("leader-points", 0), ("member-points", 2), ("leader-tags", 1),
        ("common", 0),
    ]

    @Test(arguments: allSteps, [true, false])
    func wrongLengthsAndHeaders(message: (step: String, sender: Int), isGuarded: Bool) throws {
        let changes: [(inout Frame) -> Void] = [
            { $0.payload.removeLast() },
            { $0.payload.append(0) },
            { $0.payload = [] },
            { $0.header.shape[0] += 1 },
            { $0.header.shape = [] },
            { $0.header.kind = .plain },
            { $0.header.round = 1 },
            { $0.header.phase = "blind" == $0.header.phase ? "match" : "blind" },
            { $0.header.step = "leader-tags" == $0.header.step ? "common" : "leader-tags" },
            { $0.header.protocolName = "matmul" },
        ]
        for change in changes {
            _ = try refusal(message.step, of: message.sender, isGuarded: isGuarded, change)
        }
    }

    @Test func resultsThatCannotBe() throws {
        // Four ids: a fifth position, and no common id at all.
        #expect(try refusal("common", of: 0) { $0.payload = [0b1_0011] }.found == "position 4")
        #expect(try refusal("common", of: 0) { $0.payload = [0] }.found == "0")
    }

    @Test func moreCommonIDsThanTheLeaderHas() throws {
        var federation = try Federation([["a"], ["a", "b"]])
        federation.tamper = { crossing in
            var frame = crossing.frame
            if frame.header.step == "common" { frame.payload = [0b11] }
            return frame
        }
        let violation = try #require(throws: ProtocolViolation.self) { try federation.run() }
        #expect(violation.expected == "1 to 1 common ids" && violation.found == "2")
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
        var (leader, member) = (try federation.role(of: parties[0]), try federation.role(of: parties[1]))
        guard case .send(let count, _) = try member.start()[0] else {
            Issue.record("a member announces its count")
            return
        }
        // Before its start, the leader waits for nobody; then for the first member first.
        #expect(throws: ProtocolViolation.self) { try leader.receive(count, from: parties[1]) }
        _ = try leader.start()
        #expect(leader.awaiting == parties[1])
        #expect(throws: ProtocolViolation.self) { try leader.receive(count, from: parties[2]) }
        #expect(throws: ProtocolViolation.self) { try member.receive(count, from: parties[2]) }
        #expect(try leader.receive(count, from: parties[1]).isEmpty)
        #expect(leader.awaiting == parties[2])
    }
}
