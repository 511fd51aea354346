import Cryptography
import KeyExchange
import Link
import Paillier
import ProtocolTesting
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
    private let jobHash = [UInt8](repeating: 7, count: 32)

    init() throws {
        (label, first, second) = (try Party("label"), try Party("first"), try Party("second"))
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

    /// Version 1 has the messages of the latest but for those among feature parties, word for word.
    @Test func versionOneIsTheLatestWithoutWhatCameLater() {
        let (latest, earlier) = (KeyExchangeProtocol.specification, KeyExchangeProtocol.version1)
        #expect((earlier.name, earlier.version) == (latest.name, 1))
        #expect(earlier.messages == latest.messages.filter { !["K5", "K6"].contains($0.key) })
        #expect(earlier.hash.hexadecimal == "343f81a9a4984738025f4825932cd9f794326739d783eaf42742f2e0dfea3d85")
    }

    @Test(arguments: [KeyExchangeProtocol.specification, KeyExchangeProtocol.version1]) func everyLinkEndsWithBothKeys(
        specification: ProtocolSpecification
    ) throws {
        let plan = KeyExchangeProtocol.plan(
            label: label, features: [first, second], keyBits: 2048, specification)
        let stage = try Rehearsal<KeyExchangeParty.Output>(specification, plan)
        let seats = [(label, Keys.label), (first, Keys.first), (second, Keys.second)].map {
            stage.seat($0, role($0, $1))
        }
        for seat in seats { try stage.perform(seat) { $0.start() } }
        try stage.settle()
        #expect(stage.isFinished)
        #expect(stage.outputs[label] == [[first: Keys.first.cipher, second: Keys.second.cipher]])
        for feature in [first, second] { #expect(stage.outputs[feature] == [[label: Keys.label.cipher]]) }
    }

    @Test func featurePartiesExchangeKeysWhereTheyAreToldTo() throws {
        let stage = try Rehearsal<KeyExchangeParty.Output>(
            KeyExchangeProtocol.specification,
            KeyExchangeProtocol.plan(label: label, features: [first, second], keyBits: 2048, amongFeatures: true))
        let seats = [(label, Keys.label), (first, Keys.first), (second, Keys.second)].map { party, key in
            stage.seat(
                party,
                KeyExchangeParty(
                    me: party, label: label, features: [first, second], key: key, jobHash: jobHash, amongFeatures: true)
            )
        }
        for seat in seats { try stage.perform(seat) { $0.start() } }
        try stage.settle()
        #expect(stage.isFinished)
        #expect(stage.outputs[label] == [[first: Keys.first.cipher, second: Keys.second.cipher]])
        #expect(stage.outputs[first] == [[label: Keys.label.cipher, second: Keys.second.cipher]])
        #expect(stage.outputs[second] == [[label: Keys.label.cipher, first: Keys.first.cipher]])
        // Who shows the label party's key to another feature party is found out there.
        var role = KeyExchangeParty(
            me: first, label: label, features: [first, second], key: Keys.first, jobHash: jobHash, amongFeatures: true)
        _ = role.start()
        for frame in try frames(self.role(label, Keys.label), to: first) { _ = try role.receive(frame, from: label) }
        var stolen = KeyExchangeParty(
            me: second, label: label, features: [first, second], key: Keys.label, jobHash: jobHash, amongFeatures: true)
        let key = try #require(
            stolen.start().compactMap { if case .send(let frame, to: first) = $0 { frame } else { nil } }.first)
        #expect(role.awaiting == second)
        #expect(throws: KeyExchangeError.sharedKey(second, label)) { try role.receive(key, from: second) }
    }

    @Test func theReadmeHasTheSpecificationsTable() throws {
        #expect(try Readme.text(of: "KeyExchange").contains(Readme.table(of: KeyExchangeProtocol.specification)))
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
        let error = KeyExchangeError.sharedKey(first, label)
        #expect(error.abortReason == .keyCheckFailed && error.blamedParty == first)
        #expect(throws: error) {
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
