import Alignment
import Cryptography
import Foundation
import Identifiers
import Link
import Runtime
import Specification

/// One end of a measured alignment, over its link: as in a job, but without a transcript, and results of buckets are not kept on disk.
struct AlignmentParty {
    /// With more ids than this they are sorted in a file, as in a job.
    private static let largestInMemory = 1 << 20
    private static let declaration = KeyDeclaration(columns: [KeyColumn("id")])
    /// What the parties of a job agree on before.
    private static let jobHash = SHA256.hash(Array("colonnade-bench alignment".utf8))

    private let task: AlignmentTask
    private let me: Party
    private let texts: AlignmentTexts
    private let links: LinkGroup
    private let ciphertexts = CiphertextRegistry()
    private let random: any RandomSource
    private let tally = StepTally()

    init(_ task: AlignmentTask, _ seat: Seat, _ texts: AlignmentTexts, link: any Link) throws {
        (self.task, self.texts) = (task, texts)
        me = try seat.party
        links = try LinkGroup(party: me, links: [link])
        random = SystemRandomSource(binding: try link.channelBinding())
    }

    func align() throws -> AlignmentResult {
        var (clock, bytes) = (Stopwatch(), 0)
        let scratch = NSTemporaryDirectory() + "colonnade-bench-\(UUID().uuidString).ids"
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        let ids = try tally.measure(step: "collect") { try collect(scratch: scratch) }
        let collecting = clock.lap(bytesSent: 0)
        let rows = try rows(ids, &bytes)
        let aligning = clock.lap(bytesSent: bytes)
        let peakMemory = Stopwatch.peakMemory
        links.close()
        return AlignmentResult(
            collecting: collecting, aligning: aligning, steps: tally.seconds, digest: try digest(rows),
            peakMemory: peakMemory)
    }

    private func collect(scratch: String) throws -> SortedIdentifiers {
        var collector = try IdentifierCollector(
            Self.declaration, seed: Self.jobHash,
            storage: texts.count <= Self.largestInMemory ? .memory : .file(scratch))
        var cells = [ArraySlice<UInt8>()]
        for row in 0..<texts.count {
            cells[0] = texts[row]
            try collector.add(row: row, cells: cells)
        }
        return try collector.finish()
    }

    /// The rows that both have, in the common order.
    private func rows(_ ids: SortedIdentifiers, _ bytes: inout Int) throws -> [Int] {
        let parties = try Seat.allCases.map { try $0.party }
        let leader = try Seat.label.party
        var terms = AlignmentOpening.Terms(method: task.method)
        terms.bucketSize = task.bucketSize
        let opening = try AlignmentOpening(
            me: me, parties: parties, leader: leader,
            offer: AlignmentOffer(ids: ids.count, declaration: Self.declaration.fingerprint), terms: terms,
            random: random)
        let schedule = try play(opening, AlignmentProtocol.plan(members: parties, leader: leader), &bytes) {
            try $0.start()
        }
        let secret = try random.stream("alignment/session-secret").secret(32)
        var rows: [Int] = []
        for bucket in schedule.unfinished.map(schedule.bucket) {
            let own = try tally.measure(step: "ids") {
                try ids.ids(in: bucket.index, of: Buckets(count: schedule.buckets))
            }
            let role = try tally.measure(step: "begin") {
                try AlignmentBucketParty(
                    me: me, bucket: bucket,
                    input: .init(ids: own.hashes, jobHash: Self.jobHash, sessionSecret: secret), random: random)
            }
            let places = try play(role, bucket.plan, &bytes) { try $0.start() }.places
            for place in places {
                guard let place else { throw PairFailure(description: "a row that \(me) does not have") }
                rows.append(own.rows[place])
            }
        }
        return rows
    }

    /// The one output of a role.
    private func play<Playing: Role>(
        _ role: consuming Playing, _ plan: SessionPlan, _ bytes: inout Int,
        _ start: (inout Playing) throws -> [Action<Playing.Output>]
    ) throws -> Playing.Output {
        var measured = MeasuredRole(base: role, tally: tally)
        let session = try Session(
            AlignmentProtocol.specification, plan: plan, group: links, recorder: nil, ciphertexts: ciphertexts)
        let outputs = try session.run(&measured) { role in try tally.measure(step: "start") { try start(&role.base) } }
        try session.finish()
        bytes += session.traffic.sent.values.reduce(0) { $0 + $1.bytes }
        guard let output = outputs.first, outputs.count == 1 else {
            throw PairFailure(description: "\(outputs.count) outputs of a role that has one")
        }
        return output
    }

    /// A hash of the numbers in the rows' ids, once it is certain that these are the common ones and all of them.
    private func digest(_ rows: [Int]) throws -> [UInt8] {
        let numbers = rows.map { texts.number(at: $0) }
        guard numbers.sorted().elementsEqual(task.ids - task.common..<task.ids) else {
            throw PairFailure(description: "\(me) has \(rows.count) rows, which are not the \(task.common) common ones")
        }
        return numbers.withUnsafeBytes { SHA256.hash(Array($0)) }
    }
}
