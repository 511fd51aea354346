internal import Cryptography
internal import ExternalSort
internal import Specification
internal import Transcript

/// Finds ciphertexts on one link, whichever way they go, that have the same randomness: the same ciphertext again, another plaintext
/// under the randomness of an earlier one, or a product that went back without being re-randomised.
///
/// `(1 + m n) = 1` modulo n, so c mod n depends on the randomness alone; with fresh randomness two are never equal. On different links
/// they may be: one encryption of the derivative goes to all feature parties.
struct RepetitionVerifier {
    /// Bits of a place that count ciphertexts within their frame: more than the largest record has room for.
    private static let indexBits = 20

    /// 96 bits of a hash over link and c mod n, then the last 32 bits of c: equal ciphertexts agree in these, different ones of the same
    /// randomness hardly ever. Two of n fingerprints meet by chance with less than n^2 / 2^97: 2^-49 for 13 million ciphertexts.
    private var fingerprints = ExternalSorter()
    private var problem: ExternalSortError?

    /// Takes down the ciphertexts of a frame.
    ///
    /// - Parameters:
    ///   - randomness: c mod n of each, one after the other.
    ///   - size: Bytes of a ciphertext; c mod n has half as many.
    ///   - frame: Its number in the file.
    mutating func take(_ payload: [UInt8], _ randomness: [UInt8], size: Int, peer: Party, frame: Int) {
        guard problem == nil else { return }
        let hashes = SHA256.hashEach(packed: randomness, each: size / 2, prefix: Array(peer.name.utf8), to: 12)
        do throws(ExternalSortError) {
            for index in 0..<payload.count / size {
                let hash = hashes[index * 12..<(index + 1) * 12]
                let last = payload[(index + 1) * size - 4..<(index + 1) * size]
                try fingerprints.append(
                    PlacedKey(
                        high: hash.prefix(8).reduce(0) { $0 << 8 | UInt64($1) },
                        low: (hash.dropFirst(8) + last).reduce(0) { $0 << 8 | UInt64($1) },
                        place: UInt64(frame << Self.indexBits | index)))
            }
        } catch { problem = error }
    }

    /// One frame's first ciphertext that has the randomness of an earlier one.
    private struct Repetition {
        var index: Int
        var earlier: UInt64
        var isSame: Bool
        /// How many of the frame's ciphertexts have randomness of earlier ones.
        var count: Int
    }

    /// All frames were taken down: reports each frame that repeats something, and goes through the file for what these are.
    mutating func finish(_ path: String, _ findings: inout Findings) {
        var (repetitions, omitted): ([Int: Repetition], Int) = ([:], 0)
        var previous: PlacedKey?
        do throws(ExternalSortError) {
            try fingerprints.visit { key in
                defer { previous = key }
                guard let previous, previous.high == key.high, previous.low >> 32 == key.low >> 32 else { return }
                // Within equal randomness keys ascend by the ciphertext's last bits, not by place.
                let (first, again) = (min(previous.place, key.place), max(previous.place, key.place))
                let (frame, index) = (Int(again >> Self.indexBits), Int(again) & ((1 << Self.indexBits) - 1))
                let new = Repetition(index: index, earlier: first, isSame: previous.low == key.low, count: 1)
                guard var known = repetitions[frame] else {
                    if repetitions.count < Findings.limit { repetitions[frame] = new } else { omitted += 1 }
                    return
                }
                known.count += 1
                if index < known.index { (known.index, known.earlier, known.isSame) = (index, first, new.isSame) }
                repetitions[frame] = known
            }
        } catch { problem = error }
        report(repetitions, path, &findings)
        findings.omit(omitted)
        if let problem {
            findings.add(.repetition, .incomplete, expected: "all ciphertexts compared", found: problem.description)
        }
    }

    private func report(_ repetitions: [Int: Repetition], _ path: String, _ findings: inout Findings) {
        guard !repetitions.isEmpty else { return }
        let earlier = repetitions.values.map { Int($0.earlier >> Self.indexBits) }
        let places = FramePlace.find(Set(repetitions.keys).union(earlier), in: path)
        for (frame, repetition) in repetitions.sorted(by: { $0.key < $1.key }) {
            let first = Int(repetition.earlier >> Self.indexBits)
            let index = Int(repetition.earlier) & ((1 << Self.indexBits) - 1)
            let place = places[frame]
            let what = repetition.isSame ? "is" : "has the randomness of"
            let others = repetition.count - 1
            findings.add(
                Finding(
                    .repetition, party: findings.party, peer: place?.peer, record: place?.record,
                    frame: frame, expected: "fresh randomness in every ciphertext on a link",
                    found: "ciphertext \(repetition.index) of \(place?.text ?? "this frame") \(what) "
                        + "ciphertext \(index) of \(places[first]?.text ?? "one") in frame \(first)"
                        + (others == 0 ? "" : "; so do \(others) more of its ciphertexts")))
        }
    }
}

/// Where a frame stands in its file, and what it is.
private struct FramePlace {
    let record: Int
    let peer: Party
    let text: String

    /// Goes through a file to the last of these frames.
    static func find(_ frames: Set<Int>, in path: String) -> [Int: FramePlace] {
        guard let reader = try? TranscriptReader(path: path) else { return [:] }
        var (places, frame): ([Int: FramePlace], Int) = ([:], 0)
        while places.count < frames.count, case .record(let record) = reader.next() {
            guard case .frame(let content) = record else { continue }
            if frames.contains(frame) {
                places[frame] = FramePlace(
                    record: reader.headBefore.records, peer: content.peer, text: content.place)
            }
            frame += 1
        }
        return places
    }
}
