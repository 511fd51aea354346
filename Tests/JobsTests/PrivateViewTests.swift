import Arithmetic
import AuditedFederation
import Coordination
import Cryptography
import Documents
import Foundation
import Jobs
import Link
import Paillier
import PrivateView
import Specification
import Testing
import Transcript

/// A party's view and the frames of its transcript, read back.
private struct Audited {
    var header: ViewRecord.Header?
    var exported: [ViewRecord.Exported] = []
    var keys: [ViewRecord.Key] = []
    var features: ViewRecord.Features?
    var rows: [ViewRecord.Row] = []
    var rounds: [ViewRecord.Round] = []
    var times: [ViewRecord.FrameTime] = []
    var frames: [TranscriptRecord.FrameRecord] = []
    var statements: [String: String] = [:]

    init(transcript path: String) throws {
        let views = try ViewReader(path: String(path.dropLast("transcript".count)) + "view")
        while let record = try views.next() {
            switch record {
            case .header(let fields):
                try #require(header == nil && views.line == 1)
                header = fields
            case .exported(let fields): exported.append(fields)
            case .key(let fields): keys.append(fields)
            case .features(let fields): features = fields
            case .row(let fields): rows.append(fields)
            case .round(let fields): rounds.append(fields)
            case .frame(let fields): times.append(fields)
            }
        }
        let records = try TranscriptReader(path: path)
        while case .record(let record) = records.next() {
            switch record {
            case .header(let header): statements = header.statements
            case .frame(let frame): frames.append(frame)
            case .session, .signature, .abort, .end: break
            }
        }
    }

    /// Its rows of a round times weights, at scale 2^40, modulo 2^64.
    func product(_ round: ViewRecord.Round, _ weights: [Int64], width: Int) -> [Int64] {
        round.rows.flatMap { row in
            (0..<width).map { column in
                rows[row].numbers.enumerated().reduce(0) { $0 &+ $1.element &* weights[$1.offset * width + column] }
            }
        }
    }
}

/// What parties write for their own auditors, in whole jobs.
@Suite struct PrivateViewTests {
    private func run(
        _ overrides: String..., features: Int, insecurely: Bool = false
    ) throws -> (MadeUpFederation, [Party: Audited]) {
        let federation = try MadeUpFederation(features: features)
        let paths = try federation.runAudited(overrides, insecurely: insecurely)
        return (federation, try paths.mapValues { try Audited(transcript: $0) })
    }

    /// The sum of all parties' rows times all views' shares of their weights is Z, in every round.
    @Test(arguments: [1, 2], ["dense", "padded"]) func sharesAddUpToWhatWasOpened(features: Int, touched: String) throws
    {
        let (federation, views) = try run("touched-rows=\(touched)", features: features)
        let labels = try #require(views[federation.parties[0]])
        #expect(labels.rounds.count == 15 + 2)
        #expect(Set(labels.rounds.map(\.phase)).count == 2)
        for (index, round) in labels.rounds.enumerated() {
            var sum = [Int64](repeating: 0, count: 2 * round.rows.count)
            for (owner, view) in views {
                let theirs = view.rounds[index]
                try #require(theirs.rows == round.rows && theirs.phase == round.phase && theirs.round == round.round)
                let shares = views.values.compactMap { $0.rounds[index].shares[owner] }
                #expect(shares.count == (owner == federation.parties[0] ? features + 1 : 2))
                let weights = shares.reduce([Int64](repeating: 0, count: 2 * MadeUpFederation.columns)) {
                    zip($0, $1).map(&+)
                }
                sum = zip(sum, view.product(round, weights, width: 2)).map(&+)
            }
            #expect(round.opened == sum, "round \(index)")
            let isTraining = round.phase.hasSuffix("train")
            #expect(round.derivative?.count == (isTraining ? sum.count : nil))
        }
        // Frames call phases and rounds by the same names.
        let named = Set(labels.rounds.map { "\($0.phase) \($0.round)" })
        let crossed = labels.frames.filter { $0.header.protocolName == "matmul" && !$0.header.phase.hasSuffix("setup") }
        #expect(Set(crossed.map { "\($0.header.phase) \($0.header.round)" }) == named)
    }

