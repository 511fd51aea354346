import Arithmetic
import AuditedFederation
import Auditing
import Cryptography
import Jobs
import Paillier
import PrivateView
import Shares
import Specification
import Testing
import Transcript

/// What verification finds with a party's private view: nothing in what real parties sent, and each thing that is wrong in what was
/// tampered with.
@Suite struct PrivateViewAuditTests {
    private static let deep = "model={kind: wide-deep, embed: {dimension: 2}, source: {width: 2}, hidden: [4]}"

    @Test(arguments: [
        ["touched-rows=padded"], ["protection=none"], [deep], [deep, "touched-rows=padded"],
    ]) func realPartiesAreAccepted(overrides: [String]) throws { try check(Recorded(overrides, features: 1)) }

    @Test func threeRealPartiesAreAccepted() throws { try check(Recorded([], features: 2)) }

    private func check(_ job: Recorded) throws {
        let evidence = try job.parties.map { try job.evidence(of: $0) }
        let verification = withExtendedLifetime(evidence) {
            Verification(
                of: evidence.map(\.transcript), views: evidence.map(\.view), against: Software.conventions,
                revealing: Software.viewConventions)
        }
        let findings = verification.findings + verification.transcripts.flatMap(\.findings)
        #expect(findings.allSatisfy { $0.check == .protection && $0.severity == .note }, "\(findings)")
        #expect(verification.verdict == .accepted)
    }

    private func evidence(_ index: Int) throws -> Evidence {
        let job = try Recorded.job.get()
        return try job.evidence(of: job.parties[index])
    }

    /// Masks of fewer bits, in every F1 that the label party took: found by their leading bits, at the first of them.
    @Test(arguments: [1, 2, 22]) func narrowerMasks(lackingBits: Int) throws {
        let evidence = try evidence(0)
        let key = try evidence.key()
        let frames = try evidence.frames()
        let first = try #require(frames.firstIndex { $0.header.step == "F1" })
        try evidence.rewrite { _, frame in
            frame.header.step == "F1"
                ? [try frame.reopened(key) { $0.lowBits(frame.header.slotBits - 1 - lackingBits) }] : [frame]
        }
        let finding = try #require(try evidence.revealed().first)
        #expect(finding.check == .mask && finding.party == evidence.party && finding.frame == first, "\(finding)")
        #expect(finding.found.contains("begin with"))
        #expect(try evidence.revealed().count == 1)
    }

