import Arithmetic
import Cryptography
import EmbedMatMul
import Foundation
import IdealCipher
import LayerTesting
import Paillier
import Shares
import Specification
import Testing

/// One case of the executable specification: everything that happened, every large integer a decimal string.
private struct Vectors: Decodable {
    struct Parameters: Decodable {
        var sizes: [String: [Int]]
        var label_sizes: [Int]
        var partner: String
        var dim, width, batch: Int
        var rate, momentum, decay: String
        var initial_bound: Int64
    }
    struct Message: Decodable, VectorMessage {
        var step, sender, receiver: String
        var key_owner, tensor, layout: String?
        var shape: [Int]
        var values: [String]
        var slot_bits, slots, magnitude, randomizer_bits: Int?

        /// The step's name in `protocol.yaml`, where several messages of one step have names of their own.
        var name: String {
            let places = [
                "T": (1, "a"), "V": (2, "b"), "U_B": (3, "c"), "U": (4, "d"), "T_B": (5, "e"), "V_B": (6, "f"),
                "V_B transposed": (7, "g"),
            ]
            let key = tensor.flatMap { places[$0] == nil ? String($0.prefix(1)) : $0 } ?? ""
            switch step {
            case "I": return places[key].map { "I\($0.0)" } ?? step
            case "G6": return places[key].map { "G6\($0.1)" } ?? step
            case "G1": return tensor == "dZ" ? (layout == "row" ? "G1a" : "G1b") : "G1c"
            default: return step
            }
        }
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
    let federation: EmbedMatMulFederation<Key>
    private var comparison: MessageComparison

    init(_ vectors: Vectors, makeKey: (Party) -> Key) throws {
        self.vectors = vectors
        let public_ = vectors.parameters
        order = public_.sizes.keys.sorted()
        func member(_ name: String, _ sizes: [Int]) throws -> EmbedMatMulParameters.Member {
            .init(try party(name), fields: sizes.count, tableRows: sizes.reduce(0, +))
        }
        let parameters = try EmbedMatMulParameters(
            label: member("B", public_.label_sizes),
            features: order.map { try member($0, #require(public_.sizes[$0])) },
            partner: party(public_.partner), dimension: public_.dim, width: public_.width, keyBits: vectors.key_bits,
            attempt: vectors.attempt)
        let members = try (order + ["B"]).map(party)
        federation = try EmbedMatMulFederation(
            parameters, runs: [.init(.train, rows: public_.batch, count: vectors.rounds.count)],
            keys: Dictionary(uniqueKeysWithValues: members.map { ($0, makeKey($0)) }),
            bounds: EmbedMatMulInitialBounds(tables: public_.initial_bound, weights: public_.initial_bound),
            optimiser: optimiser(public_.rate, momentum: public_.momentum, decay: public_.decay),
            source: { [names] in VectorSource(seed: vectors.seed, names: names) })
        comparison = MessageComparison(keys: federation.keys, ring: Int128.self)
    }

    mutating func run() throws {
        try compareShares(with: vectors.initial_shares)
        try federation.start()
        #expect(try comparison.differences(federation.sent, from: vectors.setup_messages) == [])
        for round in vectors.rounds {
            let rows = try order.map { try lookups(round, $0, #require(vectors.parameters.sizes[$0])) }
            let own = try lookups(round, "B", vectors.parameters.label_sizes)
            let z = try federation.forward(label: own, features: rows, in: .train)
            #expect(text(z) == round.opened_Z)
            try federation.backward(dZ: matrix(round.dZ))
            #expect(try comparison.differences(federation.sent, from: round.messages) == [])
            try compareShares(with: round.shares)
            #expect("\(federation.shares.label.optimiser.alpha)" == round.alpha)
            #expect(federation.shares.features.allSatisfy { $0.optimiser == federation.shares.label.optimiser })
            for (name, model) in zip(order + ["B"], federation.models) {
                #expect(text(model.table) == round.weights["Q_\(name)"])
                #expect(text(model.weights) == round.weights["W_\(name)"])
            }
        }
        #expect(federation.isFinished)
        #expect(names.masks == Set(vectors.draws.keys))
    }

    /// Table rows of a party's categories.
    private func lookups(_ round: Vectors.Round, _ name: String, _ sizes: [Int]) throws -> Matrix<Int> {
        let categories: Matrix<Int> = try matrix(#require(round.inputs[name]))
        return Matrix(
            rows: categories.rows, columns: categories.columns,
            elements: categories.elements.enumerated().map { place, category in
                sizes[..<(place % sizes.count)].reduce(category, +)
            })
    }

    private func compareShares(with expected: [String: [[String]]]) throws {
        let shares = federation.shares
        let ends =
            [(try #require(shares.label.own), try #require(federation.labelPart), "B")]
            + order.indices.map { (shares.features[$0].own, shares.label.features[$0], order[$0]) }
        for (own, other, name) in ends {
            #expect(text(own.table.value) == expected["S_\(name)"])
            #expect(text(own.weights.value) == expected["U_\(name)"])
            #expect(text(other.table.value) == expected["T_\(name)"])
            #expect(text(other.weights.value) == expected["V_\(name)"])
        }
        #expect(expected.count == 4 * ends.count)
    }
}

@Suite struct VectorTests {
    static let cases = ["embed-2-parties", "embed-3-parties", "embed-momentum-batch-1"]

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

    /// Bounds and widths of every masked product, from public sizes.
    @Test(arguments: cases)
    func randomizers(name: String) throws {
        let vectors = try Vectors(name)
        let public_ = vectors.parameters
        for message in vectors.rounds.flatMap(\.messages) where message.magnitude != nil {
            let feature = message.sender == "B" ? message.receiver : message.sender
            let product =
                switch message.step {
                case "E1", "E2": Product.embedLookup
                case "E3", "E4":
                    try Product.embedForward(
                        ownTerms: #require(public_.sizes[feature]).count * public_.dim,
                        labelTerms: public_.label_sizes.count * public_.dim)
                case "G2", "G3": try Product.embedWeightGradient(batch: public_.batch)
                default:
                    try Product.embedTableGradient(
                        batch: public_.batch, width: public_.width, dimension: public_.dim)
                }
            let packing = try Packing(product, columns: message.shape[1], keyBits: vectors.key_bits)
            #expect(product.magnitude == message.magnitude)
            #expect(
                product.randomizerBits(packing: packing, rows: message.shape[0], keyBits: vectors.key_bits)
                    == message.randomizer_bits)
        }
    }
}
