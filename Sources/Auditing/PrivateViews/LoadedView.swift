internal import Arithmetic
internal import Cryptography
internal import Paillier
package import PrivateView
internal import Specification

/// A private view in memory, as far as checks need it: rows without their zeros, rounds without their shares.
struct LoadedView {
    /// One row.
    struct Row {
        /// Columns with what they hold, where that is not zero.
        var numbers: [(column: Int, value: Int64)]
        var lookups: [Int]
    }

    /// A round's name.
    struct RoundName: Hashable {
        var protocolName: String
        var phase: String
        var round: Int
    }

    let header: ViewRecord.Header
    private(set) var keys: [ViewRecord.Key] = []
    private(set) var rows: [Row] = []
    /// Places of rows, in the batch's order.
    private(set) var rounds: [RoundName: [Int]] = [:]
    /// Frames that have a time.
    private(set) var frames = 0
    /// What is wrong with it by itself, a sentence each: at most one of a kind.
    private(set) var problems: [String] = []
    private var last = 0

    /// Reads the whole file.
    /// - Throws: `PrivateViewError`; ``AuditingError`` for a file that does not begin as a view does.
    init(path: String) throws {
        let reader = try ViewReader(path: path)
        guard case .header(let header) = try reader.next(), header.format == ViewRecord.Header.formatVersion else {
            throw PrivateViewError.malformed(path: path, line: 1, problem: "no private view that this program reads")
        }
        self.header = header
        while let record = try reader.next() { take(record) }
    }

    /// The number of rounds of a phase.
    func count(of protocolName: String, _ phase: String) -> Int {
        rounds.keys.count { $0.protocolName == protocolName && $0.phase == phase }
    }

    /// Its key, whose primes multiply to its modulus; `nil` where it has none.
    var key: PrivateKey? {
        guard let record = keys.first, let modulus = [UInt8](hexadecimal: record.modulus) else { return nil }
        let primes = record.primes.compactMap { [UInt8](hexadecimal: $0) }
        guard (primes + [modulus]).allSatisfy({ $0.count <= 1024 }) else { return nil }
        let key = PrivateKey(primes: primes.map { Integer(bigEndian: $0) })
        return key?.cipher.modulus == Integer(bigEndian: modulus) ? key : nil
    }

    private mutating func take(_ record: ViewRecord) {
        switch record {
        case .header: problems.append("a second header")
        case .exported, .features: break
        case .key(let key): keys.append(key)
        case .row(let row):
            if row.row != rows.count { note("rows that are not in order") }
            rows.append(
                Row(
                    numbers: row.numbers.enumerated().compactMap { $1 == 0 ? nil : ($0, $1) }, lookups: row.lookups))
        case .round(let round):
            let name = RoundName(protocolName: round.protocolName, phase: round.phase, round: round.round)
            if rounds.updateValue(round.rows, forKey: name) != nil { note("a round twice") }
            if !round.rows.allSatisfy(rows.indices.contains) { note("a round of rows that it does not have") }
        case .frame(let time):
            if time.frame != frames || time.nanoseconds < last { note("times of frames that do not go forward") }
            (frames, last) = (frames + 1, max(last, time.nanoseconds))
        }
    }

    private mutating func note(_ problem: String) {
        if !problems.contains(problem) { problems.append(problem) }
    }
}
