import Arithmetic
import Cryptography
import IdealCipher
import Link
import Paillier
import Shares
import SourceLayers
import Specification
import Testing

@Suite struct SourceLayersTests {
    private let wire: LayerWire
    private let sender: Party
    private let round: LayerRound

    init() throws {
        let specification = try ProtocolSpecification(
            yaml: """
                protocol: layer
                version: 1
                summary: none
                source: none
                roles: {a: one, b: other}
                learns: {a: nothing, b: nothing}
                phases: {train: [[F]]}
                messages:
                  F: {from: a, to: b, kind: masked-share, shape: "2 x 2", bytes: "32", carries: z, leaks: nothing}
                """)
        wire = LayerWire(specification, draws: "layer", attempt: 3)
        sender = try Party("a")
        var counter = RoundCounter(version: 5)
        _ = try counter.begin(.evaluate, rows: 9)
        round = try counter.begin(.train, rows: 2)
    }

    @Test func drawsAreNamedByAttemptAndForwardPasses() {
        #expect(wire.draw("F", round, "a>b") == "layer/3/1/F/a>b")
        #expect(wire.draw("B", round, nil) == "layer/3/1/B")
        #expect(wire.draw("I", .setup(version: 5), "a>b") == "layer/3/setup/I/a>b")
    }

    @Test func roundsAreTheForeseenOnes() throws {
        var counter = RoundCounter(version: 0)
        let foreseen = counter.foresee(.train, rows: 4)
        var other = counter
        #expect(throws: SourceLayerError.outOfTurn(event: "forward to train with 5 rows")) {
            try other.begin(.train, rows: 5)
        }
        #expect(try counter.begin(.train, rows: 4) == foreseen)
        #expect(try counter.begin(.train, rows: 5) != foreseen)
    }

    /// Training rounds count, evaluation does not, and what is foreseen has the version that it will have.
    @Test func versionsCountTrainingRounds() throws {
        var counter = RoundCounter(version: 5)
        #expect(try counter.begin(.evaluate, rows: 1).version == 5)
        #expect(try counter.begin(.train, rows: 1).version == 5)
        let next = counter.foresee(.train, rows: 1)
        #expect(next.version == 6 && next.updated.version == 7)
        #expect(try counter.begin(.train, rows: 1) == next)
        #expect(try counter.begin(.evaluate, rows: 1).version == 7)
    }

    @Test func framesOfAnotherVersionAreRefused() throws {
        let share = Matrix<Int64>(rows: 2, columns: 2, repeating: 1)
        let message: ShareMessage<Int64> = wire.share("F", round, from: sender, columns: 2)
        var frame = message.frame(share)
        #expect(frame.header.weightVersion == 5)
        frame.header.weightVersion = 6
        let violation = #expect(throws: ProtocolViolation.self) { try message.share(frame, from: sender) }
        #expect(violation?.expected == "F of a with the sizes agreed on, of weights after 5 updates")
        #expect(violation?.found == "F, shape [2, 2], of weights after 6 updates")
    }

    /// A copy of one version and a share of another would give a number: it is refused before anything is multiplied.
    @Test func copiesServeTheirOwnVersionAlone() throws {
        let key = IdealKey(keyBits: 2048)
        let conversion = try Conversion(.matMulForward(terms: 3), columns: 2, keyBits: 2048)
        let message = wire.operand("F", round, from: sender, to: try Party("b"), rows: 3, conversion)
        var randomness = Randomness<IdealCipher>(RecordedRandomSource(seed: [1]))
        let frame = try message.encrypt(
            Matrix<Int64>(rows: 3, columns: 2, repeating: 1), with: key, drawing: &randomness)
        var copy = try message.copy(frame, from: sender, under: key.cipher)
        for isReused in [false, true] {
            _ = try copy.operand(of: 5, under: key.cipher, isReused: isReused)
            for version in [4, 6] {
                let error = SourceLayerError.weightVersion(of: sender, expected: version, found: 5)
                #expect(throws: error) { try copy.operand(of: version, under: key.cipher, isReused: isReused) }
            }
        }
        let error = SourceLayerError.weightVersion(of: sender, expected: 6, found: 5)
        #expect(error.description.contains("a's share of the weights has had 5 updates, not 6"))
        #expect(error.abortReason == .internalError && error.blamedParty == nil)
    }

    private func travels<Element: RingElement>(_ elements: [Element]) throws {
        let message: ShareMessage<Element> = wire.share("F", round, from: sender, columns: 2)
        let share = Matrix(rows: 2, columns: 2, elements: elements)
        let frame = message.frame(share)
        #expect(frame.payload.count == 4 * Element.bitWidth / 8)
        // The last element but one, most significant byte first.
        #expect(
            frame.payload[2 * Element.bitWidth / 8] == UInt8(truncatingIfNeeded: elements[2] >> (Element.bitWidth - 8)))
        #expect(try message.share(frame, from: sender) == share)
        for payload in [frame.payload + [0], frame.payload.dropLast()] {
            let other = Frame(header: frame.header, payload: Array(payload))
            #expect(throws: ProtocolViolation.self) { try message.share(other, from: sender) }
        }
        let other = try Party("b")
        #expect(throws: ProtocolViolation.self) { try message.share(frame, from: other) }
    }

    @Test func sharesTravelInTheirRing() throws {
        try travels([Int64.min, -1, 0x1234_5678_9ABC_DEF0, .max])
        try travels([Int128.min, -1, 0x1234_5678_9ABC_DEF0 << 64, .max])
    }

    /// The masks of three parties, no two of which are alike, add up to nothing.
    @Test func pairMasksCancel() throws {
        let parties = try ["x", "y", "z"].map { try Party($0) }
        let masks: [Matrix<Int128>] = try parties.map { party in
            var sources: [Party: any RandomSource] = [:]
            for other in parties where other != party { sources[other] = RecordedRandomSource(seed: [7]) }
            return try PairMasks(of: party, order: parties, sources: sources).zeroSumMask(rows: 2, columns: 3) {
                "layer/\($0)"
            }
        }
        #expect(masks[0] &+ masks[1] &+ masks[2] == Matrix(rows: 2, columns: 3, repeating: 0))
        #expect(Set(masks.flatMap(\.elements)).count == 18)
        #expect(throws: SourceLayerError.missing("source of pair masks", parties[2])) {
            try PairMasks(of: parties[1], order: parties, sources: [:])
        }
    }

    @Test func errorsSayWhatTheyMeanForTheJob() {
        #expect(PaillierError.cancelled.followsGivingUp && PaillierError.cancelled.blamedParty == nil)
        #expect(PaillierError.multiplier(bits: 3).abortReason == .boundExceeded)
        #expect(SharesError.maskBudgetSpent(limit: 1).abortReason == .boundExceeded)
        #expect(SharesError.notDecimal.abortReason == .internalError)
        let blaming = SourceLayerError.invalidCiphertext(of: sender, step: "F", .cancelled)
        #expect(blaming.abortReason == .ciphertextInvalid && blaming.blamedParty == sender)
        #expect(SourceLayerError.unknownRow(field: 1).blamedParty == nil)
    }
}