    /// The same values under the same masks but encrypted anew are no ciphertexts that came before.
    @Test func aMaskThatIsUsedTwice() throws {
        let job = try Recorded([], features: 1, source: { RepeatingSource(of: $0) })
        let label = try job.evidence(of: job.parties[0])
        let frames = try label.frames()
        func place(_ round: Int) throws -> Int {
            try #require(
                frames.firstIndex { $0.header.step == "F1" && $0.header.phase == "train" && $0.header.round == round })
        }
        let findings = try label.revealed()
        #expect(findings.count == 1, "\(findings)")
        let finding = try #require(findings.first)
        #expect(finding.check == .mask && finding.party == label.party && finding.peer == job.parties[1])
        #expect(finding.frame == (try place(3)))
        #expect(finding.found.contains("frame \(try place(1)), F1 of train round 1"))
        // Nobody but the owner of the key sees it.
        #expect(try job.evidence(of: job.parties[1]).revealed().isEmpty)
    }

    /// Draws masks of one round again in another.
    private final class RepeatingSource: RandomSource {
        private let sources: [any RandomSource]

        init(of party: Party) { sources = (0..<2).map { _ in MadeUpFederation.randomness(of: party) } }

        func stream(_ name: String) throws(RandomError) -> RandomStream {
            name == "matmul/0/3/F1/phone>shop"
                ? try sources[1].stream("matmul/0/1/F1/phone>shop") : try sources[0].stream(name)
        }
    }

    // MARK: - Randomness

    /// Products as they are before they are masked and re-randomised, in one frame of the sender's transcript.
    @Test(arguments: ["F1", "F2", "B2"]) func productsWithoutNoise(step: String) throws {
        try checkNoise(
            Recorded.job.get(), step, operands: step == "B2" ? ["B1"] : step == "F2" ? ["I4"] : ["I3", "B4"])
    }

    @Test func listedProductsWithoutNoise() throws {
        let job = try Recorded(["touched-rows=padded"], features: 1)
        for step in ["F1", "B2"] { try checkNoise(job, step, operands: step == "B2" ? ["B1"] : ["L2"], list: "L1") }
    }

    @Test func lookupsWithoutNoise() throws {
        let job = try Recorded([Self.deep], features: 1)
        try checkNoise(job, "E1", operands: ["I1", "G6a"])
        try checkNoise(job, "E2", operands: ["I5", "G6e"])
    }

    private func checkNoise(_ job: Recorded, _ step: String, operands: Set<String>, list: String? = nil) throws {
        let sender = try job.evidence(of: job.parties[step == "F2" || step == "E2" ? 0 : 1])
        let receiver = try job.evidence(of: job.parties[step == "F2" || step == "E2" ? 1 : 0])
        let frames = try sender.frames()
        let place = try #require(
            frames.firstIndex { $0.header.step == step && $0.header.phase.hasSuffix("train") && $0.header.round == 2 })
        let operand = try #require(frames[..<place].last { operands.contains($0.header.step) })
        let listed = try list.map { list in
            try #require(frames[..<place].last { $0.header.step == list }?.payload).chunks(of: 4).map {
                $0.reduce(0) { $0 << 8 | Int($1) }
            }
        }
        let round = try #require(try sender.rounds().first { $0.phase.hasSuffix("train") && $0.round == 2 })
        let rows = try sender.rows()
        let product = try product(
            round.rows.map { rows[$0] }, frames[place], operand, listed, under: receiver.key().cipher)
        try sender.rewrite { $0 == place ? [product] : [$1] }
        let findings = try sender.revealed()
        #expect(findings.count == 1, "\(step): \(findings)")
        let finding = try #require(findings.first)
        #expect(finding.check == .noise && finding.party == sender.party && finding.peer == receiver.party)
        #expect(finding.frame == place)
    }

    /// The library's own product, which says of itself that it is not re-randomised.
    private func product(
        _ batch: [ViewRecord.Row], _ frame: TranscriptRecord.FrameRecord, _ operand: TranscriptRecord.FrameRecord,
        _ listed: [Int]?, under cipher: PublicKey
    ) throws -> TranscriptRecord.FrameRecord {
        let payload = try #require(operand.payload)
        let count = payload.count / cipher.ciphertextBytes
        let right = Matrix(
            rows: operand.header.shape[0], columns: count / operand.header.shape[0],
            elements: try cipher.decode(payload, count: count))
        let multipliers: Multipliers
        if frame.header.step.hasPrefix("E") {
            multipliers = Multipliers(selecting: batch.flatMap(\.lookups), of: right.rows)
        } else {
            let numbers = batch.map { row in listed.map { $0.map { row.numbers[$0] } } ?? row.numbers }
            let left = Matrix(rows: numbers.count, columns: numbers[0].count, elements: Array(numbers.joined()))
            multipliers = try Multipliers(
                SparseMatrix(frame.header.step == "B2" ? left.transposed() : left), bits: FixedPoint.Limit.feature.bits)
        }
        let packing = Packing(
            slotBits: frame.header.slotBits, slots: frame.header.slots, columns: frame.header.shape[1])
        let plain = try cipher.product(
            variableTime: multipliers, cipher.operand(right, isReused: false),
            join: RowJoin(size: packing.rowsPerCiphertext, rowBits: packing.columns * packing.slotBits))
        var changed = frame
        changed.payload = cipher.encode(plain)
        #expect(changed.payload?.count == frame.length)
        return changed
    }

    // MARK: - Views of something else

    @Test func aForeignViewIsFound() throws {
        let (label, feature) = (try evidence(0), try evidence(1))
        func check(_ evidence: Evidence, _ text: String, _ change: (String) -> String) throws {
            try evidence.editView(change)
            let findings = try evidence.revealed()
            #expect(findings.allSatisfy { $0.check == .view }, "\(text): \(findings)")
            #expect(findings.contains { ($0.expected + $0.found).contains(text) }, "\(text): \(findings)")
        }
        try check(evidence(0), "job") { $0.replacing(/"job":"[0-9a-f]{8}/, with: #""job":"00000000"#) }
        try check(evidence(0), "attempt") { $0.replacing(#""attempt":0"#, with: #""attempt":1"#) }
        try check(evidence(0), "transcript of a view's party") {
            $0.replacing(#""party":"shop""#, with: #""party":"bank""#)
        }
        try check(evidence(0), "private view") { "nothing\n" + $0 }
        let other = try #require(feature.lines().first { $0.contains(#""record":"key""#) })
        try check(label, "the key that the party sent") { text in
            text.split(separator: "\n").map { $0.contains(#""record":"key""#) ? other : String($0) }
                .joined(separator: "\n")
        }
        try check(evidence(0), "primes") { $0.replacing(/"primes":\["[0-9a-f]{4}/, with: #""primes":["ffff"#) }
        try check(evidence(0), "of \(try label.frames().count - 1) frames") { text in
            var lines = text.split(separator: "\n")
            if let last = lines.lastIndex(where: { $0.contains(#""record":"frame""#) }) { lines.remove(at: last) }
            return lines.joined(separator: "\n")
        }
        try check(evidence(0), "go forward") {
            $0.replacing(/"frame":7,"nanoseconds":\d+/, with: #""frame":7,"nanoseconds":1"#)
        }
        try check(evidence(0), "train round 2") { text in
            text.split(separator: "\n").filter { !$0.contains(#""record":"round","round":2"#) }.joined(separator: "\n")
        }
    }
}

extension TranscriptRecord.FrameRecord {
    /// The same with other values in its slots, freshly encrypted.
    fileprivate func reopened(_ key: PrivateKey, _ change: (Integer) -> Integer) throws -> Self {
        let packing = Packing(slotBits: header.slotBits, slots: header.slots, columns: header.shape[1])
        let payload = try #require(payload)
        let ciphertexts = try key.cipher.decode(payload, count: payload.count / key.cipher.ciphertextBytes)
        let values = try packing.split(key.decrypt(ciphertexts), rows: header.shape[0]).map(change)
        let plaintexts = packing.join(packing.pack(values))
        let noise = key.noise(count: plaintexts.count, from: try SystemRandomSource(binding: []).stream("noise"))
        var frame = self
        frame.payload = key.cipher.encode(try key.encrypt(plaintexts, with: noise))
        return frame
    }
}

extension [UInt8] {
    fileprivate func chunks(of count: Int) -> [ArraySlice<UInt8>] {
        stride(from: 0, to: self.count, by: count).map { self[$0..<$0 + count] }
    }
}
