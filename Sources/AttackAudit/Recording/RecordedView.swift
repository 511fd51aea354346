package import Arithmetic
internal import Attacks
internal import Cryptography
internal import Foundation
internal import Paillier
internal import PrivateView
internal import Shares
package import Specification

/// A private view as attacks use it: everything that one party alone knows of an attempt, as real numbers.
package struct RecordedView: Sendable {
    /// A round, as frames name it: those of two layers of one model share theirs.
    package struct RoundName: Hashable, Sendable {
        /// `train` or `evaluate`: the last part of the phase's name.
        package let phase: String
        package let number: Int

        package init(phase: String, number: Int) {
            self.phase = phase.split(separator: "-").last.map(String.init) ?? phase
            self.number = number
        }
    }

    /// What a party knows of a round.
    package struct Round: Sendable {
        /// Places of its batch, in order.
        package let rows: [Int]
        /// Its share of each party's weights, row by row.
        package let shares: [Party: [Double]]
        /// Z, row by row; at the label party.
        package let opened: [Double]?
        /// dZ, row by row; at the label party.
        package let derivative: [Double]?
    }

    package let path: String
    package let party: Party
    package let isLabelParty: Bool
    /// The job's hash in hex.
    package let job: String
    package let attempt: Int
    /// Rows by place x prepared columns.
    package let numbers: Matrix<Double>
    /// Rows by place x fields: rows of the party's table.
    package let lookups: Matrix<Int>
    /// By place.
    package let ids: [String]
    /// By place; none but at the label party.
    package let targets: [Double?]
    /// Names of prepared columns.
    package let columnNames: [String]
    package let rounds: [RoundName: Round]
    /// The rounds in their order.
    package let order: [RoundName]
    /// Nanoseconds of each frame, by its number.
    package let times: [Int: Int]
    let key: PrivateKey?
}

extension RecordedView {
    /// Reads a view.
    /// - Throws: ``AttackError``.
    package init(path: String) throws(AttackError) {
        var header: ViewRecord.Header?
        var features: ViewRecord.Features?
        var (numbers, lookups): ([Double], [Int]) = ([], [])
        var (ids, targets): ([String], [Double?]) = ([], [])
        var (rounds, order): ([RoundName: Round], [RoundName]) = ([:], [])
        var times: [Int: Int] = [:]
        var key: PrivateKey?
        let malformed = { (problem: String) in AttackError.malformed(path: path, problem: problem) }
        do {
            let reader = try ViewReader(path: path)
            while let record = try reader.next() {
                switch record {
                case .header(let first):
                    guard header == nil, first.format == ViewRecord.Header.formatVersion else {
                        throw malformed("one header of format \(ViewRecord.Header.formatVersion) expected")
                    }
                    header = first
                case .exported: break
                case .key(let written):
                    let primes = written.primes.compactMap { Integer(hexadecimal: $0) }
                    guard let opened = PrivateKey(primes: primes),
                        opened.cipher.modulus == Integer(hexadecimal: written.modulus)
                    else { throw malformed("the primes of its key do not fit the modulus") }
                    key = opened
                case .features(let names): features = names
                case .row(let row):
                    guard let features, row.row == ids.count, row.numbers.count == features.numbers.count,
                        row.lookups.count == features.lookups.count
                    else { throw malformed("row \(ids.count) is not as wide as it should be, or not in its place") }
                    numbers += row.numbers.map { FixedPoint.decode($0) }
                    lookups += row.lookups
                    ids.append(row.id)
                    targets.append(row.target)
                case .round(let round):
                    let name = RoundName(phase: round.phase, number: round.round)
                    guard rounds[name] == nil, round.rows.allSatisfy({ ids.indices.contains($0) }) else {
                        throw malformed(
                            "round \(round.round) of \(round.phase) stands twice, or names a row that is not there")
                    }
                    rounds[name] = Round(round)
                    order.append(name)
                case .frame(let frame): times[frame.frame] = frame.nanoseconds
                }
            }
        } catch let error as AttackError { throw error } catch let error as PrivateViewError {
            switch error {
            case .malformed(_, let line, let problem): throw malformed("line \(line): \(problem)")
            default: throw .unreadable(path: path, problem: error.description)
            }
        } catch { throw .unreadable(path: path, problem: "\(type(of: error))") }
        guard let header, let features else { throw malformed("no header, or no features") }

        self.path = path
        (party, isLabelParty) = (header.party, header.role == "label")
        (job, attempt) = (header.job, header.attempt)
        self.numbers = Matrix(rows: ids.count, columns: features.numbers.count, elements: numbers)
        self.lookups = Matrix(rows: ids.count, columns: features.lookups.count, elements: lookups)
        (self.ids, self.targets, columnNames) = (ids, targets, features.numbers)
        (self.rounds, self.order, self.times, self.key) = (rounds, order, times, key)
    }
}

extension RecordedView.Round {
    fileprivate init(_ round: ViewRecord.Round) {
        rows = round.rows
        shares = round.shares.mapValues { $0.map { FixedPoint.decode($0) } }
        opened = round.opened.map { $0.map { FixedPoint.decode($0, fractionBits: FixedPoint.productFractionBits) } }
        derivative = round.derivative.map { $0.map { FixedPoint.decode($0) } }
    }
}

// MARK: - Designs

extension RecordedView {
    /// Columns of a design, those which vary most.
    private static let (mostColumns, mostCategories) = (200, 64)

    /// Rows x columns: prepared numbers, and for the commonest categories a column of zeros and ones each.
    var features: Matrix<Double> { .beside([numbers, categories]) }

    /// The same with variance one, of no more columns than regressions can carry: what this party brings to its own attacks.
    var design: Matrix<Double> { features.mostVaried(Self.mostColumns).standardized() }

    private var categories: Matrix<Double> {
        var counts: [Int: Int] = [:]
        for row in lookups.elements { counts[row, default: 0] += 1 }
        let chosen = counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(Self.mostCategories).map(\.key)
        let places = Dictionary(uniqueKeysWithValues: chosen.enumerated().map { ($0.element, $0.offset) })
        var ones = Matrix<Double>(rows: lookups.rows, columns: chosen.count, repeating: 0)
        for row in 0..<lookups.rows {
            for category in lookups.row(row) { if let place = places[category] { ones[row, place] = 1 } }
        }
        return ones
    }
}

extension Integer {
    /// Reads digits in hex, two for each byte.
    fileprivate init?(hexadecimal text: String) {
        guard let bytes = [UInt8](hexadecimal: text) else { return nil }
        self.init(bigEndian: bytes)
    }
}
