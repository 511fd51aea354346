import Link
import Runtime
import Specification
import Testing
import Transcript

/// Sends what the test says; waits for nobody.
private struct Giver: Role {
    typealias Output = Never
    let awaiting: Party? = nil

    func receive(_ frame: Frame, from peer: Party) throws -> [Action<Never>] { [] }
}

/// Takes so many frames.
private struct Taker: Role {
    let giver: Party
    var expected: Int
    var awaiting: Party? { expected > 0 ? giver : nil }

    mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<Frame>] {
        expected -= 1
        return [.output(frame)]
    }
}

/// Keeps headers.
private final class Notebook: FrameRecorder {
    var steps: [String] = []

    func record(_ plan: SessionPlan) throws {}
    func record(_ frame: Frame, isOutgoing: Bool, peer: Party) throws {
        steps.append("\(frame.header.step) \(frame.header.round) \(isOutgoing ? "to" : "from") \(peer)")
    }
}

/// No ciphertext crosses a link twice in one direction, whatever the frame and the session.
@Suite struct CiphertextRegistryTests {
    private static let yaml = """
        protocol: gifts
        version: 1
        summary: Ciphertexts and shares from one party to all others.
        source: none
        roles: {giver: who sends, taker: who takes}
        learns: {giver: nothing, taker: nothing}
        dimensions: {key-bits: bits of a modulus, count: ciphertexts of a frame}
        derived: {ciphertext-bytes: ceil(key-bits / 4)}
        phases: {give: [[G1]], share: [[G2]]}
        messages:
          G1: {from: giver, to: taker, kind: ciphertext, key: giver, shape: count, bytes: count * ciphertext-bytes,
            carries: "[[v]]", leaks: nothing}
          G2: {from: giver, to: taker, kind: masked-share, shape: count, bytes: count * 8, carries: a share, leaks: nothing}

        """

    private let airline, airport, weather: Party
    private let parties: [Party]
    private let network: MemoryNetwork
    private let specification: ProtocolSpecification

    init() throws {
        airline = try Party("airline")
        airport = try Party("airport")
        weather = try Party("weather")
        parties = [airline, airport, weather]
        network = MemoryNetwork(parties: parties)
        specification = try ProtocolSpecification(yaml: Self.yaml)
    }

    /// Under keys of 32 bits: a ciphertext has 8 bytes. Two of them stand in a frame.
    private func plan(_ rounds: Int, _ phase: String = "give") -> SessionPlan {
        SessionPlan(
            protocolName: "gifts", version: 1,
            members: [.init(airline, role: "giver"), .init(airport, role: "taker"), .init(weather, role: "taker")],
            dimensions: ["key-bits": 32, "count": 2], runs: [.init(phase, count: rounds)])
    }

    private func frame(_ round: Int, _ first: UInt8, _ second: UInt8, step: String = "G1") -> Frame {
        let header = FrameHeader(
            protocolName: "gifts", phase: step == "G1" ? "give" : "share", round: round, step: step,
            kind: step == "G1" ? .ciphertext : .maskedShare, keyOwner: step == "G1" ? airline : nil, shape: [2])
        return Frame(header: header, payload: [first, second].flatMap { [UInt8](repeating: $0, count: 8) })
    }

    private func session(
        _ group: LinkGroup, _ plan: SessionPlan, _ registry: CiphertextRegistry, _ notebook: Notebook? = nil
    ) throws -> Session {
        try Session(specification, plan: plan, group: group, recorder: notebook, ciphertexts: registry)
    }

    /// Gives each frame to both others, in sessions of as many rounds as there are frames, one after the other.
    private func give(_ sessions: [[Frame]], over group: LinkGroup, _ notebook: Notebook? = nil) throws {
        let registry = CiphertextRegistry()
        for frames in sessions {
            let session = try session(
                group, plan(frames.count, frames[0].header.phase), registry, notebook)
            if group.party == airline {
                var giver = Giver()
                _ = try session.run(&giver) { _ in
                    frames.flatMap { [.send($0, to: airport), .send($0, to: weather)] }
                }
            } else {
                var taker = Taker(giver: airline, expected: frames.count)
                #expect(try session.run(&taker) { _ in [] } == frames)
            }
            try session.finish()
        }
    }

