import Cryptography
import KeyExchange
import Link
import Paillier
import Specification
import Testing

/// Recorded keys of 2048 bits, which protect nothing, made once.
private enum Keys {
    static let label = make("label")
    static let first = make("first")
    static let second = make("second")

    private static func make(_ name: String) -> PrivateKey {
        guard let stream = try? RecordedRandomSource(seed: [5]).stream(name) else {
            preconditionFailure("a new source has used no name")
        }
        return PrivateKey.insecureGenerate(bits: 2048, from: stream)
    }
}

@Suite struct KeyExchangeTests {
    private let label: Party
    private let first: Party
    private let second: Party
    private let plan: SessionPlan
    private let jobHash = [UInt8](repeating: 7, count: 32)

    init() throws {
        (label, first, second) = (try Party("label"), try Party("first"), try Party("second"))
        plan = KeyExchangeProtocol.plan(label: label, features: [first, second], keyBits: 2048)
    }

    private func role(_ me: Party, _ key: PrivateKey, jobHash: [UInt8]? = nil) -> KeyExchangeParty {
        KeyExchangeParty(me: me, label: label, features: [first, second], key: key, jobHash: jobHash ?? self.jobHash)
    }

    /// What a role sends to one partner at its start.
    private func frames(_ role: KeyExchangeParty, to partner: Party) throws -> [Frame] {
        var role = role
        return role.start().compactMap { action in
            if case .send(let frame, to: partner) = action { frame } else { nil }
        }
    }

    /// What the label party gives for these frames of the two feature parties, each a key and a proof.
    private func give(_ frames: [(Party, [Frame])], to role: KeyExchangeParty) throws -> [Party: PublicKey]? {
        var role = role
        _ = role.start()
        for (peer, frames) in frames {
            for frame in frames {
                #expect(role.awaiting == peer)
                if case .output(let keys) = try role.receive(frame, from: peer).first { return keys }
            }
        }
        return nil
    }

    @Test func everyLinkEndsWithBothKeys() throws {
        let (b, p, q) = (role(label, Keys.label), role(first, Keys.first), role(second, Keys.second))
        // Every frame passes the guards at both ends of its link, in the order that the specification gives.
        for (feature, party) in [(p, first), (q, second)] {
            var guards = [
                try Guard(KeyExchangeProtocol.specification, plan: plan, me: label, peer: party),
                try Guard(KeyExchangeProtocol.specification, plan: plan, me: party, peer: label),
            ]
            for frame in try frames(b, to: party) {
                try guards[0].send(frame)
                try guards[1].receive(frame)
            }
            for frame in try frames(feature, to: label) {
                try guards[1].send(frame)
                try guards[0].receive(frame)
            }
            #expect(guards[0].isFinished && guards[1].isFinished)
            #expect(try give([(label, frames(b, to: party))], to: feature) == [label: Keys.label.cipher])
        }
        let keys = try give([(first, frames(p, to: label)), (second, frames(q, to: label))], to: b)
        #expect(keys == [first: Keys.first.cipher, second: Keys.second.cipher])
        #expect(try frames(p, to: second).isEmpty)
    }

    @Test func keysThatNoGenerationWouldMakeAreRefused() throws {
        let honest = try frames(role(first, Keys.first), to: label)
        for (change, defect) in [
            ({ (key: inout [UInt8]) in key[0] = 0x3F }, PaillierError.modulus(.wrongSize)),
            ({ key in key[255] &= 0xFE }, .modulus(.smallFactor)),
            ({ key in key.removeLast() }, .length(expected: 256, actual: 255)),
        ] {
            var frames = honest
            change(&frames[0].payload)
            #expect(throws: KeyExchangeError.key(of: first, defect)) {
                try give([(first, frames)], to: role(label, Keys.label))
            }
        }
    }

    @Test func keysOfOthersAreRefused() throws {
        #expect(throws: KeyExchangeError.sharedKey(first, label)) {
            try give([(first, frames(role(first, Keys.label), to: label))], to: role(label, Keys.label))
        }
        let (own, same) = (
            try frames(role(first, Keys.first), to: label), try frames(role(second, Keys.first), to: label)
        )
        #expect(throws: KeyExchangeError.sharedKey(second, first)) {
            try give([(first, own), (second, same)], to: role(label, Keys.label))
        }
    }

    @Test func proofsCountForOneKeyOnePartyAndOneJob() throws {
        let honest = try frames(role(first, Keys.first), to: label)
        func refused(_ proof: Frame) {
            #expect(throws: KeyExchangeError.proof(of: first, .proof(round: 0))) {
                try give([(first, [honest[0], proof])], to: role(label, Keys.label))
            }
        }
        refused(try frames(role(second, Keys.first), to: label)[1])
        refused(try frames(role(first, Keys.second), to: label)[1])
        refused(try frames(role(first, Keys.first, jobHash: [8]), to: label)[1])
        var changed = honest[1]
        changed.payload[255] ^= 1
        refused(changed)
        let error = KeyExchangeError.proof(of: first, .proof(round: 0))
        #expect(error.blamedParty == first && error.abortReason == .keyCheckFailed)
        changed.payload.removeLast()
        #expect(throws: KeyExchangeError.proof(of: first, .length(expected: 2048, actual: 2047))) {
            try give([(first, [honest[0], changed])], to: role(label, Keys.label))
        }
    }

    @Test func framesOutOfTurnAreRefused() throws {
        var b = role(label, Keys.label)
        let honest = try frames(role(first, Keys.first), to: label)
        #expect(throws: ProtocolViolation.self) { try b.receive(honest[0], from: first) }
        _ = b.start()
        #expect(throws: ProtocolViolation.self) { try b.receive(honest[1], from: first) }
        #expect(throws: ProtocolViolation.self) { try b.receive(honest[0], from: second) }
    }
}
