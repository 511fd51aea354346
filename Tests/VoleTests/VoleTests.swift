import Cryptography
import Testing
import Vole

/// Both roles of one VOLE in this process.
struct Conversation {
    let receiverChoices, senderChoices, products, sums: [UInt8]
    let a, c: SecretWords
    let key: VoleKey

    init(
        count: Int, session: [UInt8] = [1], receiver: [UInt8], sender: [UInt8],
        paths: (receiver: VolePath, sender: VolePath) = (.fastest, .fastest)
    ) throws {
        let parameters = VoleParameters(count: count)
        let receiver = try VoleReceiver(
            parameters, session: session, random: RecordedRandomSource(seed: receiver), name: "vole",
            path: paths.receiver)
        let sender = try VoleSender(
            parameters, session: session, random: RecordedRandomSource(seed: sender), name: "vole", path: paths.sender)
        (receiverChoices, senderChoices) = (receiver.choices, sender.choices)
        let pending = try receiver.products(senderChoices)
        (products, a) = (pending.message, pending.a)
        (sums, key) = try sender.grow(receiverChoices).finish(products)
        c = try pending.finish(sums)
    }

    /// Whether c = b + D a.
    var holds: Bool {
        let (a, b, c, delta) = (a.copy(), key.b.copy(), c.copy(), key.delta)
        return a.indices.allSatisfy { index in
            let product = delta * BinaryElement(low: a[index])
            return c[2 * index] == b[2 * index] ^ product.low && c[2 * index + 1] == b[2 * index + 1] ^ product.high
        }
    }
}

@Suite struct VoleTests {
    @Test(arguments: [256, 300, 1000, 5000, 1 << 16]) func correlationHolds(count: Int) throws {
        let vole = try Conversation(count: count, receiver: [1], sender: [2])
        #expect(vole.a.count == count && vole.c.count == 2 * count && vole.key.b.count == 2 * count)
        #expect(vole.holds)
        // Entries of 64 random bits repeat with chance 2^-33 at most.
        #expect(Set(vole.a.copy()).count == count)
        let parameters = VoleParameters(count: count)
        #expect(vole.receiverChoices.count == parameters.receiverChoicesByteCount)
        #expect(vole.senderChoices.count == parameters.senderChoicesByteCount)
        #expect(vole.products.count == parameters.productsByteCount)
        #expect(vole.sums.count == parameters.sumsByteCount)
    }

    /// Each bit of a is set in about half of the entries: seven standard deviations.
    @Test func entriesLookUniform() throws {
        let count = 4000
        let a = try Conversation(count: count, receiver: [3], sender: [4]).a.copy()
        for bit: UInt64 in 0..<64 {
            let ones = a.count { $0 >> bit & 1 == 1 }
            #expect(abs(2 * ones - count) < 7 * 64)
        }
    }

    /// The same bits whichever path a role takes, also where the two take different ones.
    @Test func pathsGiveTheSameBits() throws {
        let paths: [(VolePath, VolePath)] = [
            (.fastest, .fastest), (.portable, .portable), (.portable, .fastest), (.fastest, .portable),
        ]
        let all = try paths.map { try Conversation(count: 600, receiver: [5], sender: [6], paths: $0) }
        for other in all {
            #expect(other.holds)
            #expect(other.products == all[0].products && other.sums == all[0].sums)
            #expect(other.a.copy() == all[0].a.copy() && other.c.copy() == all[0].c.copy())
            #expect(other.key.b.copy() == all[0].key.b.copy() && other.key.delta == all[0].key.delta)
        }
    }

    @Test func instancesAreUnrelated() throws {
        let one = try Conversation(count: 256, receiver: [1], sender: [1])
        let two = try Conversation(count: 256, receiver: [2], sender: [2])
        #expect(one.key.delta != two.key.delta)
        #expect(Set(one.a.copy()).isDisjoint(with: two.a.copy()))
        #expect(Set(one.key.b.copy()).isDisjoint(with: two.key.b.copy()))
    }

    /// What the set intersection does with it: R sends x + a, S shifts b, and c = b' + D x.
    @Test func theKeyShiftsToValuesOfTheReceiversChoice() throws {
        let vole = try Conversation(count: 500, receiver: [1], sender: [2])
        var generator = SplitMix(seed: 9)
        let x = generator.words(500)
        vole.key.shift(by: zip(x, vole.a.copy()).map { $0 ^ $1 })
        let products = vole.key.products(of: x)
        for index in 0..<500 {
            #expect(products[element: index] == vole.key.delta * BinaryElement(low: x[index]))
            #expect(vole.c[element: index] == vole.key.b[element: index] + products[element: index])
        }
    }

    @Test func sessionsMustAgree() throws {
        let parameters = VoleParameters(count: 256)
        let receiver = try VoleReceiver(
            parameters, session: [1], random: RecordedRandomSource(seed: [1]), name: "vole")
        let sender = try VoleSender(parameters, session: [2], random: RecordedRandomSource(seed: [2]), name: "vole")
        let choices = receiver.choices
        let pending = try receiver.products(sender.choices)
        let a = pending.a
        let (sums, key) = try sender.grow(choices).finish(pending.message)
        let c = try pending.finish(sums)
        #expect(!(0..<256).contains { c[element: $0] == key.b[element: $0] + key.delta * BinaryElement(low: a[$0]) })
    }

    @Test func blocksCoverTheVector() {
        for count in [256, 257, 300, 18_278, 1_153_690] {
            let parameters = VoleParameters(count: count)
            let blocks = (0..<VoleParameters.blocks).map(parameters.block)
            #expect(blocks.first?.lowerBound == 0 && blocks.last?.upperBound == 2 * count)
            #expect(zip(blocks, blocks.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
            let longest = (2 * count + 463) / 464
            #expect(blocks.allSatisfy { (longest - 1...longest).contains($0.count) })
            #expect(longest <= 1 << parameters.levels)
            #expect(longest > 1 << (parameters.levels - 1))
        }
    }

    /// Bytes at 2^20 identifiers, and that t is what the README argues for.
    @Test func sizes() {
        #expect(VoleParameters.blocks == 464)
        let parameters = VoleParameters(count: 1_153_690)
        #expect(parameters.receiverChoicesByteCount == 386_080)
        #expect(parameters.senderChoicesByteCount == 8224)
        #expect(parameters.productsByteCount == 950_272)
        #expect(parameters.sumsByteCount == 200_448)
    }
}