    /// What every party reports; airline's notes.
    private func failures(_ sessions: [[Frame]]) throws -> (causes: [Party: JobFailure], sent: [String]) {
        let results = network.run { group -> [String] in
            let notebook = Notebook()
            do {
                try give(sessions, over: group, notebook)
                while true { _ = try group[group.peers[0]].receive(Wait("the end", seconds: 20)) }
            } catch {
                let failure = group.giveUp(error, step: "the test's")
                throw Noted(failure: failure, steps: notebook.steps)
            }
        }
        let noted = try results.mapValues { result in try #require(throws: Noted.self) { try result.get() } }
        return (noted.mapValues(\.failure), noted[airline]?.steps ?? [])
    }

    private struct Noted: Error {
        let failure: JobFailure
        let steps: [String]
    }

    @Test func newCiphertextsPassAndEachPartnerGetsThem() throws {
        let results = network.run { try give([[frame(0, 1, 2), frame(1, 3, 4)], [frame(0, 5, 6)]], over: $0) }
        for party in parties { #expect(throws: Never.self) { try results[party]?.get() } }
    }

    @Test func aFrameThatIsSentAgainEndsTheJobEverywhere() throws {
        let (failures, sent) = try failures([[frame(0, 1, 2), frame(1, 1, 2)]])
        let cause = AbortCause(party: airline, step: "gifts give round 1, G1 to airport", reason: .repeatedCiphertext)
        #expect(failures.mapValues(\.cause) == [airline: cause, airport: cause, weather: cause])
        #expect(failures[airline]?.detail.hasPrefix("ciphertext 1 of 2 was sent to airport before in this job") == true)
        // It had not left, nor does the transcript say so.
        #expect(failures[airport]?.detail == cause.description)
        #expect(sent == ["G1 0 to airport", "G1 0 to weather"])
    }

    @Test(arguments: [(3, 1, 2), (2, 3, 1), (3, 3, 2)]) func oneCiphertextIsEnough(
        first: Int, second: Int, place: Int
    ) throws {
        let (failures, _) = try failures([[frame(0, 1, 2), frame(1, UInt8(first), UInt8(second))]])
        #expect(Set(failures.values.map(\.cause.reason)) == [.repeatedCiphertext])
        #expect(failures[airline]?.detail.hasPrefix("ciphertext \(place) of 2") == true)
    }

    @Test func theRegistryIsTheWholeJobs() throws {
        let (failures, sent) = try failures([[frame(0, 1, 2)], [frame(0, 3, 2)]])
        #expect(Set(failures.values.map(\.cause.reason)) == [.repeatedCiphertext])
        #expect(sent.count == 2)
    }

    /// Shares may be the same by chance, and small ones are.
    @Test func otherKindsMayRepeat() throws {
        let results = network.run {
            try give([[frame(0, 1, 1, step: "G2"), frame(1, 1, 1, step: "G2")]], over: $0)
        }
        for party in parties { #expect(throws: Never.self) { try results[party]?.get() } }
    }

    /// A partner whose program has no registry.
    @Test func whoeverTakesACiphertextTwiceNotices() throws {
        let results = network.run { group in
            do {
                if group.party == airline {
                    for round in 0..<2 { try group[airport].send(frame(round, 7, 8).encoded) }
                } else if group.party == airport {
                    var taker = Taker(giver: airline, expected: 2)
                    _ = try session(group, plan(2), CiphertextRegistry()).run(&taker) { _ in [] }
                }
                while true { _ = try group[group.peers[0]].receive(Wait("the end", seconds: 20)) }
            } catch { throw group.giveUp(error, step: "the test's") }
        }
        let failures = try results.mapValues { result in try #require(throws: JobFailure.self) { try result.get() } }
        let cause = AbortCause(party: airline, step: "gifts give round 1, G1 from airline", reason: .repeatedCiphertext)
        #expect(failures.mapValues(\.cause) == [airline: cause, airport: cause, weather: cause])
        #expect(failures[airport]?.detail.hasPrefix("ciphertext 1 of 2 came from airline before") == true)
    }

    @Test func aSpecificationMustSayHowLongACiphertextIs() throws {
        let nameless = try ProtocolSpecification(yaml: Self.yaml.replacing("ciphertext-bytes", with: "length"))
        let group = network.group(of: airline)
        let failure = try #require(throws: JobFailure.self) {
            try Session(
                nameless, plan: plan(1), group: group, recorder: nil, ciphertexts: CiphertextRegistry())
        }
        #expect(failure.detail.contains("no value for dimension 'ciphertext-bytes'"))
    }

    // MARK: - The set

    @Test func aSetKnowsWhatItHas() {
        var set = FingerprintSet()
        var generator = SystemRandomNumberGenerator()
        let numbers = (0..<20_000).map { _ in generator.next() }
        let (first, second) = (numbers.count { set.insert($0) }, numbers.count { set.insert($0) })
        #expect(first == numbers.count && second == 0)
    }

    /// Places by size, crowded at both ends: what finds the end of the table goes on at its beginning.
    @Test func aCrowdedSetGoesOnAtTheBeginning() {
        var set = FingerprintSet()
        let numbers = (1...500).flatMap { [UInt64($0), UInt64.max - UInt64($0)] }
        let (first, second) = (numbers.count { set.insert($0) }, numbers.count { set.insert($0) })
        #expect(first == numbers.count && second == 0)
        // 0 stands for a free place, and so for 1.
        let isNew = set.insert(0)
        #expect(!isNew)
    }
}
