internal import Auditing
internal import Jobs
internal import Specification
internal import Transcript

/// Transcripts for the fuzzer.
///
/// A changed byte breaks a transcript's chain, and nothing after it is read. So inputs of ``Parser/records`` hold bodies of records,
/// each after its length (u32), and the chain is made here: then every change reaches the checks.
enum Chain {
    /// The files of records that are given as bodies after their lengths: each header begins another one. The last record may be cut
    /// short.
    static func files(of bodies: [UInt8]) -> [[UInt8]] {
        var files: [CanonicalWriter] = []
        var head = ChainHead()
        var reader = CanonicalReader(bodies)
        while let length: UInt32 = try? reader.integer(), length > 0,
            let body = try? reader.raw(min(Int(length), reader.remaining)), let type = body.first
        {
            if type == 1 || files.isEmpty {
                files.append(CanonicalWriter())
                head = ChainHead()
            }
            files[files.count - 1].integer(UInt32(head.bytes.count + body.count))
            files[files.count - 1].raw(head.bytes)
            files[files.count - 1].raw(body)
            head.append(body)
        }
        return files.map(\.bytes)
    }

    /// Whether a file is a whole number of records in a chain. Those that are read must stand in it as they would be written.
    static func isTranscript(_ bytes: [UInt8]) -> Bool {
        TemporaryFile.holding(bytes) { path in
            guard let reader = try? TranscriptReader(path: path) else { return false }
            var written = CanonicalWriter()
            while case .record(let record) = reader.next() {
                let body = record.encoded
                written.integer(UInt32(reader.headBefore.bytes.count + body.count))
                written.raw(reader.headBefore.bytes)
                written.raw(body)
            }
            precondition(bytes.starts(with: written.bytes), "a second encoding of a record was accepted")
            return reader.next() == .end && reader.head.records > 0
        }
    }

    /// Whether an auditor accepts transcripts of these records, of at most two parties. All that `colonnade-audit` prints of them is
    /// made.
    static func isAccepted(_ bodies: [UInt8]) -> Bool {
        let files = files(of: bodies).prefix(2)
        return verify(files[...], at: [])
    }

    private static func verify(_ files: ArraySlice<[UInt8]>, at paths: [String]) -> Bool {
        if let file = files.first {
            return TemporaryFile.holding(file) { verify(files.dropFirst(), at: paths + [$0]) }
        }
        for path in paths {
            let summary = try? TranscriptSummary(path: path, against: Software.conventions) {
                precondition(!$0.text.isEmpty)
            }
            precondition(summary?.text.isEmpty != true && summary?.html.isEmpty != true)
        }
        let verification = Verification(of: paths, against: Software.conventions)
        precondition(!verification.text.isEmpty)
        return verification.verdict == .accepted && !paths.isEmpty
    }
}
