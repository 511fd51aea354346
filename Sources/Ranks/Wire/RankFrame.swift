/// What passes between the party and rank 0: `{length of the kind, 4 bytes; length of the payload, 8; kind; payload}`, little-endian.
struct RankFrame {
    /// The longest kind, in bytes.
    static let longestKind = 255
    /// The longest payload, in bytes: 8 GiB.
    static let longestPayload = 1 << 33
    static let headerLength = 12

    var kind: String
    var payload: [UInt8]

    /// The kinds that are not requests of the party's user; those begin with a letter.
    enum Reserved {
        /// Rank 0's first: the token, then who the ranks are.
        static let hello = "!hello"
        /// How rank 0 says that it goes, before its answer.
        static let note = "!note"
        /// The party's answers to that.
        static let goOn = "!go on"
        static let stop = "!stop"
        /// Rank 0's answer.
        static let answer = "!answer"
        /// A rank could not do what was asked.
        static let failure = "!failure"
        /// The party's last.
        static let end = "!end"
    }

    /// The lengths of both, coded.
    var header: [UInt8] {
        RankFrame.littleEndian(UInt32(kind.utf8.count)) + RankFrame.littleEndian(UInt64(payload.count))
    }

    static func lengths(_ header: [UInt8], longest: Int) throws(RankError) -> (kind: Int, payload: Int) {
        let kind = integer(header[0..<4])
        let payload = integer(header[4..<12])
        guard kind <= longestKind, payload <= longest else {
            throw .connection(
                "a frame of \(payload) bytes, its kind of \(kind): more than \(longest) or \(longestKind)")
        }
        return (Int(kind), Int(payload))
    }

    static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    static func integer(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// A rank as rank 0 reports it, one a line: rank, process, host.
extension RankProcesses.Rank {
    var line: String { "\(rank) \(process) \(host)" }

    init?(line: some StringProtocol) {
        let words = line.split(separator: " ")
        guard words.count == 3, let rank = Int(words[0]), let process = Int32(words[1]) else { return nil }
        self.init(rank: rank, host: String(words[2]), process: process)
    }
}

/// What went wrong at a rank, as it travels from rank to rank 0 and on to the party.
struct RankProblem {
    /// The longest text, in bytes.
    static let longest = 4096

    var rank: Int
    /// The ranks cannot go on after it.
    var isFatal: Bool
    var text: String

    var bytes: [UInt8] {
        RankFrame.littleEndian(UInt32(rank)) + [isFatal ? 1 : 0] + text.utf8.prefix(Self.longest)
    }

    init(rank: Int, isFatal: Bool, text: String) {
        (self.rank, self.isFatal, self.text) = (rank, isFatal, text)
    }

    init?(bytes: [UInt8]) {
        guard bytes.count >= 5 else { return nil }
        self.init(
            rank: Int(RankFrame.integer(bytes[0..<4])), isFatal: bytes[4] != 0,
            text: String(decoding: bytes[5...], as: UTF8.self))
    }
}
