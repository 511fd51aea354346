import Cryptography
import Glibc
import Specification
import Testing
import Transcript

/// A transcript in a folder of its own, removed afterwards.
private final class Fixture {
    let folder: String
    let key = SigningKey.generate()
    let me: Party
    let peer: Party
    let header: TranscriptHeader

    init(keepsPayloads: Bool = false) throws {
        var template = Array("/tmp/colonnade-transcript-XXXXXX".utf8CString)
        folder = String(cString: try #require(mkdtemp(&template)))
        me = try Party("airline")
        peer = try Party("weather")
        header = TranscriptHeader(
            software: "colonnade test", party: me, started: 1_700_000_000, jobHash: [UInt8](repeating: 7, count: 32),
            job: #"{"name":"test"}"#, attempt: 0, transcriptKey: key.verificationKey.bytes,
            endorsement: [UInt8](repeating: 1, count: 64), certificates: [me: [1, 2], peer: [3]],
            specifications: ["protocol: x"], statements: ["scale": "20"], keepsPayloads: keepsPayloads)
    }

    deinit {
        unlink(path)
        rmdir(folder)
    }

    var path: String { folder + "/airline.transcript" }

    func frame(_ index: Int, kind: Kind = .ciphertext) -> Frame {
        Frame(
            header: FrameHeader(
                protocolName: "x", phase: "train", round: index, step: "F1", kind: kind, keyOwner: peer, shape: [1]),
            payload: [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: 100))
    }

    func write(frames: Int) throws {
        let writer = try TranscriptWriter(path: path, header: header, key: key)
        try writer.record(
            SessionPlan(
                protocolName: "x", version: 1, members: [], dimensions: [:], runs: [.init("train", count: frames)]))
        for index in 0..<frames { try writer.record(frame(index), isOutgoing: index % 2 == 0, peer: peer) }
        try writer.recordEnd()
    }

    func entries() throws -> [TranscriptReader.Entry] {
        let reader = try TranscriptReader(path: path)
        var entries: [TranscriptReader.Entry] = []
        repeat {
            entries.append(reader.next())
        } while entries.last.map { if case .record = $0 { true } else { false } } ?? false
        return entries
    }

    func bytes() throws -> [UInt8] {
        let file = try #require(fopen(path, "rb"))
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes.prefix(count))
    }

    func replace(_ bytes: [UInt8]) throws {
        let file = try #require(fopen(path, "wb"))
        defer { fclose(file) }
        #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    }
}

@Suite struct TranscriptTests {
    @Test func whatWasWrittenIsRead() throws {
        let fixture = try Fixture()
        try fixture.write(frames: 300)
        let entries = try fixture.entries()
        // Header, session, signature, 300 frames, a signature after 256 of them, end, signature, and the end of the file.
        #expect(entries.count == 3 + 300 + 1 + 2 + 1)
        #expect(entries.first == .record(.header(fixture.header)))
        #expect(entries.last == .end)
        guard case .record(.frame(let frame)) = entries[3] else { throw CancellationError() }
        #expect(frame.digest == SHA256.hash([UInt8](repeating: 0, count: 100)))
        #expect(frame.payload == nil)
    }

    @Test func signaturesCoverTheChain() throws {
        let fixture = try Fixture()
        try fixture.write(frames: 3)
        let reader = try TranscriptReader(path: fixture.path)
        var signatures = 0
        while case .record(let record) = reader.next() {
            guard case .signature(let signature) = record else { continue }
            let signed = reader.headBefore.signedBytes(
                purpose: "head", party: fixture.me, jobHash: fixture.header.jobHash)
            #expect(fixture.key.verificationKey.verify(signature, of: signed))
            signatures += 1
        }
        #expect(signatures == 2)
    }

