import Cryptography
import Testing
import Vole

@Suite struct TransferTests {
    private static let session = Array("a session".utf8)
    private static let choices = SecretBytes(copying: [0, 1, 1, 0, 1, 0, 0, 1])

    private let sender = TransferSender(session: session, purpose: .trees, random: stream("sender"))
    private let chooser = TransferChooser(
        session: session, purpose: .trees, choices: choices, random: stream("chooser"))

    /// The message of a role that chooses in `chooser`'s transfers and sends by `point`.
    private func message(_ point: [UInt8], _ pairs: [UInt8]) throws -> TransferMessage {
        try TransferMessage(.receiverChoices, point + pairs, transfers: pairs.count / 64)
    }

    @Test func theChooserGetsExactlyTheKeyOfItsChoice() throws {
        let both = try sender.keys(message(sender.point, chooser.pairs))
        let own = try chooser.keys(message(sender.point, []))
        #expect(both.count == 8 && own.count == 8)
        Self.choices.withUnsafeBytes { choices in
            for (index, (zero, one)) in both.enumerated() {
                #expect(own[index] == (choices[index] == 0 ? zero : one))
                #expect(own[index] != (choices[index] == 0 ? one : zero))
                #expect(own[index].count == 32)
            }
        }
        let all = both.flatMap { [$0, $1] }.map { $0.withUnsafeBytes(Array.init) }
        #expect(Set(all).count == 16)
    }

    @Test func keysBindSessionPurposeAndPoints() throws {
        let own = try chooser.keys(message(sender.point, []))
        for (session, purpose) in [(Array("another".utf8), Transfer.Purpose.trees), (Self.session, .products)] {
            let other = TransferSender(session: session, purpose: purpose, random: stream("sender"))
            #expect(other.point == sender.point)
            for (zero, one) in try other.keys(message(sender.point, chooser.pairs)) {
                #expect(!own.contains(zero) && !own.contains(one))
            }
        }
        // Two transfers that change places.
        let pairs = Array(chooser.pairs[64..<128] + chooser.pairs[..<64] + chooser.pairs[128...])
        let both = try sender.keys(message(sender.point, pairs))
        #expect(both[0].1 != own[1] && both[1].0 != own[0])
        #expect(both[2].1 == own[2])
    }

    @Test func pointsAreNewForEachTransfer() throws {
        let points = try CurvePoint.decode(sender.point + chooser.pairs)
        #expect(Set(points).count == 17)
        let other = TransferChooser(
            session: Self.session, purpose: .trees, choices: Self.choices, random: stream("another"))
        #expect(try Set(points).isDisjoint(with: CurvePoint.decode(other.pairs)))
    }

    /// Which of the two points has a known factor does not show in how it is drawn: exchanged choices exchange the points.
    @Test func aChoiceExchangesThePoints() {
        let opposite = SecretBytes(copying: Self.choices.withUnsafeBytes { $0.map { 1 - $0 } })
        let other = TransferChooser(
            session: Self.session, purpose: .trees, choices: opposite, random: stream("chooser"))
        for start in stride(from: 0, to: 512, by: 64) {
            #expect(chooser.pairs[start..<start + 32] == other.pairs[start + 32..<start + 64])
            #expect(chooser.pairs[start + 32..<start + 64] == other.pairs[start..<start + 32])
        }
    }

    @Test(arguments: [0, 1, 2, 9, 16]) func refusesBadPoints(index: Int) throws {
        let good = sender.point + chooser.pairs
        func with(_ point: [UInt8]) -> [UInt8] {
            Array(good[..<(32 * index)] + point + good[(32 * index + 32)...])
        }
        let filler = [UInt8](repeating: 0, count: 31)
        #expect(throws: VoleError.point(of: .receiverChoices, fault: .pointNotOnCurve(index: index))) {
            try TransferMessage(.receiverChoices, with([2] + filler), transfers: 8)
        }
        #expect(throws: VoleError.point(of: .receiverChoices, fault: .pointNotCanonical(index: index))) {
            try TransferMessage(.receiverChoices, with(filler + [255]), transfers: 8)
        }
        let small = try TransferMessage(.receiverChoices, with([1] + filler), transfers: 8)
        #expect(throws: VoleError.point(of: .receiverChoices, fault: .pointOfSmallOrder(index: index))) {
            if index == 0 { _ = try chooser.keys(small) } else { _ = try sender.keys(small) }
        }
    }
}
