import Arithmetic
import AuditedFederation
import Auditing
import Foundation
import LayerTesting
import Paillier
import Specification
import Testing
import Transcript

// swift-format-ignore: NeverUseForceTry
private let (airline, weather, airport) =  // Constant names.
    (try! Party("airline"), try! Party("weather"), try! Party("airport"))

private let size = Federation.keyBits / 4
private let modulus = Federation.key(of: airline).cipher.modulus
private let square = modulus * modulus
private let root = Integer(powerOfTwo: Federation.keyBits / 2) - 1

private func prime(after start: Integer) -> Integer {
    var candidate = start.isOdd ? start + 2 : start + 1
    while !candidate.isProbablePrime(rounds: 5) { candidate += 2 }
    return candidate
}

/// Two moduli with a factor in common.
private let siblings: (Integer, Integer) = {
    let shared = prime(after: root - (1 << 40))
    return (shared * prime(after: root - (1 << 30)), shared * prime(after: root - (1 << 20)))
}()

extension Integer {
    fileprivate func bytes(_ count: Int) -> [UInt8] {
        (try? bigEndianBytes(count: count)) ?? []
    }
}

extension Mutation {
    /// A change to the payload of a frame that must be found in that frame.
    fileprivate init(
        _ name: String, _ check: Check, step: String, round: Int = 0, isOutgoing: Bool? = nil,
        payload change: @escaping @Sendable (inout [UInt8]) throws -> Void
    ) {
        self.init(name, check) { records in
            let index = try records.index(step, round: round, isOutgoing: isOutgoing)
            var payload = try records.payload(index)
            try change(&payload)
            try records.changeFrame(index) { $0.keep(payload) }
            return index
        }
    }

    /// Another modulus of the partner.
    fileprivate init(_ name: String, modulus: @escaping @Sendable () -> Integer) {
        self.init(name, .key, step: "K1") { $0 = modulus().bytes(size / 2) }
    }

    /// Another ciphertext in the second place of C2.
    fileprivate init(_ name: String, ciphertext: @escaping @Sendable () -> Integer) {
        self.init(name, .ciphertext, step: "C2", round: 1) {
            $0.replaceSubrange(size..<2 * size, with: ciphertext().bytes(size))
        }
    }

    /// Other numbers in all frames of C3, found in the first. `number` gives that of a round and a row.
    fileprivate init(_ name: String, shares number: @escaping @Sendable (inout Noise, Int, Int) -> UInt64) {
        self.init(name, .uniformity) { records in
            var noise = Noise(state: 11)
            for round in 0..<course.rounds {
                let payload = (0..<course.rows).flatMap { row in
                    withUnsafeBytes(of: number(&noise, round, row).bigEndian) { Array($0) }
                }
                try records.changeFrame(try records.index("C3", round: round)) { $0.keep(payload) }
            }
            return try records.index("C3")
        }
    }
}

extension [TranscriptRecord] {
    fileprivate func payload(_ index: Int) throws -> [UInt8] {
        guard case .frame(let frame) = self[index], let payload = frame.payload else { throw CancellationError() }
        return payload
    }

    /// Changes the first frame of a step.
    fileprivate mutating func change(
        _ step: String, _ change: (inout TranscriptRecord.FrameRecord) -> Void
    ) throws {
        try changeFrame(try index(step), change)
    }
}

private let course = Federation.Course(rounds: 24, rows: 8, keepsPayloads: true)

private let keys = [
    Mutation("the receiver's own modulus", .key) { records in
        let places = try ["K2", "K1"].map { try records.index($0) }
        try records.changeFrame(places[1]) { $0.keep(Federation.key(of: weather).cipher.encoded) }
        return max(places[0], places[1])
    },
    Mutation("a modulus that shares a factor with the receiver's", .key) { records in
        let places = try ["K2", "K1"].map { try records.index($0) }
        for (place, modulus) in zip(places, [siblings.0, siblings.1]) {
            try records.changeFrame(place) { $0.keep(modulus.bytes(size / 2)) }
        }
        return max(places[0], places[1])
    },
    Mutation("an even modulus", modulus: { modulus - 1 }),
    Mutation("a short modulus", modulus: { modulus >> 1 }),
    Mutation("a modulus with a small factor", modulus: { modulus - modulus.modulo(65_521) }),
    Mutation("a square", modulus: { root * root }),
    Mutation("a prime", modulus: { prime(after: modulus) }),
    Mutation("a proof with one bit changed", .key, step: "K3", payload: { $0[2047] ^= 1 }),
    Mutation("a key without proof", .key) { records in
        let index = try records.index("K3")
        // The protocol's order, which misses it, is not asked: it calls the proof by another kind.
        try records.changeFrame(index) { $0.header.kind = .control }
        return try records.index("C1")
    },
]

