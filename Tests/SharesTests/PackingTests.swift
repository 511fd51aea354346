import Arithmetic
import Shares
import Testing

private struct PackingVectors: Decodable {
    struct Entry: Decodable {
        var product: String
        var magnitude, mask_bits, slot_bits, slots: Int
        var shape: [Int]
        var values, masks: [[String]]
        var packed_signed_values, packed_masked: [String]
    }
    var key_bits: Int
    var entries: [Entry]
}

@Suite struct PackingTests {
    private let products: [String: Product]

    init() throws {
        products = [
            "matmul-forward": try .matMulForward(terms: 1024), "matmul-gradient": try .matMulGradient(batch: 256),
            "embed-lookup": .embedLookup, "embed-forward": try .embedForward(ownTerms: 256, labelTerms: 256),
            "embed-dW": try .embedWeightGradient(batch: 256),
            "embed-dQ": try .embedTableGradient(batch: 256, width: 16, dimension: 8),
        ]
    }

    @Test(arguments: ["packing-2048", "packing-3072"])
    func theSpecificationsPackings(file: String) throws {
        let file = try vectors(file, as: PackingVectors.self)
        for entry in file.entries {
            let product = try #require(products[entry.product])
            #expect(product.magnitude == entry.magnitude)
            #expect(product.maskBits == entry.mask_bits)
            let packing = try Packing(product, columns: entry.shape[1], keyBits: file.key_bits)
            #expect(packing.slotBits == entry.slot_bits)
            #expect(packing.slots == entry.slots)

            let (values, masks) = (try matrix(entry.values), try matrix(entry.masks))
            let offset = Integer(powerOfTwo: product.magnitude)
            let covered = Matrix(
                rows: values.rows, columns: values.columns,
                elements: zip(values.elements, masks.elements).map { $0 + $1 + offset })
            #expect(packing.join(packing.pack(values)).map(\.decimal) == entry.packed_signed_values)
            let joined = packing.join(packing.pack(covered))
            #expect(joined.map(\.decimal) == entry.packed_masked)
            #expect(joined.count == packing.joinedCount(rows: values.rows))
            #expect(joined.allSatisfy { $0.bitLength <= file.key_bits - 2 })
            #expect(try packing.split(joined, rows: values.rows) == covered)
        }
    }

    @Test func oneValueAPlaintext() throws {
        let packing = Packing(unpackedColumns: 2)
        let values = Matrix<Integer>(rows: 2, columns: 2, elements: [1, -2, 3, -4])
        #expect(packing.pack(values) == values)
        #expect(packing.join(values) == values.elements)
    }

    @Test func whatIsNoPackingIsRefused() throws {
        let packing = try Packing(.matMulForward(terms: 3), columns: 4, keyBits: 2048)
        #expect(packing.rowsPerCiphertext == 2)
        let full = Integer(powerOfTwo: 8 * 218)
        #expect(throws: Never.self) { try packing.split([full - 1, full - 1], rows: 4) }
        #expect(throws: SharesError.plaintextOutsideSlots(slotBits: 218, slots: 8)) {
            try packing.split([full, 0], rows: 4)
        }
        #expect(throws: SharesError.plaintextOutsideSlots(slotBits: 218, slots: 4)) {
            try packing.split([0, Integer(powerOfTwo: 4 * 218)], rows: 3)
        }
        #expect(throws: SharesError.plaintextOutsideSlots(slotBits: 218, slots: 8)) {
            try packing.split([-1, 0], rows: 4)
        }
        for count in [1, 3] {
            #expect(throws: SharesError.count(expected: 2, found: count)) {
                try packing.split([Integer](repeating: 0, count: count), rows: 4)
            }
        }
    }

    @Test func aRowThatSpansPlaintextsEndsInAPartlyFilledOne() throws {
        let packing = try Packing(.matMulForward(terms: 3), columns: 12, keyBits: 2048)
        #expect(packing.rowsPerCiphertext == 1)
        #expect(packing.ciphertextsPerRow == 2)
        #expect(throws: SharesError.plaintextOutsideSlots(slotBits: 218, slots: 3)) {
            try packing.split([0, Integer(powerOfTwo: 3 * 218)], rows: 1)
        }
    }
}
