import AuditedFederation
import Auditing
import Jobs
import MatMul
import PrivateView
import Specification
import Transcript

/// A message that MatMul lacks for good reason: numbers in the clear that are said to be masked, after every round of training.
enum LeakyMessage: String, CaseIterable, Sendable {
    /// To the feature party: X_A^T dZ.
    case weightGradient
    /// To the feature party: dZ times the transpose of its share of the label party's weights.
    case derivativeTimesShare
    /// To the label party: the feature party's share of the label party's own weights.
    case labelWeights

    static let step = "X1"

    private var isFromLabel: Bool { self != .labelWeights }

    private var shape: String {
        switch self {
        case .weightGradient: "columns[feature] x width"
        case .derivativeTimesShare: "rows x columns[label]"
        case .labelWeights: "columns[label] x width"
        }
    }

    private var scale: Int { self == .labelWeights ? 20 : 40 }

    // MARK: - The specification

    /// MatMul's `protocol.yaml` with this message.
    private var text: String {
        MatMulProtocol.specificationText.replacing(
            "  train: [[F1, F2], [F3], [B1], [B2], [B4]]", with: "  train: [[F1, F2], [F3], [B1], [B2], [B4], [X1]]"
        ) + """

              \(Self.step):
                from: \(isFromLabel ? "label" : "feature")
                to: \(isFromLabel ? "feature" : "label")
                kind: masked-share
                weights: before
                shape: \(shape)
                scale: \(scale)
                bytes: \(shape.replacing(" x ", with: " * ")) * 8
                carries: \(rawValue), masked
                leaks: nothing

            """
    }

    /// All of this build's, as they are where parties have agreed on this message.
    var specifications: [ProtocolSpecification] {
        get throws {
            let own = try ProtocolSpecification(yaml: text)
            return Software.specifications.map { $0.name == own.name ? own : $0 }
        }
    }

    /// What an auditor knows who takes the message for what it says that it is.
    var conventions: Conventions {
        get throws {
            var conventions = Software.conventions
            conventions.specifications = try specifications
            return conventions
        }
    }

    // MARK: - The transcripts

    /// Puts the message where it would have crossed, with the numbers that it would have carried, into the transcripts of both.
    func cross(_ run: inout AuditedRun) throws {
        let (label, feature) = (run.parties[0], run.parties[1])
        let views = try [label, feature].map { party in
            PartyView(try run.views[party].orThrow("private view of \(party)"))
        }
        let numbers = views[0].rounds("train").indices.map {
            self.numbers($0, label: views[0], feature: views[1], of: label)
        }
        for (party, isOutgoing) in [(label, isFromLabel), (feature, !isFromLabel)] {
            let peer = party == label ? feature : label
            run.records[party] = try run.records[party]?.flatMap { record -> [TranscriptRecord] in
                if case .header(var header) = record {
                    let own = header.specifications.firstIndex { $0.hasPrefix("protocol: matmul") }
                    header.specifications[try own.orThrow("specification of MatMul")] = text
                    return [.header(header)]
                }
                guard let frame = record.frame, frame.header.step == "B4" else { return [record] }
                return [record, .frame(try self.frame(after: frame.header, numbers, isOutgoing, peer))]
            }
        }
    }

    private func frame(
        after header: FrameHeader, _ numbers: [(shape: [Int], elements: [Int64])], _ isOutgoing: Bool, _ peer: Party
    ) throws -> TranscriptRecord.FrameRecord {
        let (shape, elements) = numbers[header.round]
        let own = FrameHeader(
            protocolName: header.protocolName, phase: header.phase, round: header.round, step: Self.step,
            kind: .maskedShare, weightVersion: header.weightVersion.map { $0 - 1 }, shape: shape, scale: scale)
        var frame = TranscriptRecord.FrameRecord(
            isOutgoing: isOutgoing, peer: peer, header: own, length: 0, digest: [], payload: nil)
        frame.keep(elements.flatMap { element in withUnsafeBytes(of: element.bigEndian) { Array($0) } })
        return frame
    }

    /// What it carries in a round.
    private func numbers(
        _ round: Int, label: PartyView, feature: PartyView, of owner: Party
    ) -> (shape: [Int], elements: [Int64]) {
        let (labelRound, featureRound) = (label.rounds("train")[round], feature.rounds("train")[round])
        let derivative = labelRound.derivative ?? []
        let width = derivative.count / labelRound.rows.count
        let share = featureRound.shares[owner] ?? []
        switch self {
        case .weightGradient:
            let rows = featureRound.rows.map { feature.rows[$0].numbers }
            let columns = rows.first?.count ?? 0
            return (
                [columns, width],
                (0..<columns * width).map { place in
                    rows.enumerated().reduce(0) {
                        $0 + $1.element[place / width] * derivative[$1.offset * width + place % width]
                    }
                }
            )
        case .derivativeTimesShare:
            let columns = share.count / width
            return (
                [labelRound.rows.count, columns],
                (0..<labelRound.rows.count * columns).map { place in
                    (0..<width).reduce(0) {
                        $0 + derivative[place / columns * width + $1] * share[place % columns * width + $1]
                    }
                }
            )
        case .labelWeights: return ([share.count / width, width], share)
        }
    }
}

/// What a private view says of rows and rounds.
private struct PartyView {
    private(set) var rows: [ViewRecord.Row] = []
    private var all: [ViewRecord.Round] = []

    init(_ records: [ViewRecord]) {
        for record in records {
            switch record {
            case .row(let row): rows.append(row)
            case .round(let round): all.append(round)
            case .header, .exported, .key, .features, .frame: break
            }
        }
    }

    func rounds(_ phase: String) -> [ViewRecord.Round] { all.filter { $0.phase == phase } }
}