private let ciphertexts = [
    Mutation("0", ciphertext: { 0 }), Mutation("1", ciphertext: { 1 }), Mutation("n^2", ciphertext: { square }),
    Mutation("a multiple of n", ciphertext: { modulus * 12_345 }),
    Mutation("a plaintext without randomness", ciphertext: { 1 + modulus * 77 }),
    Mutation("all bits", ciphertext: { Integer(powerOfTwo: 8 * size) - 1 }),
    Mutation("ciphertexts of another size", .ciphertext) { records in
        try records.changePlan("layer") { $0.dimensions["ciphertext-bytes"] = size - 4 }
        for index in records.indices {
            guard case .frame(let frame) = records[index], frame.header.kind == .ciphertext else { continue }
            let payload = Array((frame.payload ?? []).prefix(course.rows * (size - 4)))
            try records.changeFrame(index) { $0.keep(payload) }
        }
        return try records.index("C1")
    },
]

private let repetitions = [
    Mutation("a frame sent again", .repetition) { records in
        let (first, again) = (try records.index("C2", round: 2), try records.index("C2", round: 5))
        let payload = try records.payload(first)
        try records.changeFrame(again) { $0.keep(payload) }
        return again
    },
    Mutation("one ciphertext twice in a frame", .repetition, step: "C2", round: 3) {
        $0.replaceSubrange(7 * size..<8 * size, with: $0[2 * size..<3 * size])
    },
    Mutation("another plaintext under randomness used before", .repetition, step: "C2", round: 3) {
        let other = (Integer(bigEndian: $0[..<size]) * (1 + 99 * modulus)).modulo(square)
        $0.replaceSubrange(3 * size..<4 * size, with: other.bytes(size))
    },
    Mutation("a product that was not re-randomised", .repetition) { records in
        let back = try records.index("C2", round: 4)
        let operand = Integer(bigEndian: try records.payload(try records.index("C1", round: 4))[size..<2 * size])
        var payload = try records.payload(back)
        // 1 times the operand, under a mask.
        payload.replaceSubrange(..<size, with: (operand * (1 + 5 * modulus)).modulo(square).bytes(size))
        try records.changeFrame(back) { $0.keep(payload) }
        return back
    },
]

private let shares = [
    Mutation("doubles in disguise") { noise, _, _ in
        Double.random(in: -1...1, using: &noise).bitPattern
    },
    Mutation("numbers of fixed point without a mask") { noise, _, _ in
        UInt64(bitPattern: Int64.random(in: -(1 << 42)...(1 << 42), using: &noise))
    },
    Mutation("masks of 56 bits") { noise, _, _ in noise.next() >> 8 },
    Mutation("masks that are even") { noise, _, _ in noise.next() & ~1 },
    Mutation("one mask for all rows of a round") { noise, round, _ in
        var mask = Noise(state: UInt64(round) << 32)
        return mask.next() &+ noise.next() >> 24
    },
    Mutation("the same masks in every round") { noise, _, row in
        var mask = Noise(state: UInt64(row) << 32)
        return mask.next() &+ noise.next() >> 24
    },
    Mutation("masks of the round before last") { noise, round, row in
        var mask = Noise(state: UInt64(round / 3 * 8 + row) << 32)
        return mask.next()
    },
]

/// What only kept payloads show. A feature party changed its transcript, partners helped it to seal it, and it is found out.
@Suite struct PayloadTests {
    @Test(arguments: keys + ciphertexts + repetitions + shares)
    func isFoundWhereItIs(mutation: Mutation) throws {
        let federation = try Federation(.ciphertexts)
        try federation.run(course)
        var place = 0
        var frame = 0
        try federation.forge(weather) { records in
            place = try mutation.change(&records)
            frame = records.frames(before: place)
        }
        let verification = federation.verify([federation.path(weather)])
        #expect(verification.verdict == .rejected)
        let failures = verification.transcripts[0].findings.filter { $0.severity == .failure }
        let first = try #require(failures.first { $0.check == mutation.check })
        #expect(first.level == .full)
        #expect(first.party == weather && first.peer == airline)
        #expect(first.record == place && first.frame == frame)
        if mutation.name != "a key without proof" {
            // Nothing else was changed; where keys or ciphertexts of one kind are refused, each is.
            #expect(failures.allSatisfy { $0.check == mutation.check })
        }
    }

