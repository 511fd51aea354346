import Cryptography
import Testing
import Vole

@Suite struct RefusalTests {
    private static let parameters = VoleParameters(count: 256)

    private func receiver(_ random: RecordedRandomSource = RecordedRandomSource(seed: [1])) throws -> VoleReceiver {
        try VoleReceiver(Self.parameters, session: [], random: random, name: "vole")
    }

    private func sender(_ random: RecordedRandomSource = RecordedRandomSource(seed: [2])) throws -> VoleSender {
        try VoleSender(Self.parameters, session: [], random: random, name: "vole")
    }

    /// Messages that are too long, too short or empty.
    private static func wrong(_ message: [UInt8]) -> [[UInt8]] { [message + [0], message.dropLast(), []] }

    @Test func wrongLengths() throws {
        let vole = try Conversation(count: 256, receiver: [1], sender: [2])
        for bytes in Self.wrong(vole.senderChoices) {
            let error = VoleError.length(of: .senderChoices, expected: vole.senderChoices.count, found: bytes.count)
            #expect(throws: error) { _ = try receiver().products(bytes) }
        }
        for bytes in Self.wrong(vole.sums) {
            let error = VoleError.length(of: .sums, expected: vole.sums.count, found: bytes.count)
            #expect(throws: error) { _ = try receiver().products(vole.senderChoices).finish(bytes) }
        }
        for bytes in Self.wrong(vole.receiverChoices) {
            let error = VoleError.length(of: .receiverChoices, expected: vole.receiverChoices.count, found: bytes.count)
            #expect(throws: error) { _ = try sender().grow(bytes) }
        }
        for bytes in Self.wrong(vole.products) {
            let error = VoleError.length(of: .products, expected: vole.products.count, found: bytes.count)
            #expect(throws: error) { _ = try sender().grow(vole.receiverChoices).finish(bytes) }
        }
    }

    @Test func badPoints() throws {
        let vole = try Conversation(count: 256, receiver: [1], sender: [2])
        let small = [1] + [UInt8](repeating: 0, count: 31)
        #expect(throws: VoleError.point(of: .senderChoices, fault: .pointOfSmallOrder(index: 0))) {
            _ = try receiver().products(small + vole.senderChoices[32...])
        }
        #expect(throws: VoleError.point(of: .senderChoices, fault: .pointOfSmallOrder(index: 256))) {
            _ = try receiver().products(vole.senderChoices.dropLast(32) + small)
        }
        #expect(throws: VoleError.point(of: .receiverChoices, fault: .pointOfSmallOrder(index: 0))) {
            _ = try sender().grow(small + vole.receiverChoices[32...])
        }
        #expect(throws: VoleError.point(of: .receiverChoices, fault: .pointOfSmallOrder(index: 2))) {
            let choices = vole.receiverChoices[..<64] + small + vole.receiverChoices[96...]
            _ = try sender().grow(Array(choices))
        }
    }

    @Test func aStreamIsUsedOnce() throws {
        let random = RecordedRandomSource(seed: [1])
        _ = try receiver(random)
        #expect(throws: RandomError.nameUsedTwice("vole")) { _ = try receiver(random) }
        #expect(throws: RandomError.nameUsedTwice("vole")) { _ = try sender(random) }
    }

    @Test func errorsSayWhatWasExpected() {
        #expect(
            VoleError.length(of: .sums, expected: 3, found: 4).description
                == "the sums of a VOLE: expected 3 bytes, found 4")
        #expect(
            VoleError.point(of: .receiverChoices, fault: .pointNotOnCurve(index: 7)).description
                == "the receiver's choices of a VOLE: Curve point 7 is not on Curve25519.")
    }
}
