internal import Auditing
internal import Cryptography
internal import Link
internal import Resumption
internal import Specification
internal import Synchronization
internal import Transcript

/// A transcript as the script of a run that is repeated: gives what was taken, and compares what is sent, frame by frame and in this
/// order. It stops at the first difference, in the memory of one record.
final class ReplayScript: Sendable {
    /// How a transcript ends.
    enum Ending: Equatable {
        case end
        case abort(TranscriptRecord.AbortRecord)
        /// In the middle, or in a record that is none.
        case cut
    }

    private struct State {
        let reader: TranscriptReader
        /// Of the next record.
        var record = 1
        /// Frames used up.
        var frames = 0
        var ending: Ending?
        var finding: Finding?
        var isResumed = false
    }

    private let me: Party
    private let state: Mutex<State>

    /// - Parameter reader: After the header.
    init(_ reader: sending TranscriptReader, of me: Party) {
        self.me = me
        state = Mutex(State(reader: reader))
    }

    /// Frames that the run had in common with the transcript.
    var frames: Int { state.withLock { $0.frames } }

    /// Whether the attempt went on from a checkpoint of an earlier one.
    var isResumed: Bool { state.withLock { $0.isResumed } }

    /// The first difference.
    var finding: Finding? { state.withLock { $0.finding } }

    /// How the transcript ended, where the run came to its end.
    var ending: Ending? { state.withLock { $0.ending } }

    /// The next frame, which must be one that was taken from `peer`, as it crossed the link.
    /// - Throws: `LinkError.closed` where it is not, and where the transcript has ended.
    func take(from peer: Party) throws(LinkError) -> [UInt8] {
        try state.withLock { (state) throws(LinkError) in
            let awaited = "the party waits for a frame from \(peer)"
            let frame = try next(&state, peer, awaited)
            guard !frame.isOutgoing, frame.peer == peer else {
                throw differ(&state, peer, expected: awaited, found: frame.summary)
            }
            guard let payload = frame.payload, SHA256.hash(payload) == frame.digest else {
                throw differ(&state, peer, expected: "a payload that was kept, with its hash", found: frame.summary)
            }
            state.frames += 1
            return Frame(header: frame.header, payload: payload).encoded
        }
    }

    /// Compares what the run sends to `peer` with the next frame.
    /// - Throws: as ``take(from:)``, where it is not the same.
    func compare(_ message: [UInt8], to peer: Party) throws(LinkError) {
        try state.withLock { (state) throws(LinkError) in
            guard let sent = try? Frame(decoding: message) else {
                throw differ(&state, peer, expected: "a frame", found: "\(message.count) bytes that are none")
            }
            let own = TranscriptRecord.FrameRecord(
                isOutgoing: true, peer: peer, header: sent.header, length: sent.payload.count,
                digest: SHA256.hash(sent.payload), payload: nil)
            let frame = try next(&state, peer, own.summary)
            guard frame.isOutgoing, frame.peer == peer, frame.header == own.header, frame.length == own.length,
                frame.digest == own.digest
            else {
                let isHidden = frame.summary == own.summary
                throw differ(
                    &state, peer, expected: own.summary,
                    found: frame.summary + (isHidden ? ", with another scale, shape or key" : ""))
            }
            state.frames += 1
        }
    }

    /// The run has ended well: nothing may be left.
    func finish() {
        state.withLock { state in
            guard state.finding == nil, let frame = advance(&state) else { return }
            _ = differ(&state, frame.peer, expected: "no further frame", found: frame.summary)
        }
    }

    /// Where the run gave up by itself.
    func gaveUp(_ problem: String) {
        state.withLock { state in
            let frame = advance(&state)
            guard state.finding == nil, frame != nil || state.ending == .end else { return }
            _ = differ(
                &state, frame?.peer, expected: "the party gives up: \(problem)",
                found: frame?.summary ?? "the end of the job")
        }
    }

    private func next(
        _ state: inout State, _ peer: Party, _ awaited: String
    ) throws(LinkError) -> TranscriptRecord.FrameRecord {
        if let frame = advance(&state) { return frame }
        guard state.ending == .end else { throw .closed(peer) }
        throw differ(&state, peer, expected: awaited, found: "the end of the job")
    }

    /// The next frame; `nil` where there is none.
    private func advance(_ state: inout State) -> TranscriptRecord.FrameRecord? {
        while state.ending == nil {
            guard case .record(let record) = state.reader.next() else {
                state.ending = .cut
                break
            }
            state.record = state.reader.headBefore.records
            switch record {
            case .session(let plan) where plan.protocolName == ResumptionProtocol.specification.name:
                state.isResumed = true
            case .header, .session, .signature: continue
            case .frame(let frame): return frame
            case .abort(let abort): state.ending = .abort(abort)
            case .end: state.ending = .end
            }
        }
        return nil
    }

    private func differ(_ state: inout State, _ peer: Party?, expected: String, found: String) -> LinkError {
        if state.finding == nil {
            state.finding = Finding(
                .replay, party: me, peer: peer, record: state.record,
                frame: state.ending == nil ? state.frames : nil, expected: expected, found: found)
        }
        return .closed(peer ?? me)
    }
}

/// One end of a link of which the other is a script.
final class ScriptedLink: Link {
    let peer: Party
    private let script: ReplayScript
    /// What the link gave under each label, as the view has it.
    private let exported: [String: [UInt8]]

    init(_ peer: Party, _ script: ReplayScript, exported: [String: [UInt8]]) {
        (self.peer, self.script, self.exported) = (peer, script, exported)
    }

    func exportKey(label: String, count: Int) throws(LinkError) -> [UInt8] {
        guard let bytes = exported[label], bytes.count == count else {
            throw script.lacks("\(count) bytes that the link to \(peer) gave under \(label)", peer)
        }
        return bytes
    }

    func send(_ message: [UInt8], _ wait: Wait) throws(LinkError) { try script.compare(message, to: peer) }
    func receive(_ wait: Wait) throws(LinkError) -> [UInt8] { try script.take(from: peer) }
    func abort(_ cause: AbortCause) {}
    func close() {}
    func whenEnded(_ observer: @escaping @Sendable (LinkError) -> Void) {}
}

extension ReplayScript {
    /// The view lacks something that the run asks for.
    func lacks(_ what: String, _ peer: Party) -> LinkError {
        state.withLock { differ(&$0, peer, expected: "a private view with \(what)", found: "none") }
    }
}

extension TranscriptRecord.FrameRecord {
    fileprivate var summary: String {
        "\(header.protocolName) \(header.step) of \(header.phase) round \(header.round) \(isOutgoing ? "to" : "from") \(peer), "
            + "\(length) bytes with SHA-256 \(digest.hexadecimal)"
    }
}
