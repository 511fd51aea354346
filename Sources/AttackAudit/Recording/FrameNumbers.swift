internal import Arithmetic
internal import Attacks
internal import Paillier
internal import Specification

/// One reading of a frame's payload as real numbers: a row for each row of the tensor.
struct Reading: Sendable {
    let name: String
    let numbers: Matrix<Double>
}

/// What attacks make of one payload.
struct FrameNumbers {
    /// The same payload, read in several ways.
    var readings: [Reading] = []
    /// What must not come again: randomness of ciphertexts, leading bits of masked values.
    var keys: [UInt128] = []
    /// Whether neighbouring keys count as the same: masked values, which hide no more than their low bits.
    var reach: UInt128 = 0
    /// Shares of the ring of 64 bits, a row after the other, that are too short to be compared all with all.
    var shortShares: [UInt64] = []
}

/// Reads payloads as the party that received them can.
struct FrameReader: Sendable {
    let party: Party
    let key: PrivateKey?
    /// Of partners.
    let moduli: [Party: Integer]

    /// - Returns: `nil` where the payload is not as long as its header says.
    func numbers(_ frame: RecordedTranscript.Received) -> FrameNumbers? {
        let header = frame.record.header
        // A transcript may say anything; what is larger fits no frame.
        guard header.shape.count == 2, header.shape.allSatisfy({ (1...Self.largest).contains($0) }),
            header.slots <= Self.largest, header.slotBits <= Self.largestSlot
        else { return nil }
        switch header.kind {
        case .ciphertext:
            if header.keyOwner == party, let key { return opened(frame.payload, header, with: key) }
            return closed(frame.payload, header, modulus: header.keyOwner.flatMap { moduli[$0] })
        case .maskedShare: return shares(frame.payload, header)
        case .plain: return plain(frame.payload, header)
        case .publicKey, .proof, .blindedPoint, .tag, .shape, .control, .signature, .membership, .rowList, .statistic:
            return nil
        }
    }

    private static let (largest, largestSlot) = (1 << 28, 1 << 16)

    // MARK: - Numbers without a key

    private func plain(_ payload: [UInt8], _ header: FrameHeader) -> FrameNumbers? {
        guard payload.count == header.shape[0] * header.shape[1] * 8 else { return nil }
        let values = payload.words.map { Double(bitPattern: $0) }
        guard values.allSatisfy(\.isFinite) else { return nil }
        return FrameNumbers(readings: [Reading(name: "number", numbers: matrix(header, values))])
    }

    private func shares(_ payload: [UInt8], _ header: FrameHeader) -> FrameNumbers? {
        let count = header.shape[0] * header.shape[1]
        let words = payload.words
        if payload.count == count * 8 {
            let values = words.map { Double(Int64(bitPattern: $0)) * 0x1p-63 }
            return FrameNumbers(readings: [Reading(name: "share", numbers: matrix(header, values))], shortShares: words)
        }
        guard payload.count == count * 16 else { return nil }
        let wide = stride(from: 0, to: words.count, by: 2).map { UInt128(words[$0]) << 64 | UInt128(words[$0 + 1]) }
        return FrameNumbers(
            readings: [
                Reading(name: "share", numbers: matrix(header, wide.map { Double(Int128(bitPattern: $0)) * 0x1p-127 })),
                Reading(
                    name: "low 64 bits",
                    numbers: matrix(header, wide.map { Double(Int64(truncatingIfNeeded: $0)) * 0x1p-63 })),
            ], keys: wide)
    }

    private func matrix(_ header: FrameHeader, _ values: [Double]) -> Matrix<Double> {
        Matrix(rows: header.shape[0], columns: header.shape[1], elements: values)
    }

    // MARK: - Ciphertexts

    /// Under somebody else's key: what can be computed from c and from `c mod n`, which does not depend on what is encrypted.
    private func closed(_ payload: [UInt8], _ header: FrameHeader, modulus: Integer?) -> FrameNumbers? {
        guard let modulus, modulus.bitLength >= 128, modulus.bitLength.isMultiple(of: 8) else { return nil }
        let size = modulus.bitLength / 4
        guard let layout = Layout(header, count: payload.count / size), payload.count == layout.count * size else {
            return nil
        }
        guard let whole = try? (modulus * modulus).bigEndianBytes(count: size),
            let half = try? modulus.bigEndianBytes(count: size / 2)
        else { return nil }
        // Ciphertexts are uniform below n^2, and their randomness below n.
        let (most, mostRandom) = (whole.prefix(8).number, half.prefix(8).number)
        var readings = [[Double]](repeating: [], count: 4)
        var keys: [UInt128] = []
        for index in 0..<layout.count {
            let bytes = payload[index * size..<(index + 1) * size]
            let rest = Integer(bigEndian: bytes).modulo(modulus)
            guard let randomness = try? rest.bigEndianBytes(count: size / 2) else { return nil }
            readings[0].append(bytes.prefix(8).number / most - 0.5)
            readings[1].append(bytes.suffix(8).number * 0x1p-64 - 0.5)
            readings[2].append(randomness.prefix(8).number / mostRandom - 0.5)
            readings[3].append(randomness.suffix(8).number * 0x1p-64 - 0.5)
            keys.append(randomness.suffix(16).reduce(0) { $0 << 8 | UInt128($1) })
        }
        let names = ["c, leading bits", "c, trailing bits", "c mod n, leading bits", "c mod n, trailing bits"]
        return FrameNumbers(
            readings: zip(names, readings).map { Reading(name: $0, numbers: layout.spread($1)) }, keys: keys)
    }