    @Test(arguments: 1...3)
    func validJobsAreAcceptedAtTheFullLevel(features: Int) throws {
        let federation = try Federation(features: features, .ciphertexts)
        try federation.run(.init(rounds: 7, rows: 5, keepsPayloads: true, seed: UInt64(features)))
        let verification = federation.verify()
        #expect(verification.verdict == .accepted)
        #expect(verification.transcripts.allSatisfy { $0.findings.isEmpty && $0.level == .full })
        #expect(verification.findings.isEmpty)
    }

    @Test func headersAloneAreLookedAtNoFurther() throws {
        let federation = try Federation(.ciphertexts)
        try federation.run(.init(rounds: 2))
        let verification = federation.verify()
        #expect(verification.verdict == .accepted)
        #expect(verification.transcripts.allSatisfy { $0.level == .headers })
        #expect(verification.text.contains("no payloads were kept"))
    }

    @Test func aRepetitionNamesBothPlaces() throws {
        let federation = try Federation(.ciphertexts)
        try federation.run(course)
        var frame = 0
        try federation.forge(weather) { records in
            let (first, again) = (try records.index("C2", round: 2), try records.index("C2", round: 5))
            let payload = try records.payload(first)
            try records.changeFrame(again) { $0.keep(payload) }
            frame = records.frames(before: first)
        }
        let findings = federation.verify([federation.path(weather)]).transcripts[0].findings
        let found = try #require(findings.first { $0.check == .repetition }?.found)
        #expect(
            found == "ciphertext 0 of C2 of layer round 5 is ciphertext 0 of C2 of layer round 2 in frame \(frame); "
                + "so do 7 more of its ciphertexts")
    }

    /// Every frame of a transcript repeats the one before: a hundred are named, the others counted.
    @Test func repetitionsAreBounded() throws {
        let federation = try Federation(.ciphertexts)
        try federation.run(.init(rounds: 130, rows: 1, keepsPayloads: true))
        try federation.forge(weather) { records in
            let payload = try records.payload(try records.index("C2"))
            for round in 1..<130 { try records.changeFrame(try records.index("C2", round: round)) { $0.keep(payload) } }
        }
        let transcript = federation.verify([federation.path(weather)]).transcripts[0]
        #expect(transcript.findings.filter { $0.check == .repetition }.count == 100)
        #expect(transcript.omittedFindings == 29)
    }

    // MARK: - Between transcripts

    /// A label party that shows each partner another key: nothing is wrong with either transcript.
    @Test func aKeyForEachPartner() throws {
        let federation = try Federation(features: 2, .ciphertexts)
        try federation.run(course)
        let other = Keys.recorded(bits: Federation.keyBits, try Party("stranger"))
        try federation.forge(weather) { records in
            try records.change("K1") { $0.keep(other.cipher.encoded) }
            try records.change("K3") { $0.keep(federation.proof(of: airline, key: other)) }
        }
        let verification = federation.verify([weather, airport].map(federation.path))
        #expect(verification.transcripts.allSatisfy { $0.verdict == .accepted })
        let finding = try #require(verification.findings.first { $0.severity == .failure && $0.check == .key })
        #expect(finding.party == airport && finding.expected.contains("the key of airline"))
    }

    /// A feature party that has another one's key, with a proof that its owner must have made for it.
    @Test func oneKeyOfTwoParties() throws {
        let federation = try Federation(features: 2, .ciphertexts)
        try federation.run(course)
        let other = Federation.key(of: airport)
        try federation.forge(weather) { records in
            try records.change("K2") { $0.keep(other.cipher.encoded) }
            try records.change("K4") { $0.keep(federation.proof(of: weather, key: other)) }
        }
        let verification = federation.verify([weather, airport].map(federation.path))
        let finding = try #require(verification.findings.first { $0.severity == .failure && $0.check == .key })
        #expect(finding.party == airport && finding.found == "the same modulus")
    }
}