    @Test func agreementsAreKeptAndDataOnlyOnRequest() throws {
        for keeps in [false, true] {
            let fixture = try Fixture(keepsPayloads: keeps)
            let writer = try TranscriptWriter(path: fixture.path, header: fixture.header, key: fixture.key)
            try writer.record(fixture.frame(1), isOutgoing: true, peer: fixture.peer)
            try writer.record(fixture.frame(2, kind: .signature), isOutgoing: true, peer: fixture.peer)
            try writer.recordEnd()
            let kept = try fixture.entries().compactMap { entry -> Bool? in
                guard case .record(.frame(let frame)) = entry else { return nil }
                return frame.payload != nil
            }
            #expect(kept == [keeps, true])
        }
    }

    @Test func everyPrefixIsReadAsOne() throws {
        let fixture = try Fixture()
        try fixture.write(frames: 2)
        let whole = try fixture.bytes()
        for length in 0..<whole.count {
            try fixture.replace(Array(whole.prefix(length)))
            let last = try fixture.entries().last
            #expect(last == .truncated || last == .end, "\(length) bytes")
        }
    }

    @Test func everyChangedByteShowsInTheReaderOrInTheLastSignature() throws {
        let fixture = try Fixture()
        try fixture.write(frames: 2)
        let whole = try fixture.bytes()
        let intact = try fixture.entries()
        for index in whole.indices {
            var changed = whole
            changed[index] ^= 1
            try fixture.replace(changed)
            let entries = try fixture.entries()
            // The signature is the last record: a change in it is for the verifier to find.
            let onlySignatureDiffers = entries.last == .end && entries.dropLast(2) == intact.dropLast(2)
            #expect(entries.last != .end || onlySignatureDiffers, "byte \(index)")
            #expect(entries != intact, "byte \(index)")
        }
    }

    @Test func aTranscriptIsNeverWrittenOver() throws {
        let fixture = try Fixture()
        try fixture.write(frames: 1)
        #expect(throws: TranscriptError.alreadyExists(path: fixture.path)) { try fixture.write(frames: 1) }
    }

    /// In a process of its own, whose peak memory is its own.
    @Test func aRecordTakesNoMoreMemoryThanTheFileHas() async {
        await #expect(processExitsWith: .success) {
            func peak() -> Int {
                var usage = rusage()
                getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
                return usage.ru_maxrss
            }
            let fixture = try Fixture()
            try fixture.write(frames: 1)
            let length = withUnsafeBytes(of: UInt32(TranscriptReader.recordLimit).bigEndian, Array.init)
            try fixture.replace(length + ChainHead().bytes + [1])
            let before = peak()
            #expect(try fixture.entries() == [.truncated])
            // Kilobytes: the record claims 80 MiB.
            #expect(peak() - before < 10_000)
        }
    }

    @Test(arguments: [1, 1 << 20, 5 << 19]) func longRecordsAreReadInPieces(size: Int) throws {
        let fixture = try Fixture(keepsPayloads: true)
        let writer = try TranscriptWriter(path: fixture.path, header: fixture.header, key: fixture.key)
        var frame = fixture.frame(1)
        frame.payload = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
        try writer.record(frame, isOutgoing: true, peer: fixture.peer)
        try writer.recordEnd()
        guard case .record(.frame(let read)) = try fixture.entries()[1] else { throw CancellationError() }
        #expect(read.payload == frame.payload)
    }

    @Test func whatCannotBeReadHasNotEnded() throws {
        let fixture = try Fixture()
        let folder = try TranscriptReader(path: fixture.folder)
        #expect(folder.next() == .broken("record 0 cannot be read"))
        #expect(throws: TranscriptError.self) { try TranscriptReader(path: fixture.path) }
    }

    @Test func aFullDiskIsAnError() async {
        // In a process of its own: past its size limit the system refuses to write, as a full disk does.
        await #expect(processExitsWith: .success) {
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 4096, rlim_max: 4096)
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            let fixture = try Fixture()
            #expect(throws: TranscriptError.unwritable(path: fixture.path, problem: "File too large")) {
                try fixture.write(frames: 1000)
            }
            #expect(try fixture.entries().last == .truncated)
        }
    }
}