    /// Under the party's own key.
    private func opened(_ payload: [UInt8], _ header: FrameHeader, with key: PrivateKey) -> FrameNumbers? {
        let count = payload.count / key.cipher.ciphertextBytes
        guard let layout = Layout(header, count: count),
            let plaintexts = try? key.decrypt(key.cipher.decode(payload, count: count))
        else { return nil }
        let values = layout.split(plaintexts)
        let bits = header.slotBits
        // Masked values stand above an offset of 2^M, in slots of M + 122 bits (`Product` in Shares).
        let offset = bits > Self.maskBits ? Integer(powerOfTwo: bits - Self.maskBits) : Integer()
        let unmasked = values.map { $0 - offset }
        // A mask has one bit less than its slot.
        let keys = values.map { value in
            bits > Self.keyBits
                ? UInt128(bitPattern: (value >> (bits - Self.keyBits)).truncatingInt128)
                : UInt128(bitPattern: value.truncatingInt128)
        }
        return FrameNumbers(
            readings: [
                Reading(
                    name: "low 64 bits", numbers: matrix(header, unmasked.map { Double($0.truncatingInt64) * 0x1p-63 })),
                Reading(
                    name: "low 128 bits",
                    numbers: matrix(header, unmasked.map { Double($0.truncatingInt128) * 0x1p-127 })),
                Reading(name: "leading bits", numbers: matrix(header, keys.map { Double($0) * 0x1p-119 - 0.5 })),
            ], keys: keys, reach: 1)
    }

    /// Bits of a slot beyond those of what a mask hides.
    private static let maskBits = 122
    /// Leading bits of a slot that are compared: those above what the mask hides.
    private static let keyBits = 120
}

/// How the values of a tensor lie in ciphertexts: each row in some of its own, or whole rows side by side (`Packing` in Shares).
private struct Layout {
    private let rows: Int
    private let columns: Int
    private let slots: Int
    private let slotBits: Int
    /// Ciphertexts of a row.
    private let perRow: Int
    /// Rows of a ciphertext.
    private let joined: Int
    let count: Int

    /// - Returns: `nil` where so many ciphertexts do not fit the header.
    init?(_ header: FrameHeader, count: Int) {
        (rows, columns) = (header.shape[0], header.shape[1])
        (slots, slotBits) = (max(1, header.slots), header.slotBits)
        perRow = (columns + slots - 1) / slots
        let most = max(1, slots / columns)
        self.count = count
        if count == rows * perRow {
            joined = 1
        } else if count == (rows + most - 1) / most * perRow {
            joined = most
        } else {
            return nil
        }
    }

    /// The values, row by row, each as it stands in its slot: not negative, unless it is alone.
    func split(_ plaintexts: [Integer]) -> [Integer] {
        var values: [Integer] = []
        values.reserveCapacity(rows * columns)
        for (index, plaintext) in plaintexts.enumerated() {
            guard slotBits > 0 else {
                values.append(plaintext)
                continue
            }
            let used =
                perRow == 1
                ? columns * min(joined, rows - index * joined) : min(slots, columns - index % perRow * slots)
            for slot in 0..<used {
                let shifted = plaintext >> (slot * slotBits)
                values.append(shifted.modulo(Integer(powerOfTwo: slotBits)))
            }
        }
        return values
    }

    /// A number of each ciphertext, for every row that lies in it.
    func spread(_ numbers: [Double]) -> Matrix<Double> {
        Matrix(
            rows: rows, columns: perRow,
            elements: (0..<rows).flatMap { numbers[$0 / joined * perRow..<($0 / joined + 1) * perRow] })
    }
}

extension Sequence<UInt8> {
    /// Big-endian.
    fileprivate var number: Double { Double(reduce(0 as UInt64) { $0 << 8 | UInt64($1) }) }
}

extension [UInt8] {
    /// Big-endian words of 64 bits; what is left over at the end is dropped.
    fileprivate var words: [UInt64] {
        stride(from: 0, to: count - count % 8, by: 8).map { start in
            self[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
        }
    }
}