    /// Each party's key opens what it sent under it to the very numbers that its view has, and what it took under it to slots.
    @Test func keysOpenWhatCrossed() throws {
        let (federation, views) = try run(features: 2)
        for (party, view) in views {
            let record = try #require(view.keys.first)
            #expect(view.keys.count == 1)
            let primes = try record.primes.map { Integer(bigEndian: try #require([UInt8](hexadecimal: $0))) }
            let key = try #require(PrivateKey(primes: primes))
            #expect(key.cipher.encoded == [UInt8](hexadecimal: record.modulus))
            func open(_ frame: TranscriptRecord.FrameRecord) throws -> [Integer] {
                let payload = try #require(frame.payload)
                return try key.decrypt(key.cipher.decode(payload, count: payload.count / key.cipher.ciphertextBytes))
            }
            /// The two numbers of each row, which share a plaintext.
            func numbers(_ frame: TranscriptRecord.FrameRecord) throws -> [Int64] {
                try #require(frame.header.shape[1] == 2 && frame.header.slots >= 2)
                return try open(frame).flatMap { plaintext in
                    let low = plaintext.truncatingInt64
                    return [low, ((plaintext - Integer(low)) >> frame.header.slotBits).truncatingInt64]
                }
            }
            let own = view.frames.filter { $0.header.kind == .ciphertext && $0.header.keyOwner == party }
            for frame in own where !frame.isOutgoing {
                let bits = frame.header.slotBits * frame.header.slots
                try #require(bits > 0)
                // Less than a slot is left above: a wrong key would leave bits there in one ciphertext or another.
                for plaintext in try open(frame) { #expect(plaintext.signum >= 0 && plaintext.bitLength <= bits) }
            }
            if party == federation.parties[0] {
                let round = try #require(view.rounds.first)
                let sent = try #require(own.first { $0.header.step == "B1" && $0.header.round == 0 })
                #expect(try numbers(sent) == round.derivative)
            } else {
                let sent = try #require(own.first { $0.header.step == "I4" })
                #expect(try numbers(sent) == view.rounds.first?.shares[federation.parties[0]])
            }
            #expect(own.contains { !$0.isOutgoing })
        }
    }

    @Test func rowsAreThePartysOwn() throws {
        let (federation, views) = try run(features: 1)
        let ids = views.mapValues { $0.rows.map(\.id) }
        #expect(Set(ids.values).count == 1, "one order at all parties")
        for (party, view) in views {
            let features = try MadeUpFederation.features(of: party)
            #expect(view.features?.numbers == (0..<MadeUpFederation.columns).map { "\(party)\($0)" })
            #expect(view.features?.target == (party == federation.parties[0] ? "y" : nil))
            #expect(view.rows.map(\.row) == Array(0..<MadeUpFederation.rows))
            let labels = try federation.labels()
            for row in view.rows {
                let number = try #require(Int(row.id.dropFirst("row-".count)))
                #expect(row.numbers == features.row(number).map { Int64($0) << 20 })
                #expect(row.target == (party == federation.parties[0] ? labels[number] : nil))
            }
        }
    }

    @Test func framesHaveTheirTimes() throws {
        let (_, views) = try run(features: 1)
        for view in views.values {
            #expect(view.times.map(\.frame) == Array(0..<view.frames.count))
            #expect(zip(view.times, view.times.dropFirst()).allSatisfy { $0.nanoseconds <= $1.nanoseconds })
            #expect(view.times.last?.nanoseconds ?? 0 > 0)
        }
    }

    @Test func embeddedFieldsAreLookups() throws {
        let fields = [["shop0", "shop1"], ["phone0", "phone1"]]
        let federation = try MadeUpFederation(features: 1, categories: Set(fields.joined()))
        let paths = try federation.runAudited([
            "model={kind: wide-deep, embed: {dimension: 2}, source: {width: 2}, hidden: [4]}"
        ])
        for (index, party) in federation.parties.enumerated() {
            let view = try Audited(transcript: try #require(paths[party]))
            #expect(view.features?.lookups == fields[index])
            #expect(view.rows.allSatisfy { $0.lookups.count == 2 })
            #expect(Set(view.rows.flatMap(\.lookups)).count > 2)
        }
    }

    /// Without protection a view has real numbers, rounded.
    @Test func unprotectedRoundsAreSeen() throws {
        let (federation, views) = try run("protection=none", features: 2)
        let labels = try #require(views[federation.parties[0]])
        #expect(labels.rounds.count == 15 + 2)
        for (index, round) in labels.rounds.enumerated() {
            var sum = [Int64](repeating: 0, count: 2 * round.rows.count)
            for (party, view) in views {
                let weights = try #require(view.rounds[index].shares[party])
                sum = zip(sum, view.product(round, weights, width: 2)).map(&+)
            }
            // Twelve weights that are off by half a unit of 2^-20 each.
            for (found, expected) in zip(try #require(round.opened), sum) {
                #expect(abs(found - expected) <= 6 << 20, "round \(index)")
            }
        }
        #expect(views.values.allSatisfy { $0.keys.isEmpty })
    }

    /// Seeds and exported keys are there where the file asks for them, and then everything says so; not otherwise.
    @Test func secretsOfReplaysAreWrittenOnlyWhereAskedFor() throws {
        let (_, kept) = try run("protection=none", features: 2)
        for view in kept.values {
            #expect(view.header?.seed == nil)
            #expect(view.exported.isEmpty)
            #expect(view.statements["private-view"]?.contains("INSECURE") == false)
        }
        let (federation, recorded) = try run("protection=none", features: 2, insecurely: true)
        let seeds = recorded.values.compactMap { $0.header?.seed }
        #expect(Set(seeds).count == 3)
        #expect(seeds.allSatisfy { $0.count == 64 })
        for (party, view) in recorded {
            #expect(view.statements["private-view"]?.contains("INSECURE") == true)
            for peer in federation.parties where peer != party {
                let own = view.exported.filter { $0.peer == peer }
                let theirs = try #require(recorded[peer]).exported.filter { $0.peer == party }
                #expect(!own.isEmpty && Set(own.map(\.bytes)) == Set(theirs.map(\.bytes)))
            }
        }
    }
}

@Suite struct ViewKeepingTests {
    private func read(_ lines: String) throws -> PartyFile { try PartyFile.reading(lines) }

    @Test func noneUnlessAskedFor() throws {
        let file = try read("")
        #expect(file.privateView == .none)
        #expect(file.privateView.warning == nil)
        #expect(try read("transcript: full").privateView == .none)
    }

    @Test(arguments: [
        ("kept", PartyFile.ViewKeeping.kept), ("insecure-replay", .insecureReplay), ("none", .none),
    ]) func asTheFileSays(text: String, keeping: PartyFile.ViewKeeping) throws {
        let file = try read("transcript: full\nprivate-view: \(text)")
        #expect(file.privateView == keeping)
        #expect((file.privateView.warning?.contains("INSECURE") ?? false) == (keeping == .insecureReplay))
    }

    @Test(arguments: ["kept", "insecure-replay"], ["", "transcript: headers\n"])
    func nothingIsOpenedWithoutPayloads(text: String, transcript: String) throws {
        let error = #expect(throws: DocumentError.self) { try read("\(transcript)private-view: \(text)") }
        #expect(error?.description.contains("private-view") == true)
        #expect(error?.description.contains("transcript: full") == true)
    }

    @Test func otherWordsAreRefused() throws {
        let error = #expect(throws: DocumentError.self) { try read("transcript: full\nprivate-view: secret") }
        #expect(error?.description.contains("none, kept, insecure-replay") == true)
    }

    @Test func auditedKeepsWhatIsMore() throws {
        #expect(try read("").audited(insecurely: false).privateView == .kept)
        #expect(try read("").audited(insecurely: true).privateView == .insecureReplay)
        let insecure = try read("transcript: full\nprivate-view: insecure-replay")
        #expect(insecure.audited(insecurely: false).privateView == .insecureReplay)
        #expect(try read("").audited(insecurely: false).keepsPayloads)
    }
}
