internal import Auditing
internal import Coordination
internal import Handshake
internal import Jobs
internal import PrivateView
internal import RowSources
internal import Specification
internal import Transcript

/// Everything that reads bytes which somebody else wrote: a partner, a coordinator, whoever hands in a file.
///
/// The name of a case is the name of its corpus.
package enum Parser: String, CaseIterable, Sendable {
    /// A frame, as it comes off a link.
    case frame
    /// A session's plan, as a transcript holds it.
    case plan
    /// What a partner says first on a connection.
    case hello
    /// A message of the coordinator's, or to it.
    case control
    /// The JSON of a job as the coordinator proposes it.
    case proposal
    /// A transcript's file.
    case transcript
    /// A transcript's records (see ``Chain``): verified, and shown.
    case records
    /// A `protocol.yaml`.
    case specification
    /// A job file.
    case job
    /// A `party.yaml`.
    case party
    /// A `partners.yaml`.
    case partners
    /// A private view.
    case view
    /// A file of CSV.
    case csv
    /// A file of LIBSVM.
    case libsvm

    /// Reads the bytes, and holds what was read to what its documentation promises: what has one encoding is encoded again.
    ///
    /// - Returns: Whether they were accepted. Refusing is as good as accepting; what must not happen is a trap, which ends the process.
    package func accepts(_ bytes: [UInt8]) -> Bool {
        switch self {
        case .frame: encodes(bytes, try? Frame(decoding: bytes).encoded)
        case .plan: encodes(bytes, try? SessionPlan(decoding: bytes).encoded)
        case .hello: encodes(bytes, try? Hello(decoding: bytes).encoded)
        case .control: (try? ControlMessage(decoding: bytes)) != nil
        case .proposal: (try? EffectiveJob(decoding: bytes))?.job.invalidities.isEmpty ?? false
        case .transcript: Chain.isTranscript(bytes)
        case .records: Chain.isAccepted(bytes)
        case .specification:
            String(validating: bytes, as: UTF8.self).map { (try? ProtocolSpecification(yaml: $0)) != nil } ?? false
        case .job: TemporaryFile.holding(bytes) { (try? Job(path: $0)) != nil }
        case .party: PartyFolder.holding("party.yaml", bytes) { (try? PartyFile(path: $0 + "/party.yaml")) != nil }
        case .partners: PartyFolder.holding(PartnerList.fileName, bytes) { (try? PartnerList(folder: $0)) != nil }
        case .view: TemporaryFile.holding(bytes, isView)
        case .csv: TemporaryFile.holding(bytes) { hasRows(.csv(file: $0)) }
        case .libsvm: TemporaryFile.holding(bytes) { hasRows(.libsvm(file: $0, features: 100)) }
        }
    }

    /// Whether something was decoded; its encoding must then be the very bytes.
    private func encodes(_ bytes: [UInt8], _ encoding: [UInt8]?) -> Bool {
        guard let encoding else { return false }
        precondition(encoding == bytes, "\(self): a second encoding of the same value was accepted")
        return true
    }
}

/// Whether all rows of an origin can be read; each then has a cell for every column.
private func hasRows(_ origin: RowOrigin) -> Bool {
    do {
        var source = try origin.open(limit: 1 << 24)
        var row = Row()
        while try source.next(&row) {
            precondition(row.ends.count == source.columns.count && row.ends.last == row.bytes.count, "a ragged row")
        }
        return row.number > 0
    } catch {
        return false
    }
}

/// Whether every line of a file is a record of a private view.
private func isView(_ path: String) -> Bool {
    do {
        let reader = try ViewReader(path: path)
        while try reader.next() != nil {}
        return reader.line > 0
    } catch {
        return false
    }
}
