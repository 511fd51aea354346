import Cryptography
import Glibc
import Jobs
import Testing

@Suite struct SingleUseLedgerTests {
    private typealias Attempt = SingleUseLedger.Attempt
    private typealias Conflict = SingleUseLedger.Conflict

    private let path: String
    private let jobs = [UInt8(1), 2].map { [UInt8](repeating: $0, count: 32) }

    init() throws {
        var template = Array("/tmp/colonnade-ledger-XXXXXX".utf8CString)
        path = String(cString: try #require(mkdtemp(&template))) + "/single-use.ledger"
    }

    private func attempt(_ number: Int, of job: Int = 0) -> Attempt { Attempt(jobHash: jobs[job], number: number) }

    /// As at the start of a process.
    private func use(_ fingerprints: [String: [UInt8]], in attempt: Attempt) throws {
        var ledger = try SingleUseLedger(path: path)
        try ledger.use(fingerprints, in: attempt)
    }

    private func system() -> [UInt8] { SystemRandomSource(binding: []).fingerprint }

    /// The zero-sum masks of a pair, which nothing but the link's exporter and the attempt make new.
    private func pair(_ exporter: UInt8, attempt: Int) throws -> [UInt8] {
        let exported = SecretBytes(copying: [UInt8](repeating: exporter, count: 32))
        return try KeyedRandomSource(key: HKDF.derive(from: exported, info: [UInt8(attempt)], count: 32)).fingerprint
    }

    @Test func newSourcesAndAttemptsPass() throws {
        for number in 0..<3 {
            try use(["source of masks": system()], in: attempt(number))
            try use(["key": system(), "source of masks with weather": pair(7, attempt: number)], in: attempt(number))
        }
        try use(["source of masks": system()], in: attempt(0, of: 1))
    }

    @Test func aSourceIsGoodForOneAttempt() throws {
        let source = system()
        try use(["source of masks": source], in: attempt(3))
        for later in [attempt(4), attempt(0, of: 1)] {
            #expect(throws: Conflict.usedBefore(name: "source of masks", in: attempt(3))) {
                try use(["source of masks": source], in: later)
            }
        }
        // Nor under another name.
        #expect(throws: Conflict.usedBefore(name: "key", in: attempt(3))) { try use(["key": source], in: attempt(4)) }
    }

    /// A partner's machine that begins again where it was, and a link that exports what it did before.
    @Test func aReplayedExporterIsNoticed() throws {
        try use(["source of masks with weather": pair(7, attempt: 0)], in: attempt(0))
        #expect(throws: Conflict.self) {
            try use(["source of masks with weather": pair(7, attempt: 0)], in: attempt(0, of: 1))
        }
    }

    @Test func anAttemptBeginsOnce() throws {
        try use(["source of masks": system()], in: attempt(0))
        #expect(throws: Conflict.attemptBegan(attempt(0), name: "source of masks")) {
            try use(["source of masks": system()], in: attempt(0))
        }
    }

    @Test func allIsBookedOrNothing() throws {
        let (one, other) = (system(), system())
        try use(["key": one], in: attempt(0))
        #expect(throws: Conflict.self) { try use(["a": other, "b": one], in: attempt(1)) }
        try use(["a": other], in: attempt(1))
        // Two names for one source are no two sources.
        let twice = system()
        #expect(throws: Conflict.self) { try use(["a": twice, "b": twice], in: attempt(2)) }
    }

    /// Two jobs that opened the ledger before either of them booked.
    @Test func whatAnotherJobBookedMeanwhileCounts() throws {
        var (one, other) = (try SingleUseLedger(path: path), try SingleUseLedger(path: path))
        let (first, second) = (system(), system())
        try one.use(["key": first], in: attempt(0))
        #expect(throws: Conflict.usedBefore(name: "key", in: attempt(0))) {
            try other.use(["key": first], in: attempt(0, of: 1))
        }
        try other.use(["key": second], in: attempt(0, of: 1))
        for fingerprint in [first, second] {
            #expect(throws: Conflict.self) { try use(["key": fingerprint], in: attempt(1)) }
        }
    }

    @Test func whatItSaysHelps() {
        let began = Conflict.attemptBegan(attempt(2), name: "source of masks").description
        #expect(began.contains("attempt 2 of job 010101010101") && began.contains("Run the job again"))
        let used = Conflict.usedBefore(name: "key", in: attempt(2)).description
        #expect(used.contains("the key of this attempt served attempt 2") && used.contains("snapshot"))
    }

    @Test func aDamagedLedgerIsRefused() throws {
        try use(["key": system()], in: attempt(0))
        let bytes = try #require(try StateFile.read(path))
        for damaged in [Array(bytes.dropLast()), bytes + [0], [], [0xFF] + bytes.dropFirst()] {
            try StateFile.write(damaged, to: path)
            #expect(throws: StateError.damaged(path: path)) { try SingleUseLedger(path: path) }
        }
    }
}
