import Arithmetic
import Cryptography
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
        var counter = RoundCounter()
        _ = try counter.begin(.evaluate, rows: 9)
        round = try counter.begin(.train, rows: 2)
    }

    @Test func drawsAreNamedByAttemptAndForwardPasses() {
        #expect(wire.draw("F", round, "a>b") == "layer/3/1/F/a>b")
        #expect(wire.draw("B", round, nil) == "layer/3/1/B")
        #expect(wire.draw("I", .setup(), "a>b") == "layer/3/setup/I/a>b")
    }

    @Test func roundsAreTheForeseenOnes() throws {
        var counter = RoundCounter()
        let foreseen = counter.foresee(.train, rows: 4)
        var other = counter
        #expect(throws: SourceLayerError.outOfTurn(event: "forward to train with 5 rows")) {
            try other.begin(.train, rows: 5)
        }
        #expect(try counter.begin(.train, rows: 4) == foreseen)
        #expect(try counter.begin(.train, rows: 5) != foreseen)
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
