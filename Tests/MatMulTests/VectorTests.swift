import Arithmetic
import Cryptography
import Foundation
import IdealCipher
import LayerTesting
import MatMul
import Paillier
import Shares
import Specification
import Testing

/// One case of the executable specification: everything that happened, every large integer a decimal string.
private struct Vectors: Decodable {
    struct Parameters: Decodable {
        var columns: [String: Int]
        var label_columns, width, batch: Int
        var rate, momentum, decay: String
        var initial_bound: Int64
    }
    struct Message: Decodable, VectorMessage {
        var step, sender, receiver: String
        var key_owner: String?
        var shape: [Int]
        var values: [String]
        var slot_bits, slots, magnitude, randomizer_bits: Int?

        var name: String { step }
    }
    struct Round: Decodable {
        var inputs: [String: [[String]]]
        var messages: [Message]
        var opened_Z, dZ: [[String]]
        var alpha: String
        var shares, weights: [String: [[String]]]
    }
    struct Draw: Decodable {
        var bits: Int
    }
    var seed: String
    var key_bits, attempt: Int
    var parameters: Parameters
    var initial_shares: [String: [[String]]]
    var setup_messages: [Message]
    var rounds: [Round]
    var draws: [String: Draw]

    init(_ name: String) throws {
        let url = try #require(Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Vectors"))
        self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: url))
    }
}

/// Runs a federation over a case's inputs and compares everything with what the specification says, to the last bit.
private struct Replay<Key: AdditiveKey> {
    let vectors: Vectors
    let names = VectorSource.NameList()
    let order: [String]
    let federation: MatMulFederation<Key>
    private var comparison: MessageComparison

    init(_ vectors: Vectors, makeKey: (Party) -> Key) throws {
        self.vectors = vectors
        let public_ = vectors.parameters
        order = public_.columns.keys.sorted()
        let parameters = try MatMulParameters(
            label: .init(party("B"), columns: public_.label_columns),
            features: order.map { try .init(party($0), columns: #require(public_.columns[$0])) },
            width: public_.width, keyBits: vectors.key_bits, attempt: vectors.attempt)
        let members = try (order + ["B"]).map(party)
        federation = try MatMulFederation(
            parameters, runs: [.init(.train, rows: public_.batch, count: vectors.rounds.count)],
            keys: Dictionary(uniqueKeysWithValues: members.map { ($0, makeKey($0)) }),
            bounds: MatMulInitialBounds(
                featureWeights: public_.initial_bound, labelWeights: public_.initial_bound),
            optimiser: optimiser(public_.rate, momentum: public_.momentum, decay: public_.decay),
            source: { [names] in VectorSource(seed: vectors.seed, names: names) })
        comparison = MessageComparison(keys: federation.keys, ring: Int64.self)
    }

    mutating func run() throws {
        compareShares(with: vectors.initial_shares)
        try federation.start()
        #expect(try comparison.differences(federation.sent, from: vectors.setup_messages) == [])
        for round in vectors.rounds {
            let rows: [Matrix<Int64>] = try order.map { try matrix(#require(round.inputs[$0])) }
            let z = try federation.forward(label: matrix(#require(round.inputs["B"])), features: rows, in: .train)
            #expect(text(z) == round.opened_Z)
            try federation.backward(dZ: matrix(round.dZ))
            #expect(try comparison.differences(federation.sent, from: round.messages) == [])
            compareShares(with: round.shares)
            #expect("\(federation.shares.label.optimiser.alpha)" == round.alpha)
            #expect(federation.shares.features.allSatisfy { $0.optimiser == federation.shares.label.optimiser })
            #expect(federation.weights.map(text) == (order + ["B"]).map { round.weights[$0] })
        }
        #expect(federation.isFinished)
        #expect(names.masks == Set(vectors.draws.keys))
    }

    private func compareShares(with expected: [String: [[String]]]) {
        let shares = federation.shares.label
        #expect(text(shares.weights.value) == expected["U_B"])
        for (index, name) in order.enumerated() {
            #expect(text(shares.featureWeights[index].value) == expected["V_\(name)"])
            #expect(text(federation.shares.features[index].weights.value) == expected["U_\(name)"])
            #expect(text(federation.shares.features[index].labelWeights) == expected["VB_\(name)"])
        }
    }
}

@Suite struct VectorTests {
    static let cases = [
        "matmul-2-parties", "matmul-3-parties", "matmul-4-parties-3072", "matmul-bounds", "matmul-negative",
        "matmul-zero-rows", "matmul-all-zero", "matmul-batch-1", "matmul-wide-output", "matmul-momentum-decay",
    ]

    @Test(arguments: cases)
    func idealCipher(name: String) throws {
        let vectors = try Vectors(name)
        var replay = try Replay(vectors) { _ in IdealKey(keyBits: vectors.key_bits) }
        try replay.run()
    }

    @Test(arguments: cases)
    func paillier(name: String) throws {
        let vectors = try Vectors(name)
        var replay = try Replay(vectors) { Keys.recorded(bits: vectors.key_bits, $0) }
        try replay.run()
    }

    @Test(arguments: cases)
    func randomizers(name: String) throws {
        let vectors = try Vectors(name)
        let public_ = vectors.parameters
        for message in vectors.rounds.flatMap(\.messages) where message.magnitude != nil {
            let columns = message.step == "F1" ? public_.columns[message.sender] : public_.label_columns
            let product =
                message.step == "B2"
                ? try Product.matMulGradient(batch: public_.batch)
                : try Product.matMulForward(terms: #require(columns))
            let packing = try Packing(product, columns: public_.width, keyBits: vectors.key_bits)
            #expect(product.magnitude == message.magnitude)
            #expect(
                product.randomizerBits(packing: packing, rows: message.shape[0], keyBits: vectors.key_bits)
                    == message.randomizer_bits)
        }
    }
}
