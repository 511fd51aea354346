internal import Arithmetic
internal import ExternalSort
internal import Glibc
internal import Pages
internal import Paillier
internal import Shares
internal import Specification
internal import Transcript

/// Opens what a party took under its own key, and looks whether every value lies behind a mask of its own.
///
/// A slot of b bits holds value + 2^M + mask with M = b - 122, |value| <= 2^M and b - 1 uniform bits of mask (`Product`). So the
/// bits behind the first one of a slot are uniform but for 2^-120, whatever they hide; and two values under one mask are less than
/// 2^(M + 1) apart, which two under different ones are with a chance of 2^-120.
struct OpenedMasks {
    /// Bits of a slot above its value: offset, hiding and the bit that sums need.
    private static let cover = 122
    /// 2^(M + 1) in units of the last of a slot's 128 leading bits, and one for what is cut off.
    private static let reach = UInt128(1) << (128 - cover + 1) + 1
    /// A finding at less than 2^-40, whatever the number of tests.
    private static let rejection = -40.0

    private struct Step: Hashable {
        let peer: Party
        let protocolName: String
        let step: String
        let slotBits: Int
    }

    private struct Place {
        let record: Int?
        let peer: Party
        let text: String
    }

    private let key: PrivateKey
    private var leading: [Step: (bits: LeadingBits, frame: Int)] = [:]
    /// By bits of a slot.
    private var values: [Int: NearValues] = [:]
    private var places: [Int: Place] = [:]
    /// Why values could not all be kept for comparison.
    private var problem: ExternalSortError?

    init(_ key: PrivateKey) { self.key = key }

    /// Opens a frame.
    mutating func take(_ frame: TranscriptRecord.FrameRecord, _ number: Int, _ findings: inout Findings) {
        guard let payload = frame.payload else { return }
        let header = frame.header
        let size = key.cipher.ciphertextBytes
        guard header.shape.count == 2, header.shape.allSatisfy({ (1...1 << 24).contains($0) }),
            (128...key.cipher.keyBits).contains(header.slotBits), (1...key.cipher.keyBits).contains(header.slots),
            payload.count.isMultiple(of: size)
        else {
            findings.add(
                .mask, peer: frame.peer, expected: "values in slots of \(Self.cover) bits more than they need",
                found: "\(frame.place) with slots of \(header.slotBits) bits")
            return
        }
        let packing = Packing(slotBits: header.slotBits, slots: header.slots, columns: header.shape[1])
        let slots: Matrix<Integer>
        do {
            let ciphertexts = try key.cipher.decode(payload, count: payload.count / size)
            slots = try packing.split(key.decrypt(ciphertexts), rows: header.shape[0])
        } catch {
            findings.add(
                .mask, peer: frame.peer, expected: "ciphertexts under this key, with values in their slots",
                found: "others in \(frame.place)")
            return
        }
        let step = Step(
            peer: frame.peer, protocolName: header.protocolName, step: header.step, slotBits: header.slotBits)
        places[number] = Place(record: findings.record, peer: frame.peer, text: frame.place)
        for slot in slots.elements {
            leading[step, default: (LeadingBits(), number)].bits.add(
                UInt8(truncatingIfNeeded: (slot >> (header.slotBits - 1 - LeadingBits.width)).truncatingInt64))
        }
        compare(slots.elements, header.slotBits, number)
    }

    /// Keeps the values of a frame, to be compared with all others.
    private mutating func compare(_ slots: [Integer], _ slotBits: Int, _ number: Int) {
        guard problem == nil else { return }
        let near = values[slotBits] ?? NearValues()
        values[slotBits] = near
        do throws(ExternalSortError) {
            for slot in slots {
                try near.add(
                    UInt128(truncatingIfNeeded: (slot >> (slotBits - 128)).truncatingInt128), frame: number)
            }
        } catch { problem = error }
    }

    /// What all frames together show.
    func finish(_ findings: inout Findings) {
        let tests = Double(max(1, leading.count * LeadingBits.tests))
        for (step, seen) in leading.sorted(by: { $0.value.frame < $1.value.frame }) {
            guard let outlier = seen.bits.outlier, outlier.log2 + log2(tests) < Self.rejection else { continue }
            add(
                &findings, seen.frame,
                expected: "masks of \(step.slotBits - 1) bits over values of \(step.slotBits - Self.cover)",
                found:
                    "of \(seen.bits.total.counted("value")) in \(step.protocolName) \(step.step), \(outlier.count) begin with "
                    + "the \(outlier.bits.counted("bit")) of \(outlier.value): a chance below 2^\(Int(outlier.log2.rounded(.up)))"
            )
        }
        var problem = problem
        do throws(ExternalSortError) {
            for (_, near) in values.sorted(by: { $0.key < $1.key }) {
                for (first, second) in try near.pairs(within: Self.reach) {
                    let place = places[first]?.text ?? ""
                    add(
                        &findings, second, expected: "a mask of its own for every value",
                        found: first == second
                            ? "two values in one frame under one mask"
                            : "a value under a mask of frame \(first), \(place)")
                }
            }
        } catch { problem = error }
        if let problem {
            findings.add(
                .mask, .incomplete, expected: "all values compared with each other", found: problem.description)
        }
    }

    private func add(_ findings: inout Findings, _ frame: Int, expected: String, found: String) {
        findings.add(
            Finding(
                .mask, party: findings.party, peer: places[frame]?.peer, record: places[frame]?.record, frame: frame,
                expected: expected, found: found))
    }
}
