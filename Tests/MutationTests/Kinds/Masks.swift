import Arithmetic
import AuditedFederation
import Auditing
import Cryptography
import Paillier
import PrivateView
import Shares
import Specification
import Transcript

/// Masked products that are not as they should be, in both parties' transcripts: of what crossed, only who has a key or rows can tell.
extension Mutation {
    static let masks = [
        Mutation("masks narrower by some bits", .mask, of: .views) { mutant in
            let (frames, key) = try mutant.pickProducts()
            let lacking = Int.random(in: 1...100, using: &mutant.noise)
            for index in frames {
                try mutant.reopen(index, with: key) { values, header in
                    values.map { $0.lowBits(header.slotBits - 1 - lacking) }
                }
            }
            mutant.expect(try frames.first.orThrow("product"))
        },
        Mutation("a mask that serves twice", .mask, of: .views) { mutant in
            let (frames, key) = try mutant.pickProducts()
            let training = frames.filter { mutant.records[$0].frame?.header.phase == "train" }
            let index = try mutant.pick(Array(training.dropFirst()), of: "product after another one")
            let earlier = try mutant.values(of: training[0], with: key)
            let noise = Int64.random(in: 0..<1 << 40, using: &mutant.noise)
            try mutant.reopen(index, with: key) { values, _ in
                // What is hidden differs; what hides it does not.
                Matrix(
                    rows: values.rows, columns: values.columns,
                    elements: zip(values.elements, earlier.elements).map { $1 + Integer(noise) })
            }
            mutant.expect(index)
        },
        Mutation("a product with no randomness of its own", .noise, of: .views) { mutant in
            let index = try mutant.pickFrame { frame in
                ["F1", "F2", "B2"].contains(frame.header.step) && frame.isOutgoing && frame.header.phase == "train"
            }
            let product = try mutant.bareProduct(of: index)
            try mutant.changeBoth(index) { $0.keep(product) }
            mutant.expect(index)
        },
    ]
}

extension Mutant {
    /// What one party took of one step from one partner under its own key, and this key. The party becomes the one whose view is judged.
    mutating func pickProducts() throws -> (frames: [Int], key: PrivateKey) {
        let party = party
        let isProduct = { (frame: TranscriptRecord.FrameRecord) in
            ["F1", "F2", "B2"].contains(frame.header.step) && !frame.isOutgoing && frame.header.keyOwner == party
        }
        let frame = try records[pickFrame(where: isProduct)].frame.orThrow("product")
        let frames = records.indices { $0.header.step == frame.header.step && $0.peer == frame.peer && isProduct($0) }
        return (frames, try key(of: party))
    }

    /// A party's key, as its private view has it.
    func key(of party: Party) throws -> PrivateKey {
        for case .key(let record) in views[party] ?? [] {
            let primes = record.primes.compactMap { [UInt8](hexadecimal: $0).map { Integer(bigEndian: $0) } }
            if let key = PrivateKey(primes: primes) { return key }
        }
        throw NotThere("key of \(party)")
    }

    /// Changes a frame in the transcripts of both its ends.
    mutating func changeBoth(
        _ index: Int, _ change: (inout TranscriptRecord.FrameRecord) throws -> Void
    ) throws {
        let (partner, record) = try counterpart(of: index)
        try records.changeFrame(index, change)
        let changed = try records[index].frame.orThrow("frame")
        try transcripts[partner]?.changeFrame(record) { frame in
            (frame.payload, frame.length, frame.digest) = (changed.payload, changed.length, changed.digest)
        }
    }

    // MARK: - Slots

    /// What a frame's slots hold.
    func values(of index: Int, with key: PrivateKey) throws -> Matrix<Integer> {
        let frame = try records[index].frame.orThrow("frame")
        let payload = try frame.payload.orThrow("payload")
        let ciphertexts = try key.cipher.decode(payload, count: payload.count / key.cipher.ciphertextBytes)
        return try frame.packing.split(key.decrypt(ciphertexts), rows: frame.header.shape[0])
    }

    /// Puts other values into a frame's slots, freshly encrypted.
    mutating func reopen(
        _ index: Int, with key: PrivateKey, _ change: (Matrix<Integer>, FrameHeader) -> Matrix<Integer>
    ) throws {
        let values = try values(of: index, with: key)
        try changeBoth(index) { frame in
            let packing = frame.packing
            let plaintexts = packing.join(packing.pack(change(values, frame.header)))
            let noise = key.noise(count: plaintexts.count, from: try SystemRandomSource(binding: []).stream("noise"))
            frame.keep(key.cipher.encode(try key.encrypt(plaintexts, with: noise)))
        }
    }

    // MARK: - Products

    /// The product that a frame hides, as the library computes it before it is masked and re-randomised.
    func bareProduct(of index: Int) throws -> [UInt8] {
        let frame = try records[index].frame.orThrow("frame")
        let sources: Set = frame.header.step == "B2" ? ["B1"] : frame.header.step == "F2" ? ["I4"] : ["I3", "B4"]
        let operands = records[..<index].compactMap(\.frame).filter {
            $0.peer == frame.peer && !$0.isOutgoing && sources.contains($0.header.step)
        }
        let operand = try operands.last.orThrow("operand")
        let (cipher, payload) = (try key(of: frame.peer).cipher, try operand.payload.orThrow("payload"))
        let count = payload.count / cipher.ciphertextBytes
        let right = Matrix(
            rows: operand.header.shape[0], columns: count / operand.header.shape[0],
            elements: try cipher.decode(payload, count: count))
        let batch = try numbers(ofRound: frame.header.round)
        let left = frame.header.step == "B2" ? batch.transposed() : batch
        let packing = frame.packing
        let product = try cipher.product(
            variableTime: Multipliers(SparseMatrix(left), bits: FixedPoint.Limit.feature.bits),
            cipher.operand(right, isReused: false),
            join: RowJoin(size: packing.rowsPerCiphertext, rowBits: packing.columns * packing.slotBits))
        return cipher.encode(product)
    }

    /// The party's rows of a training round.
    private func numbers(ofRound number: Int) throws -> Matrix<Int64> {
        var (rows, batch): ([[Int64]], [Int]) = ([], [])
        for record in views[party] ?? [] {
            if case .row(let row) = record { rows.append(row.numbers) }
            if case .round(let round) = record, round.phase == "train", round.round == number { batch = round.rows }
        }
        guard let first = batch.first else { throw NotThere("round \(number)") }
        return Matrix(rows: batch.count, columns: rows[first].count, elements: batch.flatMap { rows[$0] })
    }
}

extension TranscriptRecord.FrameRecord {
    fileprivate var packing: Packing {
        Packing(slotBits: header.slotBits, slots: header.slots, columns: header.shape[1])
    }
}
