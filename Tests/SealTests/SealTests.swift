import Cryptography
import ProtocolTesting
import Seal
import Specification
import Testing
import Transcript

@Suite struct SealTests {
    private let parties: [Party]
    private let jobHash = [UInt8](repeating: 9, count: 32)
    private let keys: [Party: SigningKey]

    init() throws {
        parties = try ["airline", "weather", "airport"].map { try Party($0) }
        keys = Dictionary(uniqueKeysWithValues: parties.map { ($0, SigningKey.generate()) })
    }

    private func head(of party: Party) -> ChainHead {
        ChainHead(bytes: SHA256.hash(Array(party.name.utf8)), records: 100 + party.name.utf8.count)
    }

    private func key(of party: Party) throws -> SigningKey { try #require(keys[party]) }

    /// What a party states: its head, signed by `signer` as `purpose` of `party` in this job, unless said otherwise.
    private func statement(
        of party: Party, signer: SigningKey? = nil, purpose: String = "head", jobHash: [UInt8]? = nil
    ) throws -> SignedHead {
        let head = head(of: party)
        let signed = head.signedBytes(purpose: purpose, party: party, jobHash: jobHash ?? self.jobHash)
        return SignedHead(head: head, signature: try (signer ?? key(of: party)).sign(signed))
    }

    private func role(_ me: Party, own: SignedHead? = nil, counterSigner: SigningKey? = nil) throws -> SealParty {
        let signer = try counterSigner ?? key(of: me)
        return try SealParty(
            me: me, jobHash: jobHash, own: own ?? statement(of: me),
            transcriptKeys: keys.filter { $0.key != me }.mapValues(\.verificationKey)
        ) { head, partner in
            signer.sign(head.signedBytes(purpose: "counter-signature", party: partner, jobHash: jobHash))
        }
    }

    /// Runs the seal; the second party may have a role of the test's.
    private func run(_ weather: SealParty? = nil) throws -> Rehearsal<SealParty.Output> {
        let rehearsal = try Rehearsal<SealParty.Output>(SealProtocol.specification, SealProtocol.plan(parties))
        let seats = try parties.map { party in
            let role = try party == parties[1] ? weather ?? role(party) : role(party)
            return rehearsal.seat(party, role)
        }
        for seat in seats { try rehearsal.perform(seat) { $0.start() } }
        try rehearsal.settle()
        return rehearsal
    }

    @Test func everybodyHoldsSignedHeadsAndCounterSignatures() throws {
        let rehearsal = try run()
        #expect(rehearsal.isFinished)
        for party in parties {
            let others = parties.filter { $0 != party }
            #expect(
                rehearsal.outputs[party] == [Dictionary(uniqueKeysWithValues: others.map { ($0, head(of: $0)) })])
        }
        // What stands on the wire is what an auditor can check: the first statement and the first counter-signature.
        let stated = try SignedHead(decoding: rehearsal.sent[0].payload)
        let airline = parties[0]
        #expect(
            try stated.isSigned(by: key(of: airline).verificationKey, of: airline, jobHash: jobHash))
        #expect(rehearsal.sent.filter { $0.header.step == "S2" }.allSatisfy { $0.payload.count == 64 })
    }

    @Test(arguments: 0..<3) func aHeadMustBeSignedByItsOwnerForThisJob(change: Int) throws {
        let weather = parties[1]
        let own =
            switch change {
            case 0: try statement(of: weather, signer: SigningKey.generate())
            case 1: try statement(of: weather, purpose: "counter-signature")
            default: try statement(of: weather, jobHash: [UInt8](repeating: 8, count: 32))
            }
        let violation = try #require(throws: ProtocolViolation.self) { try run(role(weather, own: own)) }
        #expect(violation.party == weather && violation.step == "S1")
    }

    @Test func aCounterSignatureMustBeThePartnersOwn() throws {
        let weather = parties[1]
        let violation = try #require(throws: ProtocolViolation.self) {
            try run(role(weather, counterSigner: SigningKey.generate()))
        }
        #expect(violation.party == weather && violation.step == "S2")
    }

    @Test func everyChangedByteOfAStatementIsRefused() throws {
        let (airline, airport) = (parties[0], parties[2])
        let header = FrameHeader(
            protocolName: "seal", phase: "seal", round: 0, step: "S1", kind: .signature, shape: [1])
        let statement = try statement(of: airport).encoded
        for index in statement.indices {
            var role = try role(airline)
            _ = role.start()
            var changed = statement
            changed[index] ^= 1
            #expect(throws: ProtocolViolation.self, "byte \(index)") {
                try role.receive(Frame(header: header, payload: changed), from: airport)
            }
            #expect(throws: Never.self) { try role.receive(Frame(header: header, payload: statement), from: airport) }
        }
    }

    @Test func statementsHaveOneEncoding() throws {
        let statement = try statement(of: parties[0])
        #expect(statement.encoded.count == 104)
        #expect(try SignedHead(decoding: statement.encoded) == statement)
        #expect(throws: SpecificationError.self) { try SignedHead(decoding: Array(statement.encoded.dropLast())) }
        #expect(throws: SpecificationError.self) { try SignedHead(decoding: statement.encoded + [0]) }
    }

    @Test func theReadmeHasTheSpecificationsTable() throws {
        #expect(try Readme.text(of: "Seal").contains(Readme.table(of: SealProtocol.specification)))
    }
}
